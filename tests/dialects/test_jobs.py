"""The words of the `jobs` dialect, as its page and seed 000 have them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.dialects.examples import (
    ACTIVITY,
    ADA,
    BARELY_TOLD,
    BOB,
    EVENTS,
    LOOKED,
    MESSAGE,
    NOON,
    NOON_ON_THE_WIRE,
    NOTIFICATION,
    SAID,
    TOLD,
    TOLD_OF_A_MESSAGE,
)
from realtime.dialects.jobs import dialect
from realtime.dialects.jobs.events import Sending, Typing
from realtime.dialects.jobs.rest import Logging, Posting, posting_refused, types_of, viewed
from realtime.dialects.jobs.shapes import (
    activity_json,
    chat_json,
    message_json,
    notification_json,
)
from realtime.dialects.words import Words
from realtime.domain import errors
from realtime.domain.events import Event, NotificationCreated
from realtime.domain.overview import Chat
from tests.dialects.happened import happened

WORDS = Words()

RECEIVED = {
    "id": str(MESSAGE),
    "senderId": "7001",
    "senderName": "Ada",
    "senderAvatar": "/ada.png",
    "recipientId": "7002",
    "message": "Lunch?",
    "messageType": "image",
    "attachmentUrl": "/menu.png",
    "createdAt": NOON_ON_THE_WIRE,
}


def told(event: Event, words: Words = WORDS) -> list[tuple[str, tuple[str, ...], object]]:
    """What the frontend hears of an event: the word, the rooms, the payload."""
    return [(word, wire.to, wire.payload) for word, wire in dialect.encode(event, words)]


def test_a_message_is_received_by_the_recipient_alone() -> None:
    assert told(happened("MessageSent")) == [("message_received", ("user:7002",), RECEIVED)]


def test_integer_ids_are_integers_on_the_wire() -> None:
    ((_, rooms, received),) = told(happened("MessageSent"), Words(integer_ids=True))

    assert rooms == ("user:7002",)
    assert received == {**RECEIVED, "senderId": 7001, "recipientId": 7002}


@pytest.mark.parametrize("kind", ["TypingStarted", "TypedTo"])
def test_typing_is_told_with_a_name(kind: str) -> None:
    typing = {
        "userId": "7001",
        "userName": "Ada",
        "recipientId": "7002",
        "timestamp": NOON_ON_THE_WIRE,
    }

    assert told(happened(kind)) == [("user_typing", ("user:7002",), typing)]


def test_a_status_is_for_everyone_or_for_those_who_may_know() -> None:
    online, offline = (event for event in EVENTS if type(event).__name__ == "StatusChanged")
    status = {"userId": "7001", "status": "online", "timestamp": NOON_ON_THE_WIRE}

    assert told(online) == [("user_status", ("*",), status)]
    assert told(offline) == [
        ("user_status", ("user:7001", "user:7002"), {**status, "status": "offline"})
    ]


def test_a_profile_view_is_for_the_one_who_was_viewed() -> None:
    view = {
        "userId": "7001",
        "userName": "Ada",
        "userAvatar": "/ada.png",
        "viewedAt": NOON_ON_THE_WIRE,
    }

    assert told(happened("ProfileViewed")) == [("profile_viewed", ("user:7002",), view)]


@pytest.mark.parametrize(
    "kind",
    [
        "MessageEdited",
        "MessageDeleted",
        "MessagesRead",
        "TypingStopped",
        "ConversationJoined",
        "NotificationRead",
        "AllNotificationsRead",
    ],
)
def test_of_other_things_this_frontend_hears_nothing(kind: str) -> None:
    assert told(happened(kind)) == []


def test_a_notification_is_a_whole_row() -> None:
    row = {
        "id": str(NOTIFICATION),
        "userId": "7002",
        "type": "job_alert",
        "title": "New Job Match",
        "content": "A new job matching your profile",
        "relatedUserId": "7001",
        "relatedJobId": 42,
        "relatedId": "42",
        "actionUrl": "/jobs/42",
        "actionLabel": "View",
        "icon": "briefcase",
        "isRead": False,
        "readAt": None,
        "isDismissed": False,
        "dismissedAt": None,
        "priority": "urgent",
        "createdAt": NOON_ON_THE_WIRE,
        "expiresAt": NOON_ON_THE_WIRE,
    }

    assert told(NotificationCreated(TOLD)) == [("notification", ("user:7002",), row)]


def test_a_notification_of_a_message_has_this_frontends_words() -> None:
    row = notification_json(TOLD_OF_A_MESSAGE, WORDS)

    assert row["type"] == "message_received"
    assert row["title"] == "New message from Ada"
    assert row["content"] == "Lunch?"
    assert row["relatedUserId"] == "7001"
    assert row["relatedId"] is None
    assert (row["icon"], row["priority"], row["actionUrl"]) == ("chat", "high", "/chat/7001")


def test_a_notification_without_a_title_is_called_by_its_text() -> None:
    row = notification_json(BARELY_TOLD, WORDS)

    assert (row["title"], row["content"]) == ("Ada liked it", "Ada liked it")


def test_a_notification_without_a_text_has_an_empty_one() -> None:
    row = notification_json(replace(TOLD, text=None), WORDS)

    assert (row["title"], row["content"]) == ("New Job Match", "")


def test_what_was_read_and_dismissed_says_when() -> None:
    row = notification_json(replace(TOLD, read_at=NOON, dismissed_at=NOON), WORDS)

    assert (row["isRead"], row["readAt"]) == (True, NOON_ON_THE_WIRE)
    assert (row["isDismissed"], row["dismissedAt"]) == (True, NOON_ON_THE_WIRE)


def test_a_message_in_a_chat_is_a_whole_row() -> None:
    row = message_json(replace(SAID, read_at=NOON, edited_at=NOON), WORDS)

    assert row == {
        **RECEIVED,
        "attachmentType": "image/png",
        "isRead": True,
        "readAt": NOON_ON_THE_WIRE,
        "isEdited": True,
        "editedAt": NOON_ON_THE_WIRE,
    }


def test_a_chat_shows_the_text_of_its_last_message() -> None:
    assert chat_json(Chat(ADA, SAID, 3), WORDS) == {
        "userId": "7001",
        "userName": "Ada",
        "userAvatar": "/ada.png",
        "lastMessage": "Lunch?",
        "lastMessageAt": NOON_ON_THE_WIRE,
        "unreadCount": 3,
    }


def test_an_activity_is_a_whole_row() -> None:
    assert activity_json(LOOKED, Words(integer_ids=True)) == {
        "id": str(ACTIVITY),
        "userId": 7001,
        "userName": "Ada",
        "userAvatar": "/ada.png",
        "action": "view_profile",
        "targetUserId": 7002,
        "jobId": "42",
        "jobTitle": None,
        "metadata": {"from": "search"},
        "createdAt": NOON_ON_THE_WIRE,
    }


def test_a_profile_view_makes_a_quiet_notification() -> None:
    notice = viewed(BOB)

    assert (notice.type, notice.title) == ("profile_viewed", "Bob viewed your profile")
    assert (notice.icon, notice.priority, notice.link) == ("eye", "low", "/profile/7002")
    assert notice.actor_id == "7002"


def test_what_is_listed_as_received_is_stored_as_new() -> None:
    assert types_of("message_received") == ("NEW_MESSAGE", "message_received")
    assert types_of("job_alert") == ("job_alert",)
    assert types_of(None) == ()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"recipientId": "bob"},
        {"recipientId": True, "message": "Hi"},
        {"recipientId": "bob", "message": 7},
        {"recipientId": "b" * 65, "message": "Hi"},
        {"recipientId": "bob", "message": "Hi", "messageType": "poem"},
        "Hi",
        None,
    ],
)
def test_a_message_that_is_none_does_not_fit(sent: object) -> None:
    with pytest.raises(ValidationError):
        Sending.model_validate(sent)


def test_a_message_is_text_unless_it_says_otherwise() -> None:
    sent = Sending.model_validate({"recipientId": 7, "message": "Hi", "timestamp": "now"})

    assert (sent.recipientId, sent.message, sent.messageType) == ("7", "Hi", "text")


def test_typing_names_somebody() -> None:
    with pytest.raises(ValidationError):
        Typing.model_validate({"recipientId": None})


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "ftp://x", 7, " "])
def test_an_attachment_is_a_link_that_a_page_may_open(link: object) -> None:
    with pytest.raises(ValidationError):
        Posting.model_validate({"recipientId": "bob", "message": "Hi", "attachmentUrl": link})


@pytest.mark.parametrize(
    "logged",
    [
        {},
        {"action": ""},
        {"action": " "},
        {"action": "a" * 101},
        {"action": "view\x00"},
        {"action": "view", "targetUserId": []},
        {"action": "view", "jobId": {"a": 1}},
        {"action": "view", "jobId": True},
        {"action": "view", "jobTitle": "t" * 256},
        {"action": "view", "metadata": {"a": "half \ud83d"}},
        {"action": "view", "metadata": {"nul\x00": 1}},
        {"action": "view", "metadata": 2**63},
    ],
)
def test_an_activity_that_no_database_could_keep_does_not_fit(logged: object) -> None:
    with pytest.raises(ValidationError):
        Logging.model_validate(logged)


def test_metadata_may_not_be_nested_without_end() -> None:
    deep: object = "end"
    for _ in range(60):
        deep = [deep]

    with pytest.raises(ValidationError):
        Logging.model_validate({"action": "view", "metadata": deep})


@pytest.mark.parametrize("job_id", ["42", 42, 4.2, "", None])
def test_a_jobs_id_keeps_its_type(job_id: object) -> None:
    logged = Logging.model_validate({"action": "save_job", "jobId": job_id})

    assert logged.jobId == job_id
    assert type(logged.jobId) is type(job_id)


def test_a_refused_token_has_a_shape_of_its_own() -> None:
    expired = dialect.refusal(errors.ExpiredToken())
    unknown = dialect.refusal(errors.UnknownMessage())

    assert expired == (401, "Token expired", {"message": "Token expired"})
    assert unknown[2] == {"success": False, "error": "Message not found"}


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (errors.Malformed(), "recipientId and message are required"),
        (errors.Malformed("message"), "recipientId and message are required"),
        (errors.Malformed("attachmentUrl"), "Invalid attachmentUrl"),
    ],
)
def test_a_message_without_what_it_needs_is_refused_with_what_it_needs(
    refused: errors.Malformed, text: str
) -> None:
    assert posting_refused(refused) == text


def test_every_payload_can_be_described() -> None:
    for row in [*dialect.hears.values(), *dialect.routes]:
        if row.payload is not None:
            assert TypeAdapter(row.payload).json_schema()
