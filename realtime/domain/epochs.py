"""Which history of changes this database has, and how much of it is still there."""

from realtime.models import Epoch

ONLY = 1
"""The id of the one row; a node makes it when it opens the database (``stores/epoch.py``)."""


async def current() -> Epoch:
    """The one that holds now."""
    return await Epoch.get(id=ONLY)


async def forgotten(place: int) -> None:
    """Entries up to this transaction (on SQLite: position) have been let go of."""
    await Epoch.filter(id=ONLY, forgotten__lt=place).update(forgotten=place)
