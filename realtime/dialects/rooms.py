"""The rooms that a dialect's events go to, as it names them.

Each dialect has its own of each, but for the application's: see ``Dialect.room``.
"""

from uuid import UUID

from realtime.domain.ids import id_text

EVERYONE = "*"
"""The room of everybody who speaks a dialect."""


CUSTOM = "room:"
"""What the application's own rooms begin with, and no dialect's."""


def everyone() -> tuple[str, ...]:
    """Every connection."""
    return (EVERYONE,)


def user(*user_ids: str) -> tuple[str, ...]:
    """Every connection of these users."""
    return tuple(f"user:{user_id}" for user_id in user_ids)


def conversation(conversation_id: UUID) -> tuple[str, ...]:
    """Every connection that joined this conversation."""
    return (f"conversation:{id_text(conversation_id)}",)


def custom_room(name: str) -> str:
    """A room of the application's own: a name space that no dialect's room can enter."""
    return f"{CUSTOM}{name}"
