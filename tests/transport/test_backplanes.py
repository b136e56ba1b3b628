"""One contract for every backplane, and what only the one over Redis can meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from realtime.tracing.spans import Spans
from realtime.transport.backplane import Backplane, Command, Delivery, Message, Notice, Unit
from realtime.transport.backplane.memory import MemoryBackplane
from realtime.transport.backplane.redis import RedisBackplane, meeting, wire
from realtime.transport.backplane.redis.given import Given
from realtime.transport.backplane.redis.link import Away, Link
from realtime.transport.backplane.redis.traced import FIELD, TracedBackplane
from realtime.transport.backplane.redis.window import Window
from tests.hub import Hub
from tests.servers.redis import Redis, asking
from tests.transport.clients import until

Made = tuple[Backplane, list[Message]]
Make = Callable[[], Awaitable[Made]]

SPANS = Spans(TracerProvider(shutdown_on_exit=False).get_tracer("tests"))

PREFIXES = (f"test{number}:" for number in count())
PROCESSES = (f"n1.{number}" for number in count())


def over_redis(url: str, prefix: str, **options: Any) -> RedisBackplane:
    chosen = {"kept_seconds": 60.0, "kept_bytes": 1_000_000, **options}
    return RedisBackplane(url, process=next(PROCESSES), prefix=prefix, **chosen)


def traced(url: str, prefix: str) -> TracedBackplane:
    chosen = {"kept_seconds": 60.0, "kept_bytes": 1_000_000}
    return TracedBackplane(SPANS, url, process=next(PROCESSES), prefix=prefix, **chosen)


@pytest.fixture(params=["memory", "hub", "redis", "traced"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Starts one more node's connection; gives it with what it hears."""
    hub, prefix, made = Hub(), next(PREFIXES), []

    def backplane() -> Backplane:
        if request.param == "memory":
            return MemoryBackplane()
        if request.param == "hub":
            return hub.node()
        url = request.getfixturevalue("redis").url
        if request.param == "traced" and len(made) % 2 == 0:  # every other one follows nothing
            return traced(url, prefix)
        return over_redis(url, prefix)

    async def start() -> Made:
        one, heard = backplane(), []
        await one.start(heard.append)
        made.append(one)
        return one, heard

    start.many = request.param != "memory"  # type: ignore[attr-defined]
    yield start
    for one in made:
        await one.close()


def unit(number: int, key: str | None = None) -> Unit:
    deliveries = (
        Delivery("/", ("room", "other"), b"42[%d]" % number, "session", ("sid",)),
        Delivery("/api", (), b"second"),
    )
    return Unit(deliveries, (key, number) if key else None)


MESSAGES: list[Message] = [
    unit(1, "key"),
    unit(2),
    Command("join", "of", "room", "/"),
    Command("close", "of", "", "/api"),
    Notice("name", b"\x00any\xff"),
    Unit((), ("key", 2)),
    Unit((), ("key", 3), (Command("leave", "of", "room", "/"),)),
    Unit((Delivery("/", ("room",), b"42[4]"),), ("key", 4)),
    Unit((Delivery("/", ("room",), b"42[5]"),), ("key", 5), late=True),
]


async def test_every_node_hears_what_was_said_as_it_was_said(make: Make) -> None:
    one, heard = await make()
    _, others = await make() if make.many else (one, heard)  # type: ignore[attr-defined]

    for message in MESSAGES:
        one.publish(message)

    await until(lambda: len(others) == len(heard) == len(MESSAGES))
    assert heard == others == MESSAGES


