"""The names of the dialects that are installed, found without importing any of them."""

import pkgutil
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from realtime import dialects

GROUP = "realtime.dialects"
"""The entry points by which another package brings a dialect; an entry's name is the dialect's."""

PARTS = frozenset(
    {
        "base",
        "centre",
        "contract",
        "examples",
        "fields",
        "loading",
        "names",
        "pushed",
        "rooms",
        "settings",
        "visibility",
        "wishes",
        "words",
    }
)
"""The modules beside the dialects that every dialect is made of."""


def own_names() -> list[str]:
    """The dialects of this package: one module each."""
    found = (module.name for module in pkgutil.iter_modules(dialects.__path__))
    return sorted(name for name in found if name not in PARTS)


def installed() -> dict[str, EntryPoint]:
    """The dialects that other installed packages bring."""
    return _installed(tuple(sys.path))


@cache
def _installed(path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Looks into every installed package, so only once where Python looks for them."""
    if not any(map(_may_bring, path)):
        return {}
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _may_bring(place: str) -> bool:
    """Whether a package there may bring a dialect: to read what each says of itself is slow."""
    folder = Path(place or ".")
    if not folder.is_dir():
        return folder.exists()  # an archive: who knows what is in it
    said = folder.glob("*-info/entry_points.txt")
    return any(GROUP.encode() in each.read_bytes() for each in said)


def dialect_names() -> list[str]:
    """Every dialect that needs no line in the configuration to be found."""
    return sorted({*own_names(), *installed()})
