"""Socket.IO packets: what is written can be read, and what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.engineio.wire import codec, frames
from realtime.transport.engineio.wire.codec import MalformedError
from realtime.transport.socketio import packets

names = st.text(max_size=20).filter(lambda name: name not in packets.RESERVED)
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
values = st.recursive(
    plain | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=9).filter(lambda k: k != "_placeholder"), inner, max_size=4
        )
    ),
    max_leaves=10,
)
namespaces = st.just("/") | st.from_regex(r"/[a-z0-9/\-]{1,12}", fullmatch=True)


def read(wire: bytes) -> tuple[packets.Header, list[Any]]:
    """Header and values of one packet as the server frames it."""
    (_, message), *rest = frames.unframe(wire)
    header = packets.header(message)
    attachments = [payload for _, payload in rest]
    assert header.attachments == len(attachments)
    return header, packets.arguments(message, header.start, 64, attachments)


@given(namespaces, names, st.lists(values, max_size=3), st.none() | st.integers(0, 10**9))
def test_an_event_is_read_as_it_was_written(
    namespace: str, name: str, args: list[Any], ack: int | None
) -> None:
    header, found = read(packets.event(namespace, [name, *args], ack))
    assert found == [name, *args]
    assert header.namespace == namespace
    assert header.ack == (b"" if ack is None else str(ack).encode())


@given(namespaces, st.integers(0, 10**9), st.lists(values, max_size=3))
def test_an_ack_is_read_as_it_was_written(namespace: str, ack: int, args: list[Any]) -> None:
    header, found = read(packets.acknowledgement(namespace, str(ack).encode(), args))
    assert found == args
    assert header.kind in (packets.ACK, packets.BINARY_ACK)


@given(st.binary(max_size=60))
def test_any_message_is_read_or_refused(tail: bytes) -> None:
    try:
        header = packets.header(b"4" + tail)
        packets.arguments(b"4" + tail, header.start, 64)
    except MalformedError:
        pass


@pytest.mark.parametrize(
    "message",
    [
        *(b"4", b"47", b"4abc", b"4-1", b"45[]", b"45a-[]", b"4599999999999999-[]", b"43[]"),
        *(b"401{}", b"42" + b"1" * 17 + b"[]", b"42/\xff,[]"),
    ],
)
def test_a_header_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(MalformedError):
        packets.header(message)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'"x"', b"1", b"[", b"[1,]", b"[NaN]", b"[1]x"]
)
def test_a_payload_that_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        packets.arguments(b"42" + body, 2, 64)


@pytest.mark.parametrize("name", sorted(packets.RESERVED))
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        packets.check_name([name, 1])


@pytest.mark.parametrize("values", [[], [None], [True], [["x"]], [{}], [b"x"]])
def test_an_event_without_a_name_is_refused(values: list[Any]) -> None:
    with pytest.raises(MalformedError):
        packets.check_name(values)


@pytest.mark.parametrize("number", ["1", "-1", "true", '"0"', "0.0", "null"])
def test_a_placeholder_without_its_attachment_is_refused(number: str) -> None:
    message = b'451-["x",{"_placeholder":true,"num":%s}]' % number.encode()
    with pytest.raises(MalformedError):
        packets.arguments(message, 4, 64, [b"only"])


def test_an_id_that_is_too_long_is_not_read_to_its_end() -> None:
    """A megabyte of digits takes as long as a hundred other packets of its size."""
    looked: list[int] = []

    class Watched(bytes):
        def __getitem__(self, at: Any) -> Any:
            looked.append(1)
            return super().__getitem__(at)

    with pytest.raises(MalformedError):
        packets.header(Watched(b"42" + b"1" * 10_000))
    assert len(looked) < 100


def test_a_namespace_leaves_its_query_behind() -> None:
    assert packets.header(b"40/chat?token=x,{}").namespace == "/chat"


def test_half_an_emoji_is_read_and_written() -> None:
    values = packets.arguments(rb'42["x","\ud83d"]', 2, 64)
    assert values == ["x", "\ud83d"]
    _, found = read(packets.event("/", values))
    assert found == values


@pytest.mark.parametrize(
    ("depth", "fits"), [(64, True), (65, False), (5000, False), (200_000, False)]
)
def test_depth_is_bounded(depth: int, fits: bool) -> None:
    text = b"[" * depth + b"]" * depth
    if fits:
        codec.loads(text, 64)
    else:
        with pytest.raises(MalformedError):
            codec.loads(text, 64)


def test_breadth_is_not_depth() -> None:
    assert len(codec.loads(b"[" + b"[]," * 500 + b"{}]", 2)) == 501


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_what_any_other_reader_takes_it_for(value: Any) -> None:
    assert orjson.loads(codec.dumps(value)) == value


@pytest.mark.parametrize("beside", ["\ud83d", 2**64, {1: 2}])
def test_what_is_no_number_is_null_whatever_stands_beside_it(beside: Any) -> None:
    """`1e999` comes in JSON, by a bridge for one; `Infinity` would end whoever hears it."""
    (infinite,) = codec.loads(b"[1e999]", 5)

    said = codec.dumps([beside, infinite, {"a": (float("nan"), 1.5)}])

    assert json.loads(said, parse_constant=pytest.fail)[1:] == [None, {"a": [None, 1.5]}]


def test_what_json_has_no_form_for_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        packets.event("/", ["x", object()])