async def test_each_message_is_part_of_what_it_was_part_of(redis: Redis) -> None:
    prefix = next(PREFIXES)
    one, two = traced(redis.url, prefix), traced(redis.url, prefix)
    heard: dict[str, list[str | None]] = {"one": [], "two": []}
    for name, node in (("one", one), ("two", two)):
        await node.start(lambda _message, name=name: heard[name].append(SPANS.current()))
    begun = []
    for number in range(4):
        with SPANS.begun("call", {}):
            begun.append(SPANS.current())
            one.publish(unit(number))
        one.publish(unit(number))
        if number % 2:
            await asyncio.sleep(0)  # else several are in one entry

    await until(lambda: len(heard["one"]) == len(heard["two"]) == 8)
    assert heard["one"] == heard["two"] == [each for one in begun for each in (one, None)]

    connection = asking(redis.url)
    for nonsense in (b"", b"{}", b"7", b"[7]", b'["x"]', b"\xff", b"[" * 10_000):
        entry = {"n": "other", "c": next(NUMBERS), FIELD: nonsense, "m": wire.encode([unit(1)])}
        await connection.xadd(f"{prefix}stream", entry)
    await until(lambda: len(heard["one"]) == 15)
    assert heard["one"][8:] == [None] * 7
    await connection.aclose()
    await one.close()
    await two.close()


NUMBERS = count(1)


async def test_all_nodes_hear_the_same_order(make: Make) -> None:
    if not make.many:  # type: ignore[attr-defined]
        return
    one, heard = await make()
    other, others = await make()

    for number in range(200):
        one.publish(unit(number))
        other.publish(unit(-number))
        if number % 7 == 0:
            await asyncio.sleep(0)

    await until(lambda: len(heard) == len(others) == 400)
    assert heard == others


async def test_a_node_hears_nothing_from_before_its_start(make: Make) -> None:
    if not make.many:  # type: ignore[attr-defined]
        return
    one, heard = await make()
    one.publish(unit(1))
    await until(lambda: heard)

    _, late = await make()
    one.publish(unit(2))

    await until(lambda: late)
    assert late == [unit(2)]


async def test_what_was_published_before_closing_is_handed_over(make: Make) -> None:
    one, _ = await make()
    _, others = await make() if make.many else (None, None)  # type: ignore[attr-defined]

    one.publish(unit(1))
    await one.close()

    if others is not None:
        await until(lambda: others)


async def test_what_is_published_is_under_way_until_it_is_heard_here(make: Make) -> None:
    one, heard = await make()
    assert not one.under_way()

    one.publish(unit(1))
    assert one.under_way() is (heard == [])
    await until(lambda: heard == [unit(1)])

    assert not one.under_way()


async def test_a_backplane_that_works_is_well(make: Make) -> None:
    one, _ = await make()

    assert one.well() is None


# Over Redis only.


@pytest.fixture
async def pair(own_redis: Redis) -> AsyncIterator[list[tuple[RedisBackplane, list[Message]]]]:
    """Two nodes on a Redis that a test may stop."""
    prefix, made = next(PREFIXES), []
    for _ in range(2):
        heard: list[Message] = []
        one = over_redis(own_redis.url, prefix)
        await one.start(heard.append)
        made.append((one, heard))
    yield made
    for one, _ in made:
        await one.close()


class Node:
    """One node's connection to the session's Redis, and what it hears."""

    def __init__(self, url: str) -> None:
        self.prefix = next(PREFIXES)
        self.backplane = over_redis(url, self.prefix)
        self.heard: list[Message] = []


@pytest.fixture
async def node(redis_url: str) -> AsyncIterator[Node]:
    made = Node(redis_url)
    await made.backplane.start(made.heard.append)
    yield made
    await made.backplane.close()


async def well(one: RedisBackplane) -> None:
    await until(lambda: one._connected)


async def ill(one: RedisBackplane) -> None:
    await until(lambda: not one._connected)


async def test_while_redis_is_dead_each_hears_its_own_at_once_and_both_meet_again(
    own_redis: Redis, pair: list[tuple[RedisBackplane, list[Message]]]
) -> None:
    (one, heard), (other, others) = pair
    back: list[str] = []
    one.when_back(lambda: back.append("one"))
    own_redis.kill()
    await ill(one)
    await ill(other)

    one.publish(unit(1))
    assert heard == [unit(1)]

    own_redis.start()
    await well(one)
    await well(other)
    one.publish(unit(2))
    await until(lambda: others == [unit(2)] and heard == [unit(1), unit(2)])
    assert back == ["one"]


