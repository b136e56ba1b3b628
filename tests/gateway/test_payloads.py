"""The border: bytes become JSON, JSON becomes values, and nothing else comes through."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from realtime.dialects.conversations.payloads import ConversationRef, Sending
from realtime.dialects.fields import UNKNOWN, Payload, UserId
from realtime.dialects.wishes import WishesBody
from realtime.domain.errors import InvalidJson, InvalidText, Malformed, Refused
from realtime.domain.texts import text_of
from realtime.gateway.payloads import json_object, read

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["content", "conversationId", "receiverId", "attachments", "url"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


class Greeting(Payload):
    to: UserId


def test_no_body_is_an_empty_object() -> None:
    assert json_object(b"") == json_object(b" \n") == json_object(b"{}") == {}


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"7", b"null", b"{", b"nan", b'{"a": NaN}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        json_object(body)


def test_half_an_emoji_is_json_and_no_text() -> None:
    found = json_object(rb'{"content": "\ud83d", "receiverId": "bob"}')

    sending = read(TypeAdapter(Sending), found, integer_ids=False)

    with pytest.raises(InvalidText):
        text_of(sending.content, 100)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidJson):
        assert isinstance(json_object(body), dict)


@given(ANY_JSON)
def test_any_json_is_a_payload_or_refused(value: Any) -> None:
    for type_ in (Sending, ConversationRef):
        with contextlib.suppress(Refused):
            read(TypeAdapter(type_), value, integer_ids=False)


@given(ANY_JSON)
def test_any_object_of_json_survives_the_border(value: Any) -> None:
    body = json.dumps({"a": value}, allow_nan=True).encode()
    try:
        found = json_object(body)
    except InvalidJson:
        return
    assert json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "field"), [({}, "to"), ({"to": []}, "to"), ({"to": ""}, "to"), (7, ""), (None, "")]
)
def test_a_refusal_names_the_field(value: Any, field: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(TypeAdapter(Greeting), value, integer_ids=False)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Sending, {"content": "Hi", "receiverId": "bob", "attachments": [7] * 5_000}),
        (WishesBody, {"off": [7] * 5_000}),
    ],
)
def test_a_list_that_is_too_long_is_not_looked_through(kind: Any, body: Any) -> None:
    with pytest.raises(Malformed) as refused:
        read(TypeAdapter(kind), body, integer_ids=False)

    assert len(refused.value.wrong) == 1


@pytest.mark.parametrize(("given_id", "known_as"), [("7", "7"), (7, "7"), ("007", "7"), (-1, "-1")])
def test_integer_ids_have_one_form(given_id: Any, known_as: str) -> None:
    assert read(TypeAdapter(Greeting), {"to": given_id}, integer_ids=True).to == known_as


@pytest.mark.parametrize("bad", ["ada", "", "1.0", "٣", True, 1.0, "9" * 40])
def test_integer_ids_are_nothing_else(bad: Any) -> None:
    with pytest.raises(Malformed):
        read(TypeAdapter(Greeting), {"to": bad}, integer_ids=True)


def test_a_malformed_row_id_is_an_unknown_one() -> None:
    for bad in ("x", "", "\x00", "0" * 1000):
        assert read(TypeAdapter(ConversationRef), bad, integer_ids=False).conversationId == UNKNOWN
