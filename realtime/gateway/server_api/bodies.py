"""What the application sends: one type for each body."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from realtime.dialects.base import malformed
from realtime.dialects.fields import (
    AnyJson,
    ClientId,
    ConversationId,
    Date,
    ForeignId,
    Label,
    Link,
    MessageId,
    Name,
    Payload,
    Text,
    Title,
    UserId,
    example,
    whole,
)

MOST_USERS = 10_000
"""People per call; a larger audience is a broadcast, a room or several calls."""
MOST_PROFILES = 5_000
MOST_MESSAGES = 10_000
MOST_PARTICIPANTS = 1_000
MAX_TEXT = 10_000

RESERVED = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Events that are socket.io-client's own; no listener would ever get ours."""

TARGETS = ("userId", "userIds", "conversationId", "room", "broadcast")


def _event(name: Any) -> Any:
    if isinstance(name, str) and name in RESERVED:
        raise ValueError("this name is reserved")
    return name


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Given = Annotated[Label, Field(min_length=1, max_length=255)]
EventName = Annotated[Given, BeforeValidator(_event, json_schema_input_type=str)]
RoomName = Given
Users = Annotated[list[UserId], Field(min_length=1, max_length=MOST_USERS)]
Broadcast = Literal[True]


class Several(Payload):
    """One user, several, or everybody who is known; exactly one of them."""

    userId: UserId | None = None
    userIds: Users | None = None
    broadcast: Broadcast | None = None


class NotificationBody(Several):
    """Something that users should know. ``content``, ``actionUrl``, ``relatedId`` are aliases.

    With a ``groupKey`` it counts up what is unread of the same; ``groupTitle``, ``groupMessage``
    are said of several, with ``{count}``, ``{others}`` and ``{actor}`` in them.
    """

    model_config = example(
        userId="ada",
        actorId="bob",
        type="ORDER_UPDATE",
        title="Order shipped",
        message="Your order 7 is on its way",
        link="/orders/7",
        data={"orderId": 7},
    )

    type: Annotated[Label, Field(min_length=1, max_length=64)]
    title: Annotated[Label, Field(max_length=MAX_TEXT)] | None = None
    message: Annotated[Label, Field(max_length=MAX_TEXT)] | None = None
    content: Annotated[Label, Field(max_length=MAX_TEXT)] | None = None
    actorId: UserId | None = None
    link: Link | None = None
    actionUrl: Link | None = None
    actionLabel: Annotated[Label, Field(max_length=100)] | None = None
    icon: Annotated[Label, Field(max_length=255)] | None = None
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    data: AnyJson = None
    referenceId: ForeignId | None = None
    relatedId: ForeignId | None = None
    relatedUserId: UserId | None = None
    relatedJobId: ForeignId | None = None
    expiresAt: Date | None = None
    groupKey: Annotated[Label, Field(min_length=1, max_length=255)] | None = None
    groupTitle: Annotated[Label, Field(max_length=MAX_TEXT)] | None = None
    groupMessage: Annotated[Label, Field(max_length=MAX_TEXT)] | None = None


class MessageBody(Payload):
    """A message in somebody's name; ``conversationId`` counts where both are given.

    With ``store`` false it is delivered and not kept, under the ``id`` and time that it has where
    it is kept.
    """

    model_config = example(senderId="ada", receiverId="bob", content="Lunch?")

    senderId: UserId
    content: Text
    conversationId: ConversationId | None = None
    receiverId: UserId | None = None
    type: Annotated[Label, Field(min_length=1, max_length=20)] = "text"
    attachmentUrl: Link | None = None
    clientId: ClientId | None = None
    store: Annotated[bool, Field(strict=True)] = True
    id: ForeignId | None = None
    createdAt: Date | None = None


class ConversationBody(Payload):
    """Who takes part; two without a title are the pair's one conversation."""

    model_config = example(participantIds=["ada", "bob", "cy"], title="Lunch")

    participantIds: Annotated[list[UserId], Field(min_length=1, max_length=MOST_PARTICIPANTS)]
    title: Title | None = None
    id: ConversationId | None = None


class ParticipantPath(Payload):
    conversationId: ConversationId
    userId: UserId


class EmitBody(Several):
    """An event of the application's own; without ``data`` it has no argument."""

    model_config = example(event="announcement", broadcast=True, data={"text": "Back at noon"})

    event: EventName
    data: AnyJson = None
    conversationId: ConversationId | None = None
    room: RoomName | None = None


class OrderBody(Payload):
    model_config = example(userId="ada", order={"id": 7, "status": "SHIPPED"})

    userId: UserId
    order: dict[str, AnyJson]


class ReadBody(Payload):
    conversationId: ConversationId
    messageIds: Annotated[list[Given], Field(min_length=1, max_length=MOST_MESSAGES)]


class DeletedBody(Payload):
    conversationId: ConversationId
    messageId: Given


class Profile(Payload):
    """What is not named stays; null takes away, as does a name in which nothing can be seen."""

    model_config = example(id="ada", name="Ada Lovelace", email="ada@example.com")

    id: UserId
    name: Name = None
    email: Annotated[Label, Field(max_length=320)] | None = None
    avatar: Annotated[Label, Field(max_length=2048)] | None = None


class UserPath(Payload):
    userId: UserId


class RoomPath(UserPath):
    room: RoomName


class DisconnectBody(UserPath):
    revokeTokens: Annotated[bool, Field(strict=True)] = False


Cursor = Annotated[str, Field(max_length=4096)]
"""What the page before came with: it has the longest name in it that a list can end with."""

Most = Annotated[int, whole(100, most=500, least=1)]


class PageQuery(Payload):
    """How many at most, and after which page."""

    limit: Most = 100
    cursor: Cursor | None = None


class ConversationPath(Payload):
    conversationId: ConversationId


class MessagePath(Payload):
    messageId: MessageId


class UserPageQuery(PageQuery, UserPath):
    pass


class MessagesQuery(PageQuery, ConversationPath):
    """``order`` is ``newest`` first or ``oldest`` first."""

    order: Literal["newest", "oldest"] = "newest"


class PresenceQuery(Payload):
    """``userIds`` are separated by commas, or each given by itself: an id may have a comma."""

    userIds: Annotated[list[str], BeforeValidator(_several, json_schema_input_type=str)] | None = (
        None
    )


Profiles = Annotated[list[Profile], Field(max_length=MOST_PROFILES)]


def one_of(body: Payload, names: tuple[str, ...]) -> str:
    """The one target that is named. Raises Malformed."""
    named = [name for name in names if getattr(body, name, None) is not None]
    if not named:
        raise malformed(names[0], f"one of {', '.join(names)} is required")
    if len(named) > 1:
        raise malformed(named[1], f"only one of {', '.join(names)} can be given")
    return named[0]
