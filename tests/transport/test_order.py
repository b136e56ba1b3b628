"""Order: in as a socket sent, out as the server said, and nobody waiting for anybody else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport import Emission
from realtime.transport.backplane import Place, Unit
from realtime.transport.socketio import anew, ordering
from realtime.transport.socketio.ordering import Sequencer
from tests.patience import PATIENCE
from tests.transport.clients import Polling, WebSocket, number_of
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]


async def test_one_sockets_events_are_handled_in_order(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    handled: list[int] = []

    @node.server.on("step")
    async def step(sid: str, number: int) -> int:
        await asyncio.sleep(random.random() / 1000)
        handled.append(number)
        return number

    client = await websocket(node)
    await client.connects()
    for number in range(200):
        await client.emits("step", number, ack=number)
    acks = await client.hears_all(200)
    assert acks == [f"43{number}[{number}]" for number in range(200)]
    assert handled == list(range(200))


async def test_others_and_protocol_packets_do_not_wait_behind_a_handler(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(namespaces=("/", "/api"), ping_interval=0.1)
    go = asyncio.Event()

    @node.server.on("slow")
    async def slow(sid: str) -> str:
        await go.wait()
        return "done"

    node.server.on("quick", lambda sid: "quick")
    node.server.on("quick", lambda sid: "quick", namespace="/api")
    first, second = await websocket(node, pongs=False), await websocket(node)
    await first.connects()
    await second.connects()
    await first.emits("slow", ack=1)
    await first.emits("quick", ack=2)
    assert await second.asks("quick") == ["quick"]
    assert await first.hears() == "2"
    await first.says("3")
    first._pongs = True  # to those that follow
    await first.says("40/api,")
    assert (await first.hears()).startswith("40/api,")
    await first.says('42/api,5["quick"]')
    assert await first.hears() == '43/api,5["quick"]'
    await first.says("41/api,")
    assert (await node.disconnects.get())[1] == "client disconnect"
    go.set()
    assert [await first.hears() for _ in range(2)] == ['431["done"]', '432["quick"]']


async def test_a_handler_may_wait_for_its_clients_ack_behind_any_number_of_events(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()

    @node.server.on("ask me")
    async def ask_me(sid: str) -> Any:
        return await node.server.call("question", to=sid)

    node.server.on("more", lambda sid, number: number)
    client = await websocket(node)
    await client.connects()
    await client.emits("ask me", ack=1)
    for number in range(500):
        await client.emits("more", number)
    number = number_of(await client.hears())
    await client.says(f'43{number}["answer"]')
    assert await client.hears() == '431["answer"]'


async def test_what_came_before_a_disconnect_is_handled_before_it(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    handled: list[Any] = []
    gone = asyncio.Event()

    @node.server.on("step")
    async def step(sid: str, number: int) -> None:
        await asyncio.sleep(0.001)
        node.server.join(sid, "nowhere")
        node.server.tell(sid, "too late")
        handled.append(number)

    @node.server.event
    async def disconnect(sid: str, reason: str) -> None:
        handled.append(reason)
        gone.set()

    client = await websocket(node)
    await client.connects()
    for number in range(20):
        await client.emits("step", number)
    await client.says("41")
    await gone.wait()
    assert handled == [*range(20), "client disconnect"]
    assert not node.server._rooms.members("/", ("nowhere",))


async def test_rooms_direct_messages_and_acks_share_one_order(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    server = node.server

    @server.on("go")
    async def go(sid: str) -> str:
        server.join(sid, "a")
        server.join(other, "a")
        for number in range(0, 60, 6):
            await server.emit("n", number, room="a")
            server.tell(sid, "n", number + 1)
            await server.emit("n", number + 2, room=["a", "b"])
            server.publish([Emission("n", (number + 3,), ("a",)), Emission("n", (number + 4,))])
            await server.emit("n", number + 5, to=sid)
        return "end"

    client, listener = await websocket(node), await websocket(node)
    await client.connects()
    other = await listener.connects()
    await client.emits("go", ack=1)
    heard = [await client.event() for _ in range(60)]
    assert heard == [["n", number] for number in range(60)]
    assert await client.hears() == '431["end"]'
    shared = [number for number in range(60) if number % 6 in (0, 2, 3, 4)]
    assert [await listener.event() for _ in shared] == [["n", number] for number in shared]


async def test_a_thousand_messages_arrive_in_order_through_an_upgrade(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    node.server.join(sid, "room")
    heard: list[str] = []

    async def speak() -> None:
        for number in range(1000):
            if number % 3:
                await node.server.emit("n", number, room="room")
            else:
                node.server.tell(sid, "n", number)
            await asyncio.sleep(0)

    speaking = asyncio.create_task(speak())
    heard += await client.hears()
    socket = await websocket(node, sid=client.sid)
    poll = asyncio.create_task(client.hears())
    await socket.says("2probe")
    assert await socket.hears() == "3probe"
    heard += await poll
    await socket.says("5")
    await speaking
    heard = [packet for packet in heard if packet != "6"]
    assert 0 < len(heard) < 1000
    heard += await socket.hears_all(1000 - len(heard))
    assert heard == [f'42["n",{number}]' for number in range(1000)]


async def test_a_keys_units_are_delivered_in_order_and_once(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client = await websocket(node)
    await client.connects()
    for number in (1, 3, 2, 2, 1, 5, 4, 3):
        unit = [Emission("a", (number,)), Emission("b", (number,))]
        node.server.publish(unit, order=("talk", number))
    await node.server.emit("c", 6, order=("talk", 6))
    heard = [await client.event() for _ in range(11)]
    expected = [[name, number] for number in range(1, 6) for name in "ab"]
    assert heard == [*expected, ["c", 6]]


async def test_what_is_missing_is_loaded_and_what_cannot_be_is_skipped(
    start: Start, websocket: OpenWebSocket
) -> None:
    asked: list[tuple[str, int, int]] = []

    async def missing(key: str, first: int, last: int) -> dict[int, list[Emission]]:
        asked.append((key, first, last))
        return {3: [Emission("n", (3,))]}

    node = await start()
    node.server.load_missing_with(missing)
    client = await websocket(node)
    await client.connects()
    for number in (1, 5, 6):
        node.server.publish([Emission("n", (number,))], order=("talk", number))
    assert [await client.event() for _ in range(4)] == [["n", n] for n in (1, 3, 5, 6)]
    assert asked == [("talk", 2, 4)]


async def test_without_a_source_a_gap_is_skipped(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    await client.connects()
    for number in (1, 4):
        node.server.publish([Emission("n", (number,))], order=("talk", number))
    assert [await client.event() for _ in range(2)] == [["n", 1], ["n", 4]]


class Source:
    """Where what is missing is loaded from; it fails until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ordering, "GAP_SECONDS", 0.001)
        monkeypatch.setattr(ordering, "ON_ITS_WAY", 0.001)
        monkeypatch.setattr(ordering, "MOST_PAUSE", 0.004)
        self.asked: list[tuple[int, int]] = []
        self.delivered: list[int] = []
        self.broken = True
        self.fault: BaseException = ConnectionError()
        self.found_by: asyncio.Event | None = None
        """What an answer waits for."""
        self.there: set[int] | None = None
        """The numbers that can be found; None for all."""
        self.changed = asyncio.Event()
        self.sequencer = Sequencer(self._deliver)
        self.sequencer.load_with(self._load)

    def offer(self, *numbers: int) -> None:
        for number in numbers:
            self.sequencer.offer(Unit((), ("key", number)))

    async def until_asked(self, times: int) -> None:
        while len(self.asked) < times:
            await self._next_change()

    async def until_delivered(self, count: int) -> None:
        while len(self.delivered) < count:
            await self._next_change()

    async def _next_change(self) -> None:
        self.changed.clear()
        await self.changed.wait()

    def _deliver(self, unit: Unit) -> None:
        assert unit.order is not None
        self.delivered.append(unit.order[1])
        self.changed.set()

    async def _load(self, key: str, first: int, last: int) -> dict[int, Unit]:
        self.asked.append((first, last))
        self.changed.set()
        if self.broken:
            raise self.fault
        if self.found_by is not None:
            await self.found_by.wait()
        asked = set(range(first, last + 1))
        there = asked if self.there is None else asked & self.there
        return {number: Unit((), (key, number)) for number in there}


