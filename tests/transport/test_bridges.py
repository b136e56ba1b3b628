"""What other backends publish, as it is on the wire, and what comes in its place."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.backplane.places import place
from realtime.transport.bridges.asked import Asked, Done, Refused, Said
from realtime.transport.bridges.ear import Ear
from realtime.transport.bridges.emitters import Emitters
from realtime.transport.bridges.python import Python
from realtime.transport.bridges.subscription import AT_ONCE
from tests.patience import PATIENCE
from tests.servers.redis import Redis, asking
from tests.transport.clients import until

DEPTH = 64


def python(message: Any) -> Asked | None:
    """What a message of python-socketio is taken for."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Python(["socketio"], DEPTH).read("socketio", payload)


def emitters(channel: str, message: Any) -> Asked | None:
    """What a message of an emitter is taken for."""
    packed = message if isinstance(message, bytes) else msgpack.packb(message)
    reader = Emitters("socket.io", ("/", "/api"), DEPTH, lambda room, _: room != "empty")
    return reader.read(channel, packed)


# python-socketio

SEEN = {
    "method": "emit",
    "event": "ev",
    "data": [{"a": 1}],
    "binary": False,
    "namespace": "/",
    "room": "room1",
    "skip_sid": None,
    "callback": None,
    "host_id": "6aa2",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Said("/", "ev", ({"a": 1},), ("room1",))),
        ({"room": None}, Said("/", "ev", ({"a": 1},))),
        ({"room": ["a", 7]}, Said("/", "ev", ({"a": 1},), ("a", "7"))),
        ({"room": []}, None),
        ({"skip_sid": ["x"], "room": None}, Said("/", "ev", ({"a": 1},), (), ("x",))),
        ({"skip_sid": "x", "room": None}, Said("/", "ev", ({"a": 1},), (), ("x",))),
        ({"namespace": None, "callback": ["r", "/", 1]}, Said("/", "ev", ({"a": 1},), ("room1",))),
        ({"data": [None]}, Said("/", "ev", (), ("room1",))),
        ({"data": [1, [2]]}, Said("/", "ev", (1, [2]), ("room1",))),
        # 5.14.0 to 5.15.0: the bare argument
        ({"data": {"a": 1}}, Said("/", "ev", ({"a": 1},), ("room1",))),
        ({"data": None}, Said("/", "ev", (), ("room1",))),
        (
            {"data": [[{"f": {"_placeholder": True, "num": 0}}], "AQI="], "binary": True},
            Said("/", "ev", ({"f": b"\x01\x02"},), ("room1",)),
        ),
        (
            {"data": [{"_placeholder": True, "num": 0}, "AQI="], "binary": True},
            Said("/", "ev", (b"\x01\x02",), ("room1",)),
        ),
        ({"method": "callback"}, None),
        ({"method": "something new"}, None),
        ({"method": "disconnect", "sid": "s"}, Done("/", "disconnect", ("s",))),
        ({"method": "enter_room", "sid": "s"}, Done("/", "join", ("s",), (), ("room1",))),
        ({"method": "leave_room", "sid": "s"}, Done("/", "leave", ("s",), (), ("room1",))),
        ({"method": "close_room"}, Done("/", "leave", ("room1",), (), ("room1",))),
    ],
)
def test_what_python_socketio_says(change: dict[str, Any], expected: Asked | None) -> None:
    assert python(SEEN | change) == expected


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"\x80\x04\x95", "pickle"),
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"[" * 100 + b"]" * 100, "malformed"),
        (SEEN | {"event": "connect"}, "reserved event name"),
        (SEEN | {"event": None}, "an event needs a name"),
        (SEEN | {"room": {"a": 1}}, "malformed"),
        (SEEN | {"room": True}, "malformed"),
        (SEEN | {"namespace": 7}, "malformed"),
        (SEEN | {"method": ["emit"]}, "malformed"),
        (SEEN | {"binary": True, "data": None}, "malformed"),
        (SEEN | {"binary": True, "data": []}, "malformed"),
        (SEEN | {"binary": True, "data": [[1], "no base64!"]}, "malformed"),
        (
            SEEN | {"binary": True, "data": [[{"_placeholder": True, "num": 4}], "AQI="]},
            "malformed",
        ),
        ({"method": "disconnect"}, "malformed"),
        ({"method": "close_room", "room": None}, "malformed"),
    ],
)
def test_what_python_socketio_never_says_is_refused(message: Any, reason: str) -> None:
    with pytest.raises(Refused, match=f"^{reason}$"):
        python(message)


# Emitters

