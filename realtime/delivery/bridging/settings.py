"""Whom a node hears beside its own clients, and in which rooms that is said."""

from typing import Annotated

from pydantic import AfterValidator, Field

from realtime.settings import Count, Hidden, Section

ID = "{id}"
"""Stands in a pattern for an id."""


def _pattern(given: str) -> str:
    """A room's name around an id."""
    if given.count(ID) != 1:
        raise ValueError(
            f'has "{given[:64]}", which has no place for an id: write it like "user:{ID}"'
        )
    return given


Pattern = Annotated[str, AfterValidator(_pattern)]
Channel = Annotated[str, Field(min_length=1, max_length=255)]


class BridgeSettings(Section):
    """Bridges for backends that emit through Redis, each with a switch of its own.

    They say their events to one dialect's rooms, by the names that the old server gave its rooms.
    """

    python: bool = False
    """Hear python-socketio's and Flask-SocketIO's managers."""
    python_channels: tuple[Channel, ...] = ("socketio", "flask-socketio")
    """Where they publish; each of the two packages has its own."""
    emitters: bool = False
    """Hear the redis-emitter of Node.js, Go, Java, PHP and Rust."""
    emitters_key: Channel = "socket.io"
    redis_url: Annotated[str | None, Hidden] = None
    """Where they publish; none: where nodes meet."""
    dialect: str | None = None
    """Whose rooms they mean; none: the default dialect's."""
    user_rooms: tuple[Pattern, ...] = ("user:{id}",)
    """What the old server called the room of a user."""
    conversation_rooms: tuple[Pattern, ...] = ("conversation:{id}", "{id}")
    """What it called the room of a conversation. Any other name is a custom room's."""
    max_bytes: Count = 1_000_000
    """The longest message that is heard."""

    @property
    def used(self) -> bool:
        """Whether any bridge is switched on."""
        return self.python or self.emitters