@pytest.fixture
async def source(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Source]:
    made = Source(monkeypatch)
    yield made
    await made.sequencer.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the sequencer would have waited each time."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr(ordering.asyncio, "sleep", noted)
    return waited


@pytest.mark.parametrize("fault", [ConnectionError(), asyncio.CancelledError()])
async def test_a_source_that_fails_has_not_found_nothing(
    source: Source, fault: BaseException
) -> None:
    source.fault = fault
    source.offer(1, 4)
    await source.until_asked(4)
    assert source.delivered == [1]

    source.broken = False
    await source.until_delivered(4)

    assert source.delivered == [1, 2, 3, 4]
    assert set(source.asked) == {(2, 3)}


async def test_what_arrives_while_the_source_is_away_takes_its_place(source: Source) -> None:
    source.offer(1, 3, 6)
    await source.until_asked(2)

    source.offer(2)
    assert source.delivered == [1, 2, 3]
    await source.until_asked(len(source.asked) + 2)
    source.offer(5, 4)

    assert source.delivered == [1, 2, 3, 4, 5, 6]


async def test_what_arrives_and_is_found_at_once_comes_once_and_stops_nothing(
    source: Source,
) -> None:
    source.broken, source.found_by = False, asyncio.Event()
    source.offer(1, 6)
    await source.until_asked(1)
    source.offer(4)
    source.found_by.set()
    await source.until_delivered(6)
    source.offer(8, 7)

    assert source.delivered == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_what_arrives_while_it_is_not_found_is_not_skipped(source: Source) -> None:
    source.broken, source.found_by, source.there = False, asyncio.Event(), {2}
    source.offer(1, 6)
    await source.until_asked(1)
    source.offer(4, 5)
    source.found_by.set()
    await source.until_delivered(5)

    assert source.delivered == [1, 2, 4, 5, 6]


