"""One of everything that can happen between two people with telling ids, and in a group."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from realtime.domain.events import (
    AllNotificationsRead,
    ConversationJoined,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationChanged,
    NotificationCreated,
    NotificationRead,
    ProfileViewed,
    StatusChanged,
    TypedTo,
    TypingStarted,
    TypingStopped,
)
from realtime.domain.records import (
    NEW_MESSAGE,
    Activity,
    Attachment,
    Conversation,
    Message,
    Notification,
    Person,
)

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NOON_ON_THE_WIRE = "2026-01-05T12:00:00.000Z"

ROOM = UUID("01930000-0000-7000-8000-000000000001")
MESSAGE = UUID("01930000-0000-7000-8000-000000000002")
NOTIFICATION = UUID("01930000-0000-7000-8000-000000000003")
ACTIVITY = UUID("01930000-0000-7000-8000-000000000004")

ADA = Person("7001", "Ada", "ada@example.com", "/ada.png")
BOB = Person("7002", "Bob", "bob@example.com")
CY = Person("7003", "7003")

PAIR = Conversation(ROOM, 1, (ADA, BOB), direct=True, title=None, created_at=NOON)
GROUP = replace(PAIR, people=(ADA, BOB, CY), direct=False, title="Choir")

SAID = Message(
    id=MESSAGE,
    conversation_id=ROOM,
    seq=1,
    sender=ADA,
    receiver=BOB,
    kind="image",
    content="Lunch?",
    attachments=(Attachment("/menu.png", type="image/png"), Attachment("/map.png")),
    client_id="once",
    created_at=NOON,
    updated_at=NOON,
)
SAID_TO_THE_GROUP = replace(SAID, receiver=None)

TOLD = Notification(
    id=NOTIFICATION,
    user_id=BOB.id,
    type="job_alert",
    title="New Job Match",
    text="A new job matching your profile",
    created_at=NOON,
    actor=ADA,
    link="/jobs/42",
    icon="briefcase",
    priority="urgent",
    data={"page": 1},
    reference="42",
    related_job_id=42,
    expires_at=NOON,
)
TOLD_OF_A_MESSAGE = Notification(
    id=NOTIFICATION,
    user_id=BOB.id,
    type=NEW_MESSAGE,
    title=None,
    text="Lunch?",
    created_at=NOON,
    actor=ADA,
    message_id=MESSAGE,
    conversation_id=ROOM,
)
BARELY_TOLD = Notification(
    id=NOTIFICATION, user_id=BOB.id, type="LIKE", title=None, text="Ada liked it", created_at=NOON
)

LOOKED = Activity(
    id=ACTIVITY,
    user=ADA,
    action="view_profile",
    target_id=BOB.id,
    job_id="42",
    job_title=None,
    metadata={"from": "search"},
    created_at=NOON,
)

EVENTS: tuple[Event, ...] = (
    MessageSent(SAID, PAIR, (TOLD_OF_A_MESSAGE,), "session"),
    MessageEdited(replace(SAID, edited_at=NOON), PAIR),
    MessageDeleted(ROOM, MESSAGE, ADA.id, PAIR, NOON),
    MessagesRead(ROOM, BOB.id, (MESSAGE,), PAIR),
    MessagesDeleted(ROOM, (MESSAGE,)),
    TypingStarted(ADA, PAIR, NOON, "session"),
    TypingStopped(ADA, PAIR, NOON, "session"),
    TypedTo(ADA, BOB.id, NOON, "session"),
    ConversationJoined(ROOM, ADA.id, NOON, PAIR, "session"),
    NotificationCreated(TOLD),
    NotificationCreated(TOLD_OF_A_MESSAGE),
    NotificationCreated(BARELY_TOLD),
    NotificationChanged(replace(TOLD, snoozed_until=NOON, read_at=NOON), "session"),
    NotificationRead(NOTIFICATION, BOB.id, "session"),
    AllNotificationsRead(BOB.id, "session"),
    StatusChanged(ADA.id, online=True, at=NOON),
    StatusChanged(ADA.id, online=False, at=NOON, audience=(ADA.id, BOB.id)),
    ProfileViewed(ADA, BOB.id, NOON),
)
"""Everything that a dialect may have words for."""

IN_A_GROUP: tuple[Event, ...] = (
    MessageSent(SAID_TO_THE_GROUP, GROUP, (), "session"),
    MessageEdited(SAID_TO_THE_GROUP, GROUP),
    MessageDeleted(ROOM, MESSAGE, ADA.id, GROUP, NOON),
    MessagesRead(ROOM, BOB.id, (MESSAGE,), GROUP),
    MessagesDeleted(ROOM, (MESSAGE,)),
    TypingStarted(ADA, GROUP, NOON, "session"),
    TypingStopped(ADA, GROUP, NOON, "session"),
    NotificationCreated(replace(TOLD_OF_A_MESSAGE, in_group=True)),
)
