"""The conversations (seed 002): ``noun:verb`` events, rooms joined by hand, acks for answers.

``tables`` has the dialect and its refusals, ``shapes`` how our things look, ``events`` and
``rest`` the rest of the tables, ``notices`` and ``centre`` all about notifications, ``quieting``
about pushes.
"""

from realtime.dialects.conversations import centre, events, notices, quieting, rest
from realtime.dialects.conversations.tables import dialect

__all__ = ["centre", "dialect", "events", "notices", "quieting", "rest"]
