"""What the door is made of: rows like a dialect's, which only the application may call."""

from dataclasses import dataclass
from typing import TypedDict

from realtime.dialects.base import Answer, Dialect, Json
from realtime.dialects.words import Words
from realtime.domain import errors
from realtime.domain.actor import Actor, Node
from realtime.domain.errors import Refused
from realtime.gateway.overseeing import Overseer


class Data(TypedDict):
    """Success where there is nothing to say."""

    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """On which node a call is made, in which words it is answered, and who looks at all nodes.

    ``retry`` names the call where its ``Idempotency-Key`` does, else it is None.
    """

    node: Node
    words: Words
    overseer: Overseer
    retry: str | None = None

    def acting(self, user_id: str) -> Actor:
        """Whom the application speaks for."""
        return Actor(user_id, self.node)


class MissingKey(Refused):
    """No server key, or one that is not ours; a user's token is none."""


class UnknownPath(Refused):
    """Nothing is here."""


class WrongMethod(Refused):
    """Something is here, for other methods; ``allowed`` names them."""

    def __init__(self, allowed: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed


def of_field(text: str, field: str) -> Json:
    """A refusal's body."""
    return {"error": text, "field": field or None}


def _malformed(refused: Refused) -> Json:
    assert isinstance(refused, errors.Malformed)  # noqa: S101 - so says the table
    reason = refused.reason
    text = f"{refused.field}: {reason}" if refused.field and reason else reason
    return of_field(text or f"Invalid {refused.field}".strip(), refused.field)


def _because_of(text: str, field: str) -> Answer:
    return lambda _refused: of_field(text, field)


table = Dialect("server", envelope=lambda _status, text: {"error": text})

table.refuses = {
    MissingKey: (401, "A valid server key is required"),
    UnknownPath: (404, "Not found"),
    WrongMethod: (405, "Method not allowed"),
    errors.InvalidJson: (400, _because_of("Invalid JSON", "")),
    errors.Malformed: (400, _malformed),
    errors.BlankMessage: (400, _because_of("content is required", "content")),
    errors.MessageTooLong: (400, _because_of("Message is too long", "content")),
    errors.InvalidText: (400, _because_of("Invalid text", "content")),
    errors.ToOneself: (400, _because_of("Cannot send message to yourself", "receiverId")),
    errors.NotParticipant: (403, "The sender is not a participant of this conversation"),
    errors.Blocked: (403, "One of the two has blocked the other"),
    errors.MessageRefused: (422, "{reason}"),
    errors.UnknownUser: (404, "User not found"),
    errors.UnknownConversation: (404, "Conversation not found"),
    errors.UnknownMessage: (404, "Message not found"),
    errors.UnknownNotification: (404, "Notification not found"),
    errors.NotYourNotification: (404, "Notification not found"),
    errors.MessageGone: (410, "Message was deleted"),
    errors.NotAGroup: (409, "A conversation of two keeps its two"),
    errors.TooManyBlocks: (409, "This user blocks too many people: unblock somebody first"),
    errors.IdTaken: (409, "This id is another conversation's"),
    errors.RateLimited: (429, "Too Many Requests"),
    errors.KeyReused: (409, "This Idempotency-Key came with another call before"),
}
