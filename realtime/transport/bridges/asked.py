"""What a backend may ask through Redis, whoever's words it used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from realtime.transport.engineio.wire.codec import MalformedError
from realtime.transport.socketio import packets

Action = Literal["join", "leave", "disconnect", "close"]
"""`disconnect` puts sockets out of the namespace, `close` ends their connection as well."""


@dataclass(frozen=True, slots=True)
class Said:
    """An event for rooms, by the names that the backend knows; for none: for everyone. A socket's
    id is a room, too."""

    namespace: str
    event: str
    args: tuple[Any, ...]
    to: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    """Whoever is in these does not get it."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something done to the sockets in rooms; in none: to everyone's."""

    namespace: str
    action: Action
    of: tuple[str, ...]
    but: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    """What they join or leave."""


Asked = Said | Done


class Refused(ValueError):  # noqa: N818 - what is done with it
    """A message that is not obeyed. The words are one of a few, without anything of its own."""


def said(
    namespace: str, event: Any, args: Iterable[Any], to: tuple[str, ...], but: tuple[str, ...]
) -> Said:
    """An event. Raises Refused for one without a name, or with a name that clients take for the
    server's own."""
    try:
        name = packets.check_name([event])
    except MalformedError as error:
        raise Refused(str(error)) from None
    return Said(namespace, name, tuple(args), to, but)


def table(value: Any) -> Mapping[str, Any]:
    """A JSON object, a msgpack map. Raises Refused for anything else."""
    if not isinstance(value, dict):
        raise Refused("malformed")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Names of rooms, in a list; numbers are what they print as. Raises Refused."""
    if not isinstance(value, list):
        raise Refused("malformed")
    return tuple(map(name_of, value))


def name_of(value: Any) -> str:
    """One room's name. Raises Refused."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("malformed")
    return str(value)