async def test_each_question_waits_twice_as_long_up_to_a_limit(
    source: Source, pauses: list[float]
) -> None:
    source.offer(1, 3)
    await source.until_asked(5)

    assert pauses[:5] == [0.001, 0.002, 0.004, 0.004, 0.004]


async def test_too_much_that_waits_for_a_broken_source_goes_on_without_it(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "MOST_EARLY", 3)
    source.offer(1, 3, 4)
    await source.until_asked(2)
    assert source.delivered == [1]

    source.offer(5)
    await source.until_delivered(4)

    assert source.delivered == [1, 3, 4, 5]


async def test_the_end_does_not_wait_for_a_broken_source(source: Source) -> None:
    source.offer(1, 3)
    await source.until_asked(1)

    await source.sequencer.close()

    assert source.delivered == [1]


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 9), max_size=10))
def test_whatever_the_order_of_arrival_the_order_of_delivery_is_by_number(
    arrival: list[int], again: list[int]
) -> None:
    delivered: list[int] = []

    def deliver(unit: Unit) -> None:
        assert unit.order is not None
        delivered.append(unit.order[1])

    async def run() -> None:
        sequencer = Sequencer(deliver)
        for number in [0, *arrival, *again, 9]:
            sequencer.offer(Unit((), ("key", number)))
        await sequencer.close()

    asyncio.run(run())
    assert delivered == list(range(10))


def test_keys_that_were_not_heard_for_long_are_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(ordering, "REMEMBERED", 10)
    sequencer = Sequencer(lambda unit: None)
    for number in range(100):
        sequencer.offer(Unit((), (f"key {number}", 1)))
    assert len(sequencer._keys) == 10


async def test_while_something_is_searched_for_long_other_keys_are_forgotten(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "REMEMBERED", 10)
    source.offer(1, 3)
    await source.until_asked(1)
    for number in range(100):
        source.sequencer.offer(Unit((), (f"other {number}", 1)))
    assert len(source.sequencer._keys) == 10
    source.broken = False
    await source.until_delivered(103)

    assert source.delivered[-2:] == [2, 3]


# Where several nodes tell one order, its first numbers may come in any order, or not at all.


class Begins:
    """Where orders begin; asked by the sequencer of a source that is well."""

    def __init__(self, source: Source, *, listened: bool = True) -> None:
        source.broken = False
        self.asked: list[int] = []
        self.answer: int | BaseException = 1
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        source.sequencer._listened = lambda _unit: listened
        source.sequencer.begin_with(self)

    async def __call__(self, _key: str, number: int) -> int:
        self.asked.append(number)
        await self.may_answer.wait()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


async def test_who_listens_hears_an_order_from_where_it_begins(source: Source) -> None:
    begins = Begins(source)
    begins.answer = 2

    source.offer(4)
    await source.until_delivered(3)

    assert source.delivered == [2, 3, 4]
    assert begins.asked == [4]


