"""SkillLink (seeds 001 and 004): nothing is sent over the socket, all over REST, with web push.

``tables`` has the dialect and its refusals, ``shapes`` how our things look, ``events``, ``rest``
and ``push`` the rest of the tables.
"""

from realtime.dialects.skilllink import events, push, rest
from realtime.dialects.skilllink.tables import dialect

__all__ = ["dialect", "events", "push", "rest"]
