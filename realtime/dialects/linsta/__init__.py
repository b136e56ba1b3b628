"""Linsta (seed 003): rooms joined by hand, history over the socket, ids named as MongoDB's.

``tables`` has the dialect and its refusals, ``shapes`` how our things look, ``events`` and
``rest`` the rest of the tables.
"""

from realtime.dialects.linsta import events, rest
from realtime.dialects.linsta.tables import dialect

__all__ = ["dialect", "events", "rest"]
