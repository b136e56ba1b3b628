"""What the domain hands out: frozen and complete, because those who put it into words cannot ask.

All times are aware UTC; all user ids are strings, whatever the deployment puts on the wire.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from realtime.frozen import record

Item = TypeVar("Item")

NEW_MESSAGE = "NEW_MESSAGE"
"""The type of a notification that a message made; each dialect has its own word for it."""

PREVIEW_LENGTH = 100
"""How many characters of a message its notification shows."""


def preview(content: str) -> str:
    """What a notification shows of a message."""
    return content[:PREVIEW_LENGTH]


def notice_data(message_id: UUID, conversation_id: UUID, sender_id: str) -> dict[str, Any]:
    """What a notification of a message keeps of it."""
    return {
        "messageId": str(message_id),
        "conversationId": str(conversation_id),
        "senderId": sender_id,
    }


ForeignId = UUID | str
"""A message's id: our own, or what the application calls one that it keeps itself."""


@record
class Person:
    """Somebody, as far as a page may show her. Who has no name yet is called by her id."""

    id: str
    name: str
    email: str | None = None
    avatar: str | None = None


@record
class Conversation:
    """A conversation and the people in it, as of ``version``.

    ``blocked``: it is of two, of whom one wants nothing of the other. ``slow_seconds`` is how long
    each must wait from one message to the next.
    """

    id: UUID
    version: int
    people: tuple[Person, ...]
    direct: bool
    title: str | None
    created_at: datetime
    blocked: bool = False
    slow_seconds: int = 0

    def person(self, user_id: str) -> Person | None:
        """The participant with this id, if she is one."""
        for person in self.people:  # a generator would cost more than the comparison
            if person.id == user_id:
                return person
        return None

    def others(self, user_id: str) -> tuple[Person, ...]:
        """Everybody but this one."""
        return tuple(person for person in self.people if person.id != user_id)

    def partner(self, user_id: str) -> Person | None:
        """The other one of a pair; nobody in a group."""
        if self.direct:
            for person in self.people:
                if person.id != user_id:
                    return person
        return None


@record
class Attachment:
    """Something a message points to; never the bytes themselves. ``size`` is in bytes."""

    url: str
    name: str | None = None
    type: str | None = None
    size: int | None = None


@record
class Message:
    """Something said. ``receiver`` is None in a group; ``read_at`` is when all others had read.

    ``seq`` counts the conversation's messages, ``change`` all of its changes, of which this is one;
    both are 0 for what the application keeps itself.
    """

    id: ForeignId
    conversation_id: UUID
    seq: int
    sender: Person
    receiver: Person | None
    kind: str
    content: str
    attachments: tuple[Attachment, ...] | None
    client_id: str | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None = None
    read_at: datetime | None = None
    change: int = 0


@record
class Notice:
    """What there is to tell; who caused it is not told of her own doing.

    ``related_user_id`` is shown in place of ``actor_id`` where the two differ. With a ``group_key``
    it counts up what is unread of the same; ``group_title``, ``group_text`` are then said instead,
    with ``{count}``, ``{others}`` and ``{actor}`` in them.
    """

    type: str
    title: str | None = None
    text: str | None = None
    actor_id: str | None = None
    link: str | None = None
    action_label: str | None = None
    icon: str | None = None
    priority: str = "normal"
    data: Any = None
    reference: Any = None
    related_user_id: str | None = None
    related_job_id: Any = None
    expires_at: datetime | None = None
    group_key: str | None = None
    group_title: str | None = None
    group_text: str | None = None

    @property
    def shown_id(self) -> str | None:
        """Whom it is about."""
        return self.related_user_id or self.actor_id


@record
class Notification:
    """Something a user should know.

    One of type ``NEW_MESSAGE`` has the sender as ``actor``, the message's preview as ``text`` and
    both ids; its title and link are each dialect's own, and one of a message ``in_group`` is for
    those alone that know groups. ``reference`` and ``related_job_id`` are the application's ids
    with the JSON type they came with. ``count`` is how many of its ``group_key`` it stands for,
    ``grouped_at`` when the last of several was counted, or it came back to the inbox.
    """

    id: UUID
    user_id: str
    type: str
    title: str | None
    text: str | None
    created_at: datetime
    actor: Person | None = None
    message_id: UUID | None = None
    conversation_id: UUID | None = None
    in_group: bool = False
    link: str | None = None
    action_label: str | None = None
    icon: str | None = None
    priority: str = "normal"
    data: Any = None
    reference: Any = None
    related_job_id: Any = None
    seen_at: datetime | None = None
    read_at: datetime | None = None
    dismissed_at: datetime | None = None
    archived_at: datetime | None = None
    snoozed_until: datetime | None = None
    expires_at: datetime | None = None
    group_key: str | None = None
    count: int = 1
    grouped_at: datetime | None = None


@record
class Activity:
    """Something a user did, perhaps to another."""

    id: UUID
    user: Person
    action: str
    target_id: str | None
    job_id: Any
    job_title: str | None
    metadata: Any
    created_at: datetime


@record
class Page(Generic[Item]):
    """A slice of a list and how long the whole is."""

    items: tuple[Item, ...]
    total: int
