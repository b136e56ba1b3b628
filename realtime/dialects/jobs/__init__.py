"""The jobs (seed 000): people are named instead of conversations, and everything is under one path.

``tables`` has the dialect and its refusals, ``shapes`` how our things look, ``events`` and
``rest`` the rest of the tables.
"""

from realtime.dialects.jobs import events, rest
from realtime.dialects.jobs.tables import dialect

__all__ = ["dialect", "events", "rest"]
