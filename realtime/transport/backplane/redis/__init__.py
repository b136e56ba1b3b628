"""How nodes hear one another over Redis: one stream, which every node reads from its own place.

`link` is a connection, `wire` what an entry looks like, `stream` the backplane made of both.
"""

from realtime.transport.backplane.redis.stream import RedisBackplane

__all__ = ["RedisBackplane"]