ROOM1 = base64.b64decode(  # @socket.io/redis-emitter 5.1.0, to("room1").emit("ev", {a: 1}, "x")
    "k6dlbWl0dGVyg6R0eXBlAqRkYXRhk6JldoGhYQGheKNuc3ChL4Olcm9vbXORpXJvb20xpWZsYWdzgKZleGNlcHSQ"
)
PACKET = {"type": 2, "data": ["ev", 1], "nsp": "/"}
REQUEST = "socket.io-request#/#"


@pytest.mark.parametrize(
    ("channel", "message", "expected"),
    [
        ("socket.io#/#room1#", ROOM1, Said("/", "ev", ({"a": 1}, "x"), ("room1",))),
        ("socket.io#/#empty#", ROOM1, None),  # nobody is in the channel's room: not even looked at
        ("socket.io#/#", ["emitter", PACKET, {"rooms": []}], Said("/", "ev", (1,))),
        ("socket.io#/#", ["x", PACKET | {"type": 5}, {}], Said("/", "ev", (1,))),
        (
            "socket.io#/#",
            ["x", PACKET, {"rooms": ["a", 7], "except": ["b"]}],
            Said("/", "ev", (1,), ("a", "7"), ("b",)),
        ),
        (
            "socket.io#/api#a#b#",
            ["x", PACKET | {"nsp": "/api"}, {"rooms": ["a#b"]}],
            Said("/api", "ev", (1,), ("a#b",)),
        ),
        ("socket.io#/#", ["x", PACKET | {"nsp": "/api"}, {}], None),
        ("socket.io#/#", ["x", PACKET | {"type": 0}, {}], None),
        ("socket.io#/#", {"type": 3, "uid": "x", "nsp": "/"}, None),  # the streams adapter
        ("socket.io#/#", b'{"type":3}', None),  # the sharded adapter
        (REQUEST, b'{"type":0,"rooms":[]}', None),
        (
            REQUEST,
            b'{"type":2,"opts":{"rooms":["a"],"except":["b"]},"rooms":["c",7]}',
            Done("/", "join", ("a",), ("b",), ("c", "7")),
        ),
        (
            REQUEST,
            b'{"type":3,"opts":{"rooms":[]},"rooms":["c"]}',
            Done("/", "leave", (), (), ("c",)),
        ),
        (REQUEST, b'{"type":4,"opts":{"rooms":[]},"close":true}', Done("/", "close", ())),
        (REQUEST, b'{"type":4,"opts":{"rooms":["a"]}}', Done("/", "disconnect", ("a",))),
        (REQUEST, b'{"type":2,"sid":"s","room":"c"}', Done("/", "join", ("s",), (), ("c",))),
        (REQUEST, b'{"type":4,"sid":"s","close":false}', Done("/", "disconnect", ("s",))),
    ],
)
def test_what_emitters_say(channel: str, message: Any, expected: Asked | None) -> None:
    assert emitters(channel, message) == expected


@pytest.mark.parametrize(
    ("channel", "message", "reason"),
    [
        ("socket.io#/#", b"\x93", "malformed"),
        ("socket.io#/#", b"\x91\xc1", "malformed"),
        ("socket.io#/#", [1], "malformed"),
        ("socket.io#/#", ["x", 1, 2], "malformed"),
        ("socket.io#/#", ["x", PACKET | {"data": "ev"}, {}], "malformed"),
        ("socket.io#/#", ["x", PACKET | {"data": []}, {}], "malformed"),
        ("socket.io#/#", ["x", PACKET | {"data": ["disconnect"]}, {}], "reserved event name"),
        ("socket.io#/#", ["x", PACKET, {"rooms": "a"}], "malformed"),
        ("socket.io#/#", b"\x93" + b"\x91" * 5_000, "malformed"),
        ("socket.io#/#", b"\x91" * 70 + b"\x90", "malformed"),
        (REQUEST, b"", "malformed"),
        (REQUEST, b'{"type":4}', "malformed"),  # and not everyone
        (REQUEST, b'{"type":4,"opts":{}}', "malformed"),
        (REQUEST, b'{"type":4,"opts":[]}', "malformed"),
        (REQUEST, b'{"type":2,"opts":{"rooms":[]}}', "malformed"),
    ],
)
def test_what_emitters_never_say_is_refused(channel: str, message: Any, reason: str) -> None:
    with pytest.raises(Refused, match=f"^{reason}$"):
        emitters(channel, message)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (msgpack.Timestamp(1706933106, 7_000_000), "2024-02-03T04:05:06.007Z"),
        (msgpack.ExtType(0, (1706933106007).to_bytes(8)), "2024-02-03T04:05:06.007Z"),
        (msgpack.ExtType(0, b"\x00"), None),  # undefined
        ({b"key": 1, 7: 2}, {"key": 1, "7": 2}),
        (b"\x01\x02", b"\x01\x02"),
    ],
)
def test_values_are_what_a_browser_would_have_got(written: Any, read: Any) -> None:
    said = emitters("socket.io#/#", ["x", PACKET | {"data": ["ev", written]}, {}])

    assert isinstance(said, Said)
    assert said.args == (read,)


