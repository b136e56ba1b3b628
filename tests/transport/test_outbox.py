"""When output is written: at the end of a turn, or with what is about to come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from realtime.transport.backplane.redis import RedisBackplane
from realtime.transport.engineio import outbox as module
from realtime.transport.engineio.outbox import HELD_SECONDS, WORTH_HOLDING, Outbox
from tests.servers.redis import Redis
from tests.transport.clients import WebSocket, until
from tests.transport.conftest import Node, Start


class Client:
    """A client that takes all it is written."""

    flowing = True

    def __init__(self) -> None:
        self.pending: list[bytes] | None = None
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def keep(self, waiting: list[bytes]) -> None:
        raise AssertionError("it could be written")


class Broken(Client):
    """One at whose end the application fails."""

    def write(self, data: bytes) -> None:
        raise RuntimeError(data)


@dataclass
class Member:
    """Somebody in a room."""

    sink: Client


class Coming:
    """Whether more is about to come."""

    def __init__(self) -> None:
        self.more = True

    def __call__(self) -> bool:
        return self.more


@pytest.fixture
def coming() -> Coming:
    return Coming()


@pytest.fixture
def outbox(coming: Coming) -> Outbox:
    outbox = Outbox()
    outbox.hold_while(coming)
    return outbox


def clients(number: int = WORTH_HOLDING) -> list[Client]:
    return [Client() for _ in range(number)]


def say(outbox: Outbox, to: list[Client], said: bytes) -> None:
    for client in to:
        outbox.send(client, said)


async def turns(number: int = 3) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_an_answer_and_the_event_that_comes_next_are_one_write(outbox: Outbox) -> None:
    many = clients()
    say(outbox, many, b"ack,")
    await turns()
    assert [client.written for client in many] == [[]] * WORTH_HOLDING

    outbox.came()
    say(outbox, many, b"event")
    await turns()

    assert [client.written for client in many] == [[b"ack,event"]] * WORTH_HOLDING


async def test_what_never_comes_is_not_waited_for_long(outbox: Outbox) -> None:
    many = clients()
    say(outbox, many, b"ack")

    await asyncio.sleep(HELD_SECONDS)
    await until(lambda: all(client.written == [b"ack"] for client in many))


async def test_a_few_clients_wait_for_nothing(outbox: Outbox) -> None:
    few = clients(WORTH_HOLDING - 1)
    say(outbox, few, b"ack")

    await turns()

    assert all(client.written == [b"ack"] for client in few)


async def test_nothing_waits_where_nothing_comes(outbox: Outbox, coming: Coming) -> None:
    coming.more = False
    many = clients()
    say(outbox, many, b"ack")

    await turns()

    assert all(client.written == [b"ack"] for client in many)


async def test_who_flushes_waits_for_nothing_and_nothing_is_written_twice(outbox: Outbox) -> None:
    many = clients()
    say(outbox, many, b"ack")
    await turns()

    outbox.flush()
    outbox.came()
    await asyncio.sleep(2 * HELD_SECONDS)

    assert all(client.written == [b"ack"] for client in many)


async def test_each_turn_may_wait_anew(outbox: Outbox) -> None:
    many = clients()
    for _ in range(2):
        say(outbox, many, b"ack,")
        await turns()
        outbox.came()
        say(outbox, many, b"event,")
        await turns()

    assert all(client.written == [b"ack,event,"] * 2 for client in many)


@pytest.mark.parametrize("to_all", [True, False], ids=["broadcast", "each"])
async def test_one_client_that_cannot_be_written_to_keeps_nothing_from_others(
    to_all: bool, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, many = Outbox(), [Client(), Broken(), Client()]
    if to_all:
        outbox.broadcast({str(n): Member(client) for n, client in enumerate(many)}, b"news")
    else:
        say(outbox, many, b"news")

    await turns()

    assert [client.written for client in many] == [[b"news"], [], [b"news"]]
    assert "writing to a client failed" in caplog.text


async def test_answers_wait_for_the_events_that_are_on_their_way_through_redis(
    start: Start,
    websocket: Callable[..., Awaitable[WebSocket]],
    own_redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HELD_SECONDS", 3600)
    options = {"prefix": "outbox:", "kept_seconds": 60.0, "kept_bytes": 1_000_000}
    node = await start(backplane=RedisBackplane(own_redis.url, process="n1.0", **options))
    go = asyncio.Event()

    @node.server.on("say")
    async def say(sid: str) -> str:
        node.server.join(sid, "all")
        await go.wait()
        await node.server.emit("said", room="all")
        return "stored"

    people = [await talking(node, websocket) for _ in range(WORTH_HOLDING)]
    own_redis.freeze()
    go.set()
    await until(lambda: node.server._engine.outbox._held)
    own_redis.thaw()

    for person in people:
        heard = await person.hears_all(1 + WORTH_HOLDING)
        assert heard == ['431["stored"]', *['42["said"]'] * WORTH_HOLDING]


async def talking(node: Node, websocket: Callable[..., Awaitable[WebSocket]]) -> WebSocket:
    """Somebody whose handler has begun."""
    one = await websocket(node)
    sid = await one.connects()
    await one.emits("say", ack=1)
    await until(lambda: "all" in node.server.rooms(sid))
    return one