async def test_what_comes_while_the_beginning_is_asked_for_takes_its_place(source: Source) -> None:
    begins = Begins(source)
    begins.answer = 3
    begins.may_answer.clear()
    source.offer(5, 4, 3)
    await asyncio.sleep(0)
    assert source.delivered == []

    begins.may_answer.set()
    await source.until_delivered(3)

    assert source.delivered == [3, 4, 5]
    assert source.asked == []
    assert begins.asked == [5]


async def test_an_earlier_number_that_comes_meanwhile_is_the_beginning(source: Source) -> None:
    begins = Begins(source)
    begins.answer = 5
    begins.may_answer.clear()
    source.offer(5, 4)

    begins.may_answer.set()
    await source.until_delivered(2)

    assert source.delivered == [4, 5]


async def test_where_nobody_listens_an_order_begins_with_what_comes(source: Source) -> None:
    begins = Begins(source, listened=False)

    source.offer(4, 5)

    assert source.delivered == [4, 5]
    assert begins.asked == []


@pytest.mark.parametrize("fault", [ConnectionError(), asyncio.CancelledError()])
async def test_where_the_beginning_cannot_be_told_it_is_what_comes(
    source: Source, fault: BaseException
) -> None:
    """Be it that somebody who asked for it, too, was cancelled."""
    begins = Begins(source)
    begins.answer = fault

    source.offer(4)
    await source.until_delivered(1)
    source.offer(6)
    await source.until_delivered(3)

    assert source.delivered == [4, 5, 6]


async def test_what_is_known_to_be_stored_is_loaded(source: Source) -> None:
    source.broken = False
    source.offer(1)

    source.sequencer.stored("key", 1, 3)
    source.sequencer.stored("key", 1, 4)
    await source.until_delivered(4)
    source.sequencer.stored("key", 1, 4)
    source.offer(3, 5)

    assert source.delivered == [1, 2, 3, 4, 5]


async def test_what_is_stored_of_an_unknown_order_begins_where_it_is_said(source: Source) -> None:
    source.broken = False

    source.sequencer.stored("key", 7, 8)
    await source.until_delivered(2)

    assert source.delivered == [7, 8]


async def test_what_is_stored_and_cannot_be_loaded_is_asked_for_again(source: Source) -> None:
    source.sequencer.stored("key", 7, 8)
    await source.until_asked(3)

    source.broken = False
    await source.until_delivered(2)

    assert source.delivered == [7, 8]


async def test_what_is_said_in_words_that_nobody_here_understands_is_loaded_in_its_place(
    source: Source,
) -> None:
    source.broken = False
    source.sequencer.understand_with({"ours", "ours theirs"}.__contains__)
    said: list[str | None] = []
    source.sequencer._deliver = lambda unit: (said.append(unit.said_in), source._deliver(unit))[1]

    for number, words in enumerate(["ours", "theirs", "ours theirs", "theirs", "theirs"], 1):
        source.sequencer.offer(Unit((), ("key", number), (), words))
    source.offer(6)
    await source.until_delivered(6)

    assert source.delivered == [1, 2, 3, 4, 5, 6]
    assert said == ["ours", None, "ours theirs", None, None, None]


async def test_what_is_loaded_for_its_words_stands_where_it_was_said(source: Source) -> None:
    """Other nodes, where all understood it, have told it there."""
    source.broken, source.found_by = False, asyncio.Event()
    sequencer = source.sequencer
    sequencer.understand_with(lambda _said_in: False)
    told: list[tuple[Place | None, tuple[int, int] | None]] = []
    sequencer._deliver = lambda unit: (told.append((unit.at, unit.doubt)), source._deliver(unit))[1]
    places: list[Place] = [(1000, 0, 0), (1010, 0, 0), (1020, 0, 0)]

    for number, sequencer.here in enumerate(places, 1):
        sequencer.offer(Unit((), ("key", number), (), "theirs"))
    await source.until_asked(1)
    assert sequencer.held_since() == sequencer.asked_since() == places[0]
    source.found_by.set()
    await source.until_delivered(3)

    assert told == [(place, None) for place in places]
    await asyncio.sleep(0)
    assert (sequencer.held_since(), sequencer.asked_since()) == (None, None)


