"""The ways a request can be refused: one name per reason, without text.

Each dialect gives them its status and its words (its table ``refuses``), in which
``{attribute}`` stands for what the refusal carries.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """Base of every refusal."""


# Who is calling


class MissingToken(Refused):
    """No token where one is needed."""

    reason = "no token"


class InvalidToken(Refused):
    """A token that is not ours, not yet valid, or names no user.

    ``reason`` is for the log and for `realtime token --explain`; the user is not told.
    """

    def __init__(self, reason: str = "malformed") -> None:
        super().__init__(reason)
        self.reason = reason


class ExpiredToken(InvalidToken):
    """A token that was good."""

    def __init__(self) -> None:
        super().__init__("expired")


class RateLimited(Refused):
    """Too much at once; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    @property
    def whole_seconds(self) -> int:
        """After so many seconds it is not too early: 1 or more."""
        return max(1, ceil(self.retry_after))


class TooEarly(RateLimited):
    """One message too early, in a conversation that is slow: unlike a flood's, each is told."""


def within_limit(retry_after: float) -> None:
    """What ``Limits.take`` answered is 0. Raises RateLimited."""
    if retry_after:
        raise RateLimited(retry_after)


# What was sent


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that does not fit; ``given`` holds what was sent, if anything was."""

    field: str
    given: tuple[Any, ...] = ()


class Malformed(Refused):
    """A value is missing, of the wrong type or too long; ``field`` names it where it has a name.

    ``wrong`` has them all, the first included.
    """

    def __init__(self, field: str = "", reason: str = "", wrong: tuple[Wrong, ...] = ()) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason
        self.wrong = wrong


class InvalidJson(Refused):
    """A body that is no JSON object."""


class MessageRefused(Refused):
    """The application does not want this message; ``reason`` is in its words, for the sender."""

    def __init__(self, reason: str = "Your message was refused") -> None:
        super().__init__(reason)
        self.reason = reason


class BlankMessage(Refused):
    """Nothing left after trimming."""


class UnfitText(Refused):
    """A text that cannot be kept; ``text`` is what was given."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text


class MessageTooLong(UnfitText):
    """More characters than the configured maximum."""


class InvalidText(UnfitText):
    """A NUL or a lone surrogate, which no database takes."""


class UnknownEvent(Refused):
    """An event that no dialect has."""


# Whom and what it is about


class UnknownUser(Refused):
    """Nobody of that id, where users must exist."""


class UnknownConversation(Refused):
    """No conversation of that id."""


class NotParticipant(Refused):
    """A conversation that exists but is not the caller's."""


class Blocked(Refused):
    """One of the two wants nothing of the other; which of them is not told."""


class TooManyBlocks(Refused):
    """Somebody blocks as many people as anybody may."""


class UnknownMessage(Refused):
    """No such message, or one in a conversation that is not the caller's."""


class MessageGone(Refused):
    """A retry of a message that was stored and has been deleted meanwhile."""


class NotSender(Refused):
    """Somebody else's message."""


class TooLateToDelete(Refused):
    """Past the configured window; ``minutes`` is its length."""

    def __init__(self, minutes: float) -> None:
        super().__init__(minutes)
        self.minutes = minutes


class DeletionForbidden(Refused):
    """This frontend's messages stay."""


class UnknownNotification(Refused):
    """No notification of that id."""


class NotYourNotification(Refused):
    """Somebody else's notification."""


class UnknownSubscription(Refused):
    """No push subscription with that endpoint."""


class PushNotConfigured(Refused):
    """There are no VAPID keys."""


class ToOneself(Refused):
    """A message to, or a conversation with, oneself."""


# Where it stands


class BrokenCursor(Refused):
    """A text that is no cursor of ours."""


class ForeignCursor(Refused):
    """A cursor that another user was given, or that was changed."""


# What only the application's backend can get wrong


class IdTaken(Refused):
    """The id that was given to a conversation is another's."""


class NotAGroup(Refused):
    """A conversation of two keeps its two: it takes no third, and neither can be taken out."""


class KeyReused(Refused):
    """An ``Idempotency-Key`` that came with another call before."""
