"""In whose order something has happened, and at which place."""

from uuid import UUID

from realtime.domain.ids import id_text

Order = tuple[str, int]
"""Whose order an event has a place in, and its number there: each is told in the order of its
numbers, once."""

OF_USER = "user:"
"""Begins the keys of users' orders; a conversation's key is its id."""


def order_in(conversation_id: UUID, change: int) -> Order | None:
    """The place of a conversation's change; 0 is none."""
    return (id_text(conversation_id), change) if change else None


def order_of(user_id: str, change: int) -> Order | None:
    """The place of a change of what is a user's own; 0 is none."""
    return (f"{OF_USER}{user_id}", change) if change else None
