"""What a line of each file holds; a file is named after it: ``messages.jsonl``, ``users.csv``.

Ids of conversations, messages and notifications are the application's own, of any form.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from realtime.dialects.fields import (
    AnyJson,
    ClientId,
    Date,
    ForeignId,
    Label,
    Link,
    Name,
    Payload,
    Text,
    UserId,
)
from realtime.domain.texts import is_storable

MAX_KEY = 255
MAX_TEXT = 1_000_000
"""Characters of a message that was said elsewhere: what is to be sent here has a lower bound."""


def _key(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("an id is a string or a whole number")
    text = str(value)
    if not 0 < len(text) <= MAX_KEY or not is_storable(text):
        raise ValueError(f"an id has 1 to {MAX_KEY} characters")
    return text


Key = Annotated[str, BeforeValidator(_key, json_schema_input_type=str | int)]
"""An id of the application's."""

AHEAD = timedelta(days=365)
"""Of our clock, as far as a date of the past may be: those of other clocks and time zones are."""


def _past(at: datetime) -> datetime:
    if at > datetime.now(UTC) + AHEAD:
        raise ValueError(f"more than {AHEAD.days} days ahead, though it has happened")
    return at


Past = Annotated[Date, AfterValidator(_past)]
"""When something happened. No conversation's times run backwards: one message of the year 9999
would give its date to all that are said after it."""

MAX_COUNT = 2**31 - 1
"""Of a group, as much as its column takes."""

Long = Annotated[Label, Field(max_length=10_000)]


class UserRow(Payload):
    """Somebody. What is known of her here already stays; what is not known yet is filled in."""

    id: UserId
    name: Name = None
    email: Annotated[Label, Field(max_length=320)] | None = None
    avatar: Annotated[Label, Field(max_length=2048)] | None = None
    createdAt: Past | None = None
    lastSeenAt: Past | None = None


class ConversationRow(Payload):
    """A conversation. Two people without a title have one, unless ``isGroup`` is true."""

    id: Key
    title: Name = None
    isGroup: bool | None = None
    participantIds: list[UserId] | None = None
    createdAt: Past | None = None


class MemberRow(Payload):
    """Somebody's part in a conversation, where it does not name its ``participantIds``."""

    conversationId: Key
    userId: UserId
    joinedAt: Past | None = None


class AttachmentRow(Payload):
    url: Link
    name: Annotated[Label, Field(max_length=255)] | None = None
    type: Annotated[Label, Field(max_length=255)] | None = None
    size: Annotated[int, Field(ge=0)] | None = None


class MessageRow(Payload):
    """Something said, in a conversation or to somebody (``receiverId``).

    ``readAt`` is when everybody else had read it.
    """

    id: Key
    conversationId: Key | None = None
    receiverId: UserId | None = None
    senderId: UserId
    content: Annotated[Text, Field(max_length=MAX_TEXT)] = ""
    type: Annotated[Label, Field(min_length=1, max_length=20)] = "text"
    attachments: list[AttachmentRow] | None = None
    clientId: ClientId | None = None
    createdAt: Past
    editedAt: Past | None = None
    readAt: Past | None = None


class ReadRow(Payload):
    """Up to where somebody has read: a message, or all that was said by a time."""

    conversationId: Key
    userId: UserId
    messageId: Key | None = None
    readAt: Date | None = None


class NotificationRow(Payload):
    """Something that a user was told. ``messageId`` is that of the message that made it; where
    ``isShown`` is false, her next page shows it as new. It is in one place: dismissed, archived,
    snoozed until a time, or in the inbox, where it came, or came back, at ``updatedAt``. One with a
    ``groupKey`` stands for ``count``.
    """

    id: Key
    userId: UserId
    type: Annotated[Label, Field(min_length=1, max_length=64)]
    title: Long | None = None
    message: Long | None = None
    actorId: UserId | None = None
    messageId: Key | None = None
    link: Link | None = None
    actionLabel: Annotated[Label, Field(max_length=100)] | None = None
    icon: Annotated[Label, Field(max_length=255)] | None = None
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    data: AnyJson = None
    referenceId: ForeignId | None = None
    relatedJobId: ForeignId | None = None
    createdAt: Past
    isShown: bool = True
    shownAt: Past | None = None
    seenAt: Past | None = None
    readAt: Past | None = None
    dismissedAt: Past | None = None
    archivedAt: Past | None = None
    snoozedUntil: Date | None = None
    expiresAt: Date | None = None
    groupKey: Annotated[Label, Field(min_length=1, max_length=255)] | None = None
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    updatedAt: Past | None = None

    @property
    def put_away(self) -> tuple[Any, ...]:
        """The times of the places that it is in; the inbox has none."""
        places = (self.dismissedAt, self.archivedAt, self.snoozedUntil)
        return tuple(at for at in places if at is not None)


KINDS: dict[str, type[Payload]] = {
    "users": UserRow,
    "conversations": ConversationRow,
    "members": MemberRow,
    "messages": MessageRow,
    "reads": ReadRow,
    "notifications": NotificationRow,
}
"""By a file's name, in the order in which they are written."""
