"""The words of the `linsta` dialect, as its page and seed 003 have them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.dialects.examples import (
    ADA,
    BARELY_TOLD,
    GROUP,
    MESSAGE,
    NOON,
    NOON_ON_THE_WIRE,
    NOTIFICATION,
    PAIR,
    ROOM,
    SAID,
    SAID_TO_THE_GROUP,
    TOLD,
    TOLD_OF_A_MESSAGE,
)
from realtime.dialects.fields import UNKNOWN
from realtime.dialects.linsta import dialect
from realtime.dialects.linsta.events import HistoryPage, Sending
from realtime.dialects.linsta.shapes import (
    deleted_json,
    listed_json,
    listed_room_json,
    notification_json,
    room_json,
)
from realtime.dialects.words import Words
from realtime.domain import errors
from realtime.domain.events import Event, MessageDeleted, MessageSent, NotificationCreated
from realtime.domain.overview import Overview
from tests.dialects.happened import happened

WORDS = Words()
HERE = (f"conversation:{ROOM}",)


def told(
    event: Event, words: Words = WORDS
) -> list[tuple[str, tuple[str, ...], object, str | None]]:
    """What the frontend hears of an event: the word, the rooms, the payload, who is left out."""
    return [(word, wire.to, wire.payload, wire.skip) for word, wire in dialect.encode(event, words)]


def test_a_message_is_received_in_its_room_by_the_sender_too() -> None:
    message = {
        "_id": str(MESSAGE),
        "chatRoomId": str(ROOM),
        "senderId": "7001",
        "text": "Lunch?",
        "createdAt": NOON_ON_THE_WIRE,
    }

    assert told(happened("MessageSent")) == [("receive_message", HERE, message, None)]


def test_a_groups_message_is_not_received() -> None:
    assert told(MessageSent(SAID_TO_THE_GROUP, GROUP)) == []


def test_who_joins_is_told_to_the_others() -> None:
    joined = {"userId": "7001", "timestamp": NOON_ON_THE_WIRE}

    assert told(happened("ConversationJoined")) == [("user_joined", HERE, joined, "session")]


def test_a_notification_is_told_to_all_the_receivers_sockets() -> None:
    row = {
        "_id": str(NOTIFICATION),
        "userId": "7002",
        "type": "job_alert",
        "message": "A new job matching your profile",
        "referenceId": "42",
        "isRead": False,
        "createdAt": NOON_ON_THE_WIRE,
    }

    assert told(NotificationCreated(TOLD)) == [("notification", ("user:7002",), row, None)]


def test_a_notification_that_a_message_made_is_not_told() -> None:
    assert told(NotificationCreated(TOLD_OF_A_MESSAGE)) == []


def test_a_notification_without_a_text_shows_its_title() -> None:
    assert notification_json(BARELY_TOLD, WORDS)["message"] == "Ada liked it"
    assert notification_json(replace(TOLD, text=None), WORDS)["message"] == "New Job Match"
    assert notification_json(replace(TOLD, text=None, title=None), WORDS)["message"] == ""


@pytest.mark.parametrize(
    "kind",
    [
        "MessageEdited",
        "MessageDeleted",
        "MessagesRead",
        "TypingStarted",
        "TypingStopped",
        "TypedTo",
        "NotificationRead",
        "AllNotificationsRead",
        "StatusChanged",
        "ProfileViewed",
    ],
)
def test_of_other_things_this_frontend_hears_nothing(kind: str) -> None:
    assert told(happened(kind)) == []


def test_a_room_names_the_other_one_first() -> None:
    assert room_json(PAIR, WORDS, "7001") == {
        "chatRoomId": str(ROOM),
        "participants": ["7002", "7001"],
        "createdAt": NOON_ON_THE_WIRE,
    }
    assert room_json(PAIR, Words(integer_ids=True), "7002")["participants"] == [7001, 7002]


def test_a_listed_room_has_people() -> None:
    assert listed_room_json(Overview(PAIR, None, 0, None, NOON), WORDS, "7002") == {
        "_id": str(ROOM),
        "participants": [
            {"_id": "7001", "name": "Ada", "email": "ada@example.com"},
            {"_id": "7002", "name": "Bob", "email": "bob@example.com"},
        ],
        "createdAt": NOON_ON_THE_WIRE,
        "updatedAt": NOON_ON_THE_WIRE,
    }


def test_where_addresses_are_not_shared_one_sees_ones_own() -> None:
    shown = listed_room_json(
        Overview(PAIR, None, 0, None, NOON), Words(share_email=False), viewer_id="7002"
    )

    assert [each["email"] for each in shown["participants"]] == [None, "bob@example.com"]


def test_a_listed_message_has_its_sender_as_a_person() -> None:
    assert listed_json(SAID, WORDS, "7002") == {
        "_id": str(MESSAGE),
        "chatRoomId": str(ROOM),
        "senderId": {"_id": "7001", "name": "Ada", "email": "ada@example.com"},
        "text": "Lunch?",
        "createdAt": NOON_ON_THE_WIRE,
    }


def test_of_a_deleted_message_nothing_is_left_to_read() -> None:
    deleted = MessageDeleted(ROOM, MESSAGE, ADA.id, PAIR, NOON)

    assert deleted_json(deleted, WORDS) == {
        "_id": str(MESSAGE),
        "chatRoomId": str(ROOM),
        "senderId": "7001",
        "text": "",
        "createdAt": NOON_ON_THE_WIRE,
        "deleted": True,
    }


@pytest.mark.parametrize(
    "sent",
    [{}, {"chatRoomId": 7, "text": "Hi"}, {"chatRoomId": str(ROOM)}, "Hi", None, [str(ROOM)]],
)
def test_a_message_without_room_or_text_does_not_fit(sent: object) -> None:
    with pytest.raises(ValidationError):
        Sending.model_validate(sent)


def test_a_malformed_room_is_an_unknown_one() -> None:
    sent = Sending.model_validate({"chatRoomId": "66f1234567890abcdef01234", "text": "Hi"})

    assert sent.chatRoomId == UNKNOWN


@pytest.mark.parametrize(
    ("asked", "limit", "skip"),
    [
        ({}, 50, 0),
        ({"limit": 10, "skip": 5}, 10, 5),
        ({"limit": "10", "skip": "5"}, 10, 5),
        ({"limit": 1000, "skip": -1}, 100, 0),
        ({"limit": 0, "skip": 10**30}, 1, 1_000_000_000),
        ({"limit": "many", "skip": None}, 50, 0),
        ({"limit": 2.5, "skip": True}, 50, 0),
    ],
)
def test_limits_are_never_an_error(asked: dict[str, object], limit: int, skip: int) -> None:
    page = HistoryPage.model_validate({"chatRoomId": str(ROOM), **asked})

    assert (page.limit, page.skip) == (limit, skip)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("", "Chat room not found"),
        ("chatRoomId", "Chat room not found"),
        ("text", "Message cannot be empty"),
        ("limit", "Invalid limit"),
    ],
)
def test_what_is_missing_is_told_like_what_is_wrong(field: str, text: str) -> None:
    assert dialect.refusal(errors.Malformed(field)) == (400, text, {"error": text})


def test_failures_are_told_by_an_event() -> None:
    assert dialect.complains == "error"
    assert dialect.hears["join_room"].fault == "Failed to join room"
    assert dialect.hears["send_message"].fault == "Failed to send message"
    assert dialect.hears["get_history"].fault == "Failed to fetch message history"


def test_every_payload_can_be_described() -> None:
    for row in [*dialect.hears.values(), *dialect.routes]:
        if row.payload is not None:
            assert TypeAdapter(row.payload).json_schema()