async def test_what_redis_never_answered_is_heard_once(
    own_redis: Redis, pair: list[tuple[RedisBackplane, list[Message]]]
) -> None:
    """A Redis that sleeps takes the entry and answers when it wakes: it is not heard again."""
    (one, heard), (other, others) = pair
    own_redis.freeze()
    one.publish(unit(1))
    await ill(one)
    assert heard == [unit(1)]

    own_redis.thaw()
    await well(one)
    await well(other)
    one.publish(unit(2))

    await until(lambda: unit(2) in heard and unit(2) in others)
    assert heard == [unit(1), unit(2)]
    assert others in ([unit(2)], [unit(1), unit(2)])


async def test_what_others_said_while_one_was_cut_off_is_heard_late(own_redis: Redis) -> None:
    prefix = next(PREFIXES)
    heard: list[Message] = []
    one, other = over_redis(own_redis.url, prefix), over_redis(own_redis.url, prefix)
    await one.start(heard.append)
    await other.start(lambda _: None)

    one._lose("the test")
    other.publish(unit(1))

    await until(lambda: heard == [unit(1)])
    await one.close()
    await other.close()


async def test_a_wiped_redis_goes_on(
    own_redis: Redis, pair: list[tuple[RedisBackplane, list[Message]]]
) -> None:
    (one, heard), (_, others) = pair
    one.publish(unit(1))
    await until(lambda: heard == others == [unit(1)])

    await own_redis.flush()
    one.publish(unit(2))

    await until(lambda: heard == others == [unit(1), unit(2)])


async def test_a_redis_without_memory_is_as_good_as_none_until_it_has_some(
    own_redis: Redis, pair: list[tuple[RedisBackplane, list[Message]]]
) -> None:
    (one, heard), (_, others) = pair
    async with asking(own_redis.url) as client:
        await client.config_set("maxmemory", "1")
        one.publish(unit(1))
        await until(lambda: heard == [unit(1)])
        assert "OOM" in str(one.well())

        await client.config_set("maxmemory", "0")
        await well(one)
    one.publish(unit(2))
    await until(lambda: heard == [unit(1), unit(2)] and others)
    assert others == [unit(2)]


async def test_a_node_starts_alone_where_redis_is_away_and_joins_the_others_later(
    own_redis: Redis,
) -> None:
    url, prefix = own_redis.url, next(PREFIXES)
    own_redis.kill()
    heard: list[Message] = []
    one = over_redis(url, prefix)
    await one.start(heard.append)
    one.publish(unit(1))
    assert heard == [unit(1)]
    assert "alone" in str(one.well())

    own_redis.start()
    await well(one)

    one.publish(unit(2))
    await until(lambda: heard == [unit(1), unit(2)])
    await one.close()


async def test_garbage_in_the_stream_is_skipped(node: Node, redis_url: str) -> None:
    blob = wire.encode([unit(1)])

    async with asking(redis_url) as client:
        for fields in (
            {"a": "b"},
            {"n": "x", "c": "no number", "m": b""},
            {"n": "x", "c": "1", "m": b"garbage that is longer than a head"},
            {"n": "x", "c": "2", "m": blob[:-1]},
            {"n": "x", "c": "3", "m": b"\x80" + blob[1:]},
        ):
            await client.xadd(f"{node.prefix}stream", fields)
    node.backplane.publish(unit(2))

    await until(lambda: node.heard)
    assert node.heard == [unit(2)]


async def test_an_entry_that_was_stored_twice_is_heard_once(node: Node, redis_url: str) -> None:
    fields = {"n": "other", "c": "1", "m": wire.encode([unit(1)])}

    async with asking(redis_url) as client:
        await client.xadd(f"{node.prefix}stream", fields)
        await client.xadd(f"{node.prefix}stream", fields)
    node.backplane.publish(unit(2))

    await until(lambda: unit(2) in node.heard)
    assert node.heard == [unit(1), unit(2)]


async def test_deployments_with_different_prefixes_do_not_hear_one_another(
    node: Node, redis_url: str
) -> None:
    other = over_redis(redis_url, next(PREFIXES))
    await other.start(lambda _: None)

    other.publish(unit(1))
    node.backplane.publish(unit(2))

    await until(lambda: node.heard)
    assert node.heard == [unit(2)]
    await other.close()


