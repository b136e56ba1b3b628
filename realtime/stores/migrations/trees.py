"""Where the migrations are: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

from realtime.stores.database import normalise
from realtime.stores.urls import is_sqlite

PACKAGE = Path(__file__).parents[2]

BREAKING = "_breaking_"
"""In the name of a migration after which older versions of the server must not run.

In the name, because that is all that an older version sees of it: the row in the database.
"""


def tree(url: str) -> Path:
    """The folder that aerich calls the location; it puts the app's name (``models``) below."""
    checkout = PACKAGE.parent / "migrations"
    root = checkout if checkout.is_dir() else PACKAGE / "_migrations"
    return root / ("sqlite" if is_sqlite(normalise(url)) else "postgres")


def versions(url: str) -> list[str]:
    """The names of all migrations for this database, in order, as aerich stores them."""
    found = [path.name for path in (tree(url) / "models").glob("[0-9]*_*.py")]
    return sorted(found, key=lambda name: int(name.partition("_")[0]))
