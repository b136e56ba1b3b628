"""The words of the `skilllink` dialect, as its page and seeds 001 and 004 have them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.dialects.examples import (
    BARELY_TOLD,
    BOB,
    MESSAGE,
    NOON_ON_THE_WIRE,
    NOTIFICATION,
    SAID,
    TOLD,
    TOLD_OF_A_MESSAGE,
)
from realtime.dialects.skilllink import dialect
from realtime.dialects.skilllink.rest import ConversationPage, Sending, invalid, unfit
from realtime.dialects.skilllink.shapes import notification_json, partner_json
from realtime.dialects.skilllink.tables import SkilllinkSettings
from realtime.dialects.visibility import EVENT
from realtime.dialects.words import Words
from realtime.domain import errors
from realtime.domain.errors import Wrong
from realtime.domain.events import Event, NotificationCreated
from realtime.domain.overview import Chat
from tests.dialects.happened import happened

WORDS = Words()

NEW_MESSAGE = {
    "id": str(MESSAGE),
    "senderId": "7001",
    "receiverId": "7002",
    "content": "Lunch?",
    "read": False,
    "createdAt": NOON_ON_THE_WIRE,
    "updatedAt": NOON_ON_THE_WIRE,
    "sender": {"id": "7001", "name": "Ada", "avatar": "/ada.png"},
    "receiver": {"id": "7002", "name": "Bob", "avatar": None},
}
NOTICE = {"type": "NEW_MESSAGE", "title": "New message from Ada", "message": NEW_MESSAGE}


def told(event: Event, words: Words = WORDS) -> list[tuple[str, tuple[str, ...], object]]:
    """What the frontend hears of an event: the word, the rooms, the payload."""
    return [(word, wire.to, wire.payload) for word, wire in dialect.encode(event, words)]


def test_a_message_is_new_to_the_receiver_alone() -> None:
    assert told(happened("MessageSent")) == [("new_message", ("user:7002",), NEW_MESSAGE)]


def test_a_message_can_be_told_as_seed_001_did() -> None:
    seed = Words(own={SkilllinkSettings: SkilllinkSettings(messages_as="notification")})

    assert told(happened("MessageSent"), seed) == [("notification", ("user:7002",), NOTICE)]


def test_a_message_can_be_told_both_ways() -> None:
    both = told(
        happened("MessageSent"),
        Words(own={SkilllinkSettings: SkilllinkSettings(messages_as="both")}),
    )

    assert [word for word, _, _ in both] == ["new_message", "notification"]


def test_a_notification_has_the_keys_that_the_hook_reads() -> None:
    row = {
        "id": str(NOTIFICATION),
        "userId": "7002",
        "title": "New Job Match",
        "message": "A new job matching your profile",
        "type": "job_alert",
        "read": False,
        "link": "/jobs/42",
        "createdAt": NOON_ON_THE_WIRE,
    }

    assert told(NotificationCreated(TOLD)) == [("notification", ("user:7002",), row)]


def test_a_notification_that_a_message_made_is_not_told() -> None:
    assert told(NotificationCreated(TOLD_OF_A_MESSAGE)) == []


def test_a_notification_is_never_null_where_a_browser_shows_it() -> None:
    bare = notification_json(BARELY_TOLD, WORDS)
    titled = notification_json(replace(TOLD, text=None), WORDS)

    assert (bare["title"], bare["message"]) == ("Ada liked it", "Ada liked it")
    assert (titled["title"], titled["message"]) == ("New Job Match", "")


@pytest.mark.parametrize(
    "kind",
    [
        "MessageEdited",
        "MessageDeleted",
        "MessagesRead",
        "TypingStarted",
        "TypingStopped",
        "TypedTo",
        "ConversationJoined",
        "NotificationRead",
        "AllNotificationsRead",
        "StatusChanged",
        "ProfileViewed",
    ],
)
def test_of_other_things_this_frontend_hears_nothing(kind: str) -> None:
    assert told(happened(kind)) == []


def test_a_partner_comes_with_the_last_message() -> None:
    assert partner_json(Chat(BOB, SAID, 2), WORDS) == {
        "partner": {"id": "7002", "name": "Bob", "avatar": None},
        "lastMessage": NEW_MESSAGE,
        "unreadCount": 2,
    }


def test_integer_ids_are_integers_on_the_wire() -> None:
    ((_, _, message),) = told(happened("MessageSent"), Words(integer_ids=True))

    assert isinstance(message, dict)
    assert (message["senderId"], message["receiverId"]) == (7001, 7002)
    assert (message["sender"]["id"], message["receiver"]["id"]) == (7001, 7002)


def test_the_frontend_sends_nothing() -> None:
    assert dialect.hears.keys() == {EVENT}  # of ours


def test_the_dialect_is_spoken_in_a_namespace_of_its_own() -> None:
    assert dialect.namespaces == ("/", "/api")


def test_every_call_has_two_addresses() -> None:
    calls = {(route.method, route.path) for route in dialect.routes}
    short = {(method, path) for method, path in calls if not path.startswith("/api")}

    assert calls == short | {(method, f"/api{path}") for method, path in short}


@pytest.mark.parametrize("content", ["", "   ", "\n", 7, None])
def test_a_message_has_content(content: object) -> None:
    with pytest.raises(ValidationError):
        Sending.model_validate({"receiverId": "bob", "content": content})


def test_what_is_wrong_is_told_field_by_field() -> None:
    refused = errors.Malformed("receiverId", "", (Wrong("receiverId"), Wrong("content", (" ",))))

    assert invalid(refused) == {
        "success": False,
        "errors": [
            {
                "type": "field",
                "msg": "Invalid value",
                "path": "receiverId",
                "location": "body",
            },
            {
                "type": "field",
                "msg": "Invalid value",
                "path": "content",
                "location": "body",
                "value": "",
            },
        ],
    }


def test_a_text_that_does_not_fit_says_why() -> None:
    (error,) = unfit(errors.MessageTooLong("long"))["errors"]

    assert (error["msg"], error["path"]) == ("Message is too long", "content")
    assert error["value"] == "long"


def test_other_refusals_repeat_their_status() -> None:
    assert dialect.refusal(errors.UnknownNotification())[2] == {
        "success": False,
        "error": "Notification not found",
        "statusCode": 404,
    }


@pytest.mark.parametrize(
    ("asked", "limit"),
    [({}, 1000), ({"limit": "20"}, 20), ({"limit": "5000"}, 100), ({"limit": "all"}, 1000)],
)
def test_a_conversation_is_long_unless_a_limit_is_given(
    asked: dict[str, object], limit: int
) -> None:
    assert ConversationPage.model_validate({"partnerId": "bob", **asked}).limit == limit


def test_who_is_no_id_is_nobody_where_she_is_only_asked_about() -> None:
    page = ConversationPage.model_validate({"partnerId": "b" * 65})

    assert page.partnerId == ""


def test_every_payload_can_be_described() -> None:
    for row in dialect.routes:
        if row.payload is not None:
            assert TypeAdapter(row.payload).json_schema()
