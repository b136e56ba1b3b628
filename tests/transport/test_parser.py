"""RFC 6455 from the reading side: the ground of the Autobahn suite, cut in any way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.engineio.wire import frames
from realtime.transport.engineio.wire.parser import FrameParser, ProtocolError
from tests.transport.clients import frame

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0
LIMIT = 1_000_000


def whole_messages(parser: FrameParser) -> Iterator[tuple[int, bytes]]:
    """Those that have been fed; not the fragments before their last."""
    while (message := parser.next_message()) is not None:
        if message[0] != MORE:
            yield message


def parsed(data: bytes, *, limit: int = LIMIT) -> list[object]:
    """All messages in `data`; a protocol error ends the list as its close code."""
    parser = FrameParser(limit)
    parser.feed(data)
    found: list[object] = []
    try:
        for message in whole_messages(parser):
            found.append(message)  # noqa: PERF402 - those before an error are found
    except ProtocolError as error:
        found.append(error.code)
    return found


texts = st.text(max_size=300).map(str.encode)
messages = st.one_of(
    st.tuples(st.just(TEXT), texts),
    st.tuples(st.just(BINARY), st.binary(max_size=300)),
)
controls = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[tuple[int, bytes]], bytes]:
    """What should be read, and frames that say it: fragmented, with control frames in between."""
    expected: list[tuple[int, bytes]] = []
    wire = b""
    for opcode, payload in draw(st.lists(messages, max_size=5)):
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=4)))
        parts = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        for number, part in enumerate(parts):
            if number and (control := draw(st.none() | controls)):
                expected.append(control)
                wire += frame(*control)
            last = number == len(parts) - 1
            wire += frame(opcode if number == 0 else MORE, part, fin=last)
        expected.append((opcode, payload))
    return expected, wire


@given(conversations())
def test_fragments_and_control_frames_between_them_make_the_same_messages(
    conversation: tuple[list[tuple[int, bytes]], bytes],
) -> None:
    expected, wire = conversation
    assert parsed(wire) == expected


@given(conversations(), st.lists(st.integers(0, 3000), max_size=20))
def test_it_does_not_matter_how_the_bytes_arrive(
    conversation: tuple[list[tuple[int, bytes]], bytes], cuts: list[int]
) -> None:
    expected, wire = conversation
    places = sorted({min(cut, len(wire)) for cut in cuts})
    parser = FrameParser(LIMIT)
    found = []
    for start, end in zip([0, *places], [*places, len(wire)], strict=True):
        parser.feed(wire[start:end])
        found += whole_messages(parser)
    assert found == expected


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused_with_a_close_code(data: bytes) -> None:
    for message in parsed(data):
        assert isinstance(message, tuple) or message in (1002, 1007, 1009)


def test_a_message_of_single_bytes_in_single_byte_fragments_is_read() -> None:
    text = ("ä" * 500).encode()
    wire = frame(TEXT, text[:1], fin=False)
    wire += b"".join(frame(MORE, text[i : i + 1], fin=False) for i in range(1, len(text)))
    wire += frame(MORE, b"")
    parser = FrameParser(LIMIT)
    found = []
    for byte in wire:
        parser.feed(bytes([byte]))
        found += whole_messages(parser)
    assert found == [(TEXT, text)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128, 65535, 65536, 65537, LIMIT])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_every_way_of_writing_a_length_is_understood(opcode: int, size: int) -> None:
    assert parsed(frame(opcode, b"x" * size)) == [(opcode, b"x" * size)]


@pytest.mark.parametrize(
    "wire",
    [
        *(frame(TEXT, b"x", rsv=rsv) for rsv in range(1, 8)),
        *(frame(opcode, b"x") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        frame(TEXT, b"x", masked=False),
        frame(TEXT, b"", masked=False),
        frame(PING, b"x", fin=False),
        frame(CLOSE, b"", fin=False),
        frame(PING, b"x" * 126),
        frame(CLOSE, b"\x03\xe8" + b"x" * 124),
        frame(MORE, b"x"),
        frame(MORE, b"x", fin=False),
        frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
        frame(TEXT, b"", fin=False) + frame(TEXT, b"b"),
        frame(BINARY, b"a", fin=False) + frame(BINARY, b"b", fin=False),
        b"\x81\xfe\x00\x05maskhello",
        b"\x81\xff" + (65535).to_bytes(8, "big") + b"mask",
        b"\x81\xff" + (1 << 63).to_bytes(8, "big") + b"mask",
    ],
)
def test_a_broken_frame_is_a_protocol_error(wire: bytes) -> None:
    assert parsed(wire)[-1] == 1002


@pytest.mark.parametrize(
    "payload",
    [
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xff",
        b"\x80",
        b"\xed\xbf\xbf",
        b"\xe2\x82",
    ],
)
@pytest.mark.parametrize("fragmented", [False, True])
def test_text_that_is_not_utf_8_is_refused(payload: bytes, fragmented: bool) -> None:
    cut = len(payload) // 2
    wire = frame(TEXT, payload)
    if fragmented:
        wire = frame(TEXT, payload[:cut], fin=False) + frame(MORE, payload[cut:])
    assert parsed(wire) == [1007]


def test_a_character_may_be_cut_between_fragments() -> None:
    text = "κόσμε😀".encode()
    wire = frame(TEXT, text[:3], fin=False) + frame(MORE, text[3:])
    assert parsed(wire) == [(TEXT, text)]


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1009, 1012, 3000, 3999, 4000, 4999])
def test_a_close_code_that_may_be_sent_is_read(code: int) -> None:
    payload = code.to_bytes(2, "big") + b"bye"
    assert parsed(frame(CLOSE, payload)) == [(CLOSE, payload)]


@pytest.mark.parametrize(
    "code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
)
def test_a_close_code_that_may_not_be_sent_is_a_protocol_error(code: int) -> None:
    assert parsed(frame(CLOSE, code.to_bytes(2, "big"))) == [1002]


def test_half_a_close_code_is_a_protocol_error() -> None:
    assert parsed(frame(CLOSE, b"\x03")) == [1002]


def test_a_close_reason_must_be_utf_8() -> None:
    assert parsed(frame(CLOSE, b"\x03\xe8\xff")) == [1007]


def test_a_frame_over_its_bound_is_refused_before_it_has_arrived() -> None:
    wire = frame(TEXT, b"x" * 2000)
    assert parsed(wire[:14], limit=1000) == [1009]


def test_fragments_over_the_bound_together_are_refused() -> None:
    wire = frame(TEXT, b"x" * 600, fin=False) + frame(MORE, b"x" * 600)
    assert parsed(wire, limit=1000) == [1009]


@pytest.mark.parametrize("wire", [b"\xf1\x80", b"\x83\x80", b"\x81\x01"])
def test_two_bad_bytes_are_enough_to_be_refused(wire: bytes) -> None:
    assert parsed(wire) == [1002]


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=70_000)), max_size=4))
def test_what_the_server_frames_can_be_taken_apart_again(parts: list[tuple[bool, bytes]]) -> None:
    wire = b"".join((frames.text if text else frames.binary)(part) for text, part in parts)
    expected = [(TEXT if text else BINARY, part) for text, part in parts]
    assert list(frames.unframe(wire)) == expected