async def test_one_turn_of_the_loop_is_one_entry(node: Node, redis_url: str) -> None:
    for number in range(50):
        node.backplane.publish(unit(number))
    await until(lambda: len(node.heard) == 50)

    async with asking(redis_url) as client:
        assert await client.xlen(f"{node.prefix}stream") == 2  # and the one with which it began


async def test_the_stream_is_trimmed_by_bytes(redis_url: str) -> None:
    prefix = next(PREFIXES)
    heard: list[Message] = []
    one = over_redis(redis_url, prefix, kept_bytes=1_000)
    await one.start(heard.append)

    async with asking(redis_url) as client:
        for _second in range(3):
            for _ in range(300):
                one.publish(Notice("big", b"x" * 100))
                await asyncio.sleep(0)
            await asyncio.sleep(1.1)  # the window counts in seconds
        assert await client.xlen(f"{prefix}stream") < 700
    await one.close()


async def test_a_wrong_password_is_away(own_redis: Redis) -> None:
    async with asking(own_redis.url) as client:
        await client.config_set("requirepass", "secret")
    with pytest.raises(Away):
        await Link.open(own_redis.url, lambda: None)

    link = await Link.open(own_redis.url.replace("//", "//:secret@"), lambda: None)
    assert await link.ask("PING") == b"PONG"
    with pytest.raises(Away, match="ERR"):
        await link.ask("NONSENSE")
    link.close()
    with suppress(Away):
        await link.finish()


def test_what_was_trimmed_before_it_came_back_is_heard_with_what_does() -> None:
    given = Given()
    given.add(1, [unit(1)])
    given.add(2, [unit(2)])
    given.add(3, [unit(3)])

    assert given.back(2) == [unit(1), unit(2)]
    assert given.back(2) == []
    assert given.take_all() == [unit(3)]
    assert not given


def test_a_window_keeps_seconds_and_never_more_than_its_bytes() -> None:
    window = Window(10, 1_000)
    assert window.first_kept() is None
    for second in range(30):
        window.add(b"%d-0" % (second * 1000), 10)
    assert window.first_kept() == 19_000
    assert window.length == 10

    window.add(b"30000-5", 5_000)

    assert window.first_kept() == 30_000


async def failing_at_the_first(redis_url: str) -> tuple[RedisBackplane, list[Message]]:
    """A node that fails at unit 1, and the others that it hears."""
    heard: list[Message] = []

    def hear(message: Message) -> None:
        if message == unit(1):
            raise RuntimeError
        heard.append(message)

    one = over_redis(redis_url, next(PREFIXES))
    await one.start(hear)
    return one, heard


async def test_a_message_that_fails_keeps_no_other_from_being_heard(redis_url: str) -> None:
    one, heard = await failing_at_the_first(redis_url)

    one.publish(unit(1))
    await asyncio.sleep(0)  # in an entry of its own
    one.publish(unit(2))

    await until(lambda: heard)
    assert heard == [unit(2)]
    assert one.well() is None
    await one.close()


async def test_a_message_that_fails_when_cut_off_keeps_no_other_from_being_heard(
    redis_url: str,
) -> None:
    one, heard = await failing_at_the_first(redis_url)
    one.publish(unit(1))
    one.publish(unit(2))
    one._lose("the test")
    assert heard == [unit(2)]
    await well(one)
    await one.close()


async def test_a_connection_that_is_lost_before_the_other_is_of_use_is_made_again(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked on it yet, so that its silence would never be noticed."""
    meet, met = meeting.meet, list[meeting.Meeting]()

    async def cut(*where: Any) -> meeting.Meeting:
        found = await meet(*where)
        if not met:
            found.reader._transport.abort()
            await until(lambda: found.reader._transport is None)
        met.append(found)
        return found

    monkeypatch.setattr(meeting, "meet", cut)
    heard: list[Message] = []
    one = over_redis(redis_url, next(PREFIXES))
    await one.start(heard.append)
    await well(one)
    one.publish(unit(1))
    await until(lambda: heard)
    await one.close()
