"""What is to be sent and to whom."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Emission:
    """One event, addressed."""

    event: str
    args: tuple[Any, ...]
    """The event's arguments, JSON or binary."""
    rooms: tuple[str, ...] = ()
    """A socket in several of them hears it once; none means everyone in the namespace."""
    namespace: str = "/"
    skip_session: str | None = None
    """This Engine.IO session, with all its namespaces, is left out."""