@pytest.mark.parametrize(
    "written",
    [
        msgpack.ExtType(5, b"x"),
        msgpack.ExtType(0, b"\x7f" * 8),
        msgpack.Timestamp(2**60),
        {b"\xff": 1},
        {1.5: 1},
    ],
)
def test_values_that_no_browser_could_get_are_refused(written: Any) -> None:
    with pytest.raises(Refused):
        emitters("socket.io#/#", ["x", PACKET | {"data": ["ev", written]}, {}])


@given(st.binary(max_size=200), st.sampled_from(["socket.io#/#", "socket.io#/#a#", REQUEST]))
def test_no_bytes_do_more_than_be_refused(payload: bytes, channel: str) -> None:
    for read in (lambda: emitters(channel, b"\x93" + payload), lambda: python(b"{" + payload)):
        with suppress(Refused):
            read()


def test_a_namespace_with_the_marks_of_a_pattern_is_taken_for_itself() -> None:
    reader = Emitters("a[1]", ("/*",), DEPTH, lambda *_: True)

    assert reader.patterns == (r"a\[1\]#/\*#*", r"a\[1\]-request#/\*#")


# The connection


@pytest.fixture
async def heard() -> list[Asked]:
    return []


@pytest.fixture
async def ear(redis_url: str, heard: list[Asked]) -> AsyncIterator[Ear]:
    listening = Ear(place(redis_url), [Python(["socketio"], DEPTH)], heard.append, 1_000)
    await listening.start()
    yield listening
    await listening.close()


def event(name: str) -> bytes:
    return json.dumps(SEEN | {"event": name}).encode()


async def test_thousands_at_once_are_heard_a_few_in_each_turn(
    ear: Ear, heard: list[Asked], redis_url: str
) -> None:
    most = before = 0

    async def watch() -> None:
        nonlocal most, before
        while len(heard) < 5_000:
            most, before = max(most, len(heard) - before), len(heard)
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    async with asking(redis_url) as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(5_000):
            pipeline.publish("socketio", event(str(number)))
        await pipeline.execute()
    async with asyncio.timeout(PATIENCE):
        await watching

    assert [each.event for each in heard if isinstance(each, Said)] == list(map(str, range(5_000)))
    assert most <= 2 * AT_ONCE


async def test_what_is_too_long_is_not_kept_and_those_behind_it_are_heard(
    ear: Ear, heard: list[Asked], redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking(redis_url) as client:
        await client.publish("socketio", event("x" * 2_000))
        await client.publish("socketio", event("short"))
        await until(lambda: heard)
        await client.publish("socketio", b"x" * 20_000_000)
        while len(heard) < 2:  # the ear ends its connection, and comes back
            await client.publish("socketio", event("again"))
            await asyncio.sleep(0.01)

    assert [each.event for each in heard if isinstance(each, Said)][:2] == ["short", "again"]
    assert "bridge python: refused on channel socketio: too long" in caplog.messages
    assert any("(a message was too long)" in line for line in caplog.messages)


async def test_it_comes_back_after_redis_was_silent(own_redis: Redis, heard: list[Asked]) -> None:
    ear = Ear(place(own_redis.url), [Python(["socketio"], DEPTH)], heard.append, 1_000)
    await ear.start()
    own_redis.kill()
    await until(lambda: ear._away)
    own_redis.start()
    await until(lambda: not ear._away)

    async with asking(own_redis.url) as client:
        await client.publish("socketio", event("again"))

    await until(lambda: heard)
    await ear.close()


async def test_a_user_of_redis_needs_three_commands(own_redis: Redis, heard: list[Asked]) -> None:
    async with asking(own_redis.url) as client:
        allowed = ("allchannels", "+subscribe", "+psubscribe", "+ping")
        await client.execute_command("ACL", "SETUSER", "ear", "on", ">secret", *allowed)
        url = own_redis.url.replace("//", "//ear:secret@")
        readers = [
            Python(["socketio"], DEPTH),
            Emitters("socket.io", ("/",), DEPTH, lambda *_: True),
        ]
        ear = Ear(place(url), readers, heard.append, 1_000)
        await ear.start()

        await client.publish("socketio", event("one"))
        await client.publish("socket.io#/#room1#", ROOM1)

        await until(lambda: len(heard) == 2)
        await ear.close()


async def test_an_ear_starts_where_redis_is_away_and_hears_later(
    own_redis: Redis, heard: list[Asked]
) -> None:
    own_redis.kill()
    ear = Ear(place(own_redis.url), [Python(["socketio"], DEPTH)], heard.append, 1_000)
    await ear.start()
    assert ear._away
    own_redis.start()
    await until(lambda: not ear._away)
    await ear.close()