async def test_what_is_loaded_is_said_anew_and_told_where_it_comes(source: Source) -> None:
    """The same place on each node, whoever loads it and when."""
    source.broken = False
    sequencer, said = source.sequencer, asyncio.Queue[Unit]()
    sequencer.say_with(said.put_nowait)
    told: list[tuple[Place | None, tuple[int, int] | None, bool]] = []
    sequencer._deliver = lambda unit: (
        told.append((unit.at, unit.doubt, unit.late)),
        source._deliver(unit),
    )[1]

    sequencer.here = (100_000, 0, 0)
    source.offer(1, 4)
    both = [await said.get() for _ in range(2)]
    assert source.delivered == [1], "it was told before the others can hear it"
    sequencer.here = (100_300, 0, 0)
    for unit in both:
        sequencer.offer(unit)

    assert source.delivered == [1, 2, 3, 4]
    # Who was cut off may have told two of them in the minute before; the fourth is nobody's doubt.
    late = (None, (40_300, 100_300), True)
    assert told == [(None, None, False), late, late, (None, None, False)]


async def test_what_is_said_anew_and_does_not_come_is_told_here(source: Source) -> None:
    source.broken = False
    said: list[Unit] = []
    source.sequencer.say_with(said.append)
    source.offer(1, 3)
    await source.until_delivered(3)
    assert source.delivered == [1, 2, 3]
    assert [unit.order for unit in said] == [("key", 2)] * ordering.TRIES


async def test_each_of_many_gaps_is_said_anew_as_often(source: Source) -> None:
    source.broken = False
    said: list[Unit] = []

    def lost_once(unit: Unit) -> None:
        said.append(unit)
        if len(said) % 2 == 0:
            source.sequencer.offer(unit)

    source.sequencer.say_with(lost_once)
    source.offer(1, 3, 5, 7, 9, 11, 13)
    await source.until_delivered(13)
    assert source.delivered == list(range(1, 14))
    assert len(said) == 12


async def test_what_follows_what_was_said_anew_waits_no_longer_than_else(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a conversation of which a node that was cut off has said every other thing."""
    source.broken = False
    loop = asyncio.get_running_loop()

    def patient(seconds: float) -> None:
        monkeypatch.setattr(ordering, "GAP_SECONDS", seconds)
        monkeypatch.setattr(ordering, "MOST_PAUSE", seconds)

    def said(unit: Unit) -> None:
        patient(1000)
        loop.call_soon(source.sequencer.offer, unit)

    source.sequencer.say_with(said)
    for number in (1, 3, 5):
        patient(0.001)
        source.offer(number)
        async with asyncio.timeout(PATIENCE):
            await source.until_delivered(number)
    assert source.delivered == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("why", ["many", "other words", "not found"])
async def test_what_all_nodes_cannot_tell_together_each_tells_by_itself(
    source: Source, why: str
) -> None:
    source.broken = False
    said: list[Unit] = []
    source.sequencer.say_with(said.append)
    last = anew.MOST + 2 if why == "many" else 3
    if why == "other words":  # the other nodes have told it where it was said
        source.sequencer.understand_with(lambda _said_in: False)
        source.sequencer.here = (1000, 0, 0)
        source.offer(1)
        source.sequencer.offer(Unit((), ("key", 2), (), "theirs"))
        source.offer(3)
    else:
        source.there = {last} if why == "not found" else None
        source.offer(1, last + 1 if why == "many" else 3)
    expected = [1, 3] if why == "not found" else list(range(1, last + 1))
    await source.until_delivered(len(expected))
    assert source.delivered[: len(expected)] == expected
    assert said == []


async def test_what_is_known_to_be_stored_may_be_on_its_way(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "ON_ITS_WAY", PATIENCE)
    source.offer(1)

    source.sequencer.stored("key", 1, 3)
    await asyncio.sleep(0.01)
    source.offer(2, 3)

    assert source.delivered == [1, 2, 3]
    assert source.asked == []


async def test_only_the_first_of_what_is_stored_is_waited_for_that_long(
    source: Source, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "ON_ITS_WAY", 0.5)
    source.broken = False
    source.offer(1)
    source.sequencer.stored("key", 1, 9)
    source.offer(3, 5, 7)
    await source.until_delivered(9)

    assert source.delivered == list(range(1, 10))
    assert pauses == [0.5, 0.001, 0.001, 0.001]


async def test_what_was_heard_before_is_not_loaded_for_its_words(source: Source) -> None:
    source.offer(1)
    source.sequencer.understand_with(lambda _said_in: False)
    source.sequencer.offer(Unit((), ("key", 1), (), "theirs"))
    await asyncio.sleep(0.01)
    assert source.asked == []
