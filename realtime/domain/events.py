"""Everything that can happen, on one page: past tense, frozen, wide, already committed.

An event carries all that any dialect needs to tell it, so that telling never touches the
database. ``session`` is the Engine.IO session that caused it (None over REST): who is told
"the others" leaves it out, with all its namespaces.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from realtime.domain.orders import Order, order_in, order_of
from realtime.domain.records import Conversation, ForeignId, Message, Notification, Person
from realtime.frozen import record


@record
class Event:
    """Something that has happened."""

    @property
    def order(self) -> Order | None:
        """Its place among the stored changes of a conversation or a user; None without one."""
        return None


@record
class MessageSent(Event):
    """A message was stored, with the notifications it made in the same commit.

    Telling it twice is harmless: its change of the conversation has one place. One that the
    application keeps itself has none.
    """

    message: Message
    conversation: Conversation
    notifications: tuple[Notification, ...] = ()
    session: str | None = None

    @property
    def order(self) -> Order | None:
        return order_in(self.message.conversation_id, self.message.change)


@record
class MessageEdited(Event):
    """Somebody says it differently: ``message`` is as it is now; ``change`` is the edit's own."""

    message: Message
    conversation: Conversation
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation.id, self.change)


@record
class MessageDeleted(Event):
    conversation_id: UUID
    message_id: ForeignId
    sender_id: str
    conversation: Conversation
    sent_at: datetime
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation_id, self.change)


@record
class MessagesDeleted(Event):
    """These messages of one sender, at least one, have lost their words: she was deleted."""

    conversation_id: UUID
    message_ids: tuple[UUID, ...]
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation_id, self.change)


@record
class MessagesRead(Event):
    """These messages, at least one, are now read by everybody but their senders."""

    conversation_id: UUID
    reader_id: str
    message_ids: tuple[ForeignId, ...]
    conversation: Conversation
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation_id, self.change)


@record
class TypingStarted(Event):
    person: Person
    conversation: Conversation
    at: datetime
    session: str | None = None


@record
class TypingStopped(Event):
    person: Person
    conversation: Conversation
    at: datetime
    session: str | None = None


@record
class TypedTo(Event):
    """Somebody types to a person with whom she has no conversation yet."""

    person: Person
    recipient_id: str
    at: datetime
    session: str | None = None


@record
class ConversationJoined(Event):
    """Somebody has joined a pair's room and wants the other to know."""

    conversation_id: UUID
    user_id: str
    at: datetime
    conversation: Conversation
    session: str | None = None


@record
class ParticipantRemoved(Event):
    """Somebody may no longer write here; her sockets leave the room on every node, before anything
    that was stored after it is told."""

    conversation_id: UUID
    user_id: str
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation_id, self.change)


@record
class MembershipChanged(Event):
    """Who takes part has changed; what is cached of it is void."""

    conversation_id: UUID
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_in(self.conversation_id, self.change)


@record
class NotificationCreated(Event):
    """Somebody has something to know; ``view``, where that made it, is told with it."""

    notification: Notification
    change: int = 0
    view: "ProfileViewed | None" = None

    @property
    def order(self) -> Order | None:
        return order_of(self.notification.user_id, self.change)


@record
class NotificationChanged(Event):
    """Its user has put it elsewhere, or it says more: ``notification`` is as it is now."""

    notification: Notification
    session: str | None = None
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_of(self.notification.user_id, self.change)


@record
class BroadcastStored(Event):
    """There is something that everybody is to know; each is told by herself."""

    broadcast_id: UUID


@record
class BroadcastTold(Event):
    """Everybody who is expected begins to be told, or (``done``) has been."""

    broadcast_id: UUID
    done: bool = False


@record
class NotificationRead(Event):
    notification_id: UUID
    user_id: str
    session: str | None = None
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_of(self.user_id, self.change)


@record
class AllNotificationsRead(Event):
    user_id: str
    session: str | None = None
    change: int = 0

    @property
    def order(self) -> Order | None:
        return order_of(self.user_id, self.change)


@record
class OwnChanged(Event):
    """Something that is a user's own was changed and no frontend is told; its number passes."""

    user_id: str
    change: int

    @property
    def order(self) -> Order | None:
        return order_of(self.user_id, self.change)


@record
class StatusChanged(Event):
    """A user looks online or offline from now on.

    ``audience`` are the user ids that may know, herself included; None is everybody. ``here``: this
    node has heard of it late, and tells only its own frontends.
    """

    user_id: str
    online: bool
    at: datetime
    audience: tuple[str, ...] | None = None
    here: bool = False


@record
class ProfileViewed(Event):
    viewer: Person
    viewed_id: str
    at: datetime


@record
class CustomEvent(Event):
    """An event of the application's own, told in every dialect as it is.

    To users, to a conversation, to a custom room, or, with none of them, to everybody.
    """

    name: str
    args: tuple[Any, ...]
    user_ids: tuple[str, ...] = ()
    conversation_id: UUID | None = None
    room: str | None = None


@record
class RoomJoined(Event):
    """The application joined a user's sockets to a custom room."""

    room: str
    user_id: str


@record
class RoomLeft(Event):
    room: str
    user_id: str


@record
class UserDisconnected(Event):
    """The application wants a user's connections closed."""

    user_id: str


@record
class PeopleChanged(Event):
    """Their names, or which of their tokens count; what is cached of them is void."""

    user_ids: tuple[str, ...]


@record
class UserDeleted(Event):
    """The application deleted a user, and with her what was hers."""

    user_id: str


Announce = Callable[[Event], None]
"""Tells everybody who listens. Never waits and never fails: what is told has happened already."""
