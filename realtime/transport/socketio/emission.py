"""What is to be sent and to whom."""

from collections.abc import Sequence
from typing import Any

from realtime.frozen import record


@record
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


def several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Rooms or sids as python-socketio takes them: none, one or several."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def arguments(data: Any) -> tuple[Any, ...]:
    """An event's arguments as python-socketio takes them: a tuple is several, None is none."""
    if data is None:
        return ()
    return data if isinstance(data, tuple) else (data,)
