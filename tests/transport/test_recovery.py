"""What is told to who comes back: from positions alone, whatever was held, loaded or let go of."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from realtime.transport import Emission, RecoverySettings
from realtime.transport.backplane import Delivery, Place
from realtime.transport.backplane.redis import RedisBackplane
from realtime.transport.socketio import ordering
from realtime.transport.socketio.recovery import keeping, positions, records, recovery
from realtime.transport.socketio.recovery.positions import Position
from realtime.transport.socketio.recovery.records import Record
from realtime.transport.socketio.recovery.window import Unsure, Window
from tests.hub import Hub
from tests.patience import PATIENCE
from tests.servers.redis import asking
from tests.transport.clients import WebSocket, until
from tests.transport.conftest import Node, Start

ROOM = ("/", "room")
LONG_AFTER = 10**15
"""A time in ms."""


def said(window: Window, ms: int, room: str = "room", **more: Any) -> Position:
    """Something is said at a time; its position."""
    at: Position = (ms, 0, 0, 0)
    place = more.pop("at", at)
    doubt = more.pop("doubt", None)
    window.add(Delivery("/", (room,), b"\x81\x04x", **more), place, at, doubt)
    return at


def opened(seconds: float = 60, most: int = 1_000_000) -> Window:
    window = Window(seconds, most)
    window.open((0, 0, 0, 0))
    return window


def times(window: Window, after: Position, low: Position | None = None) -> list[int]:
    return [entry.said[0] for entry in window.missed({ROOM: after}, low, ["me"])]


@pytest.mark.parametrize(
    ("at", "low", "text"),
    [
        ((1795621376933, 0, 0, 1), None, b"1795621376933-0.k3"),
        ((5, 1, 2, 1), None, b"5-1-2.k3"),
        ((5, 1, 0, 0), None, b"5-1-0-0.k3"),
        ((5, 1, 0, 3), None, b"5-1-0-3.k3"),
        ((5, 1, 2, 3), (4, 0, 7), b"5-1-2-3~4-0-7-0.k3"),
    ],
)
def test_an_offset_is_read_as_it_was_written(at: Position, low: Place | None, text: bytes) -> None:
    assert positions.written(at, low, b"k3") == text

    read = positions.read(text.decode())

    assert read == (at, low and (*low, 0), "k3", None)


@pytest.mark.parametrize(
    "given",
    [
        None,
        5,
        "",
        "-",
        "1",
        "1-2",
        "1.k",
        "1-2.",
        "1-2.K",
        "1-2-3-4-5.k",
        "1-2~.k",
        "1-2.k ",
        "١-2.k",
        "9" * 17 + "-0.k",
        "1-" + "9" * 20 + ".k",
        "1-2." + "k" * 17,
        "typing",
    ],
)
def test_what_was_never_written_is_no_offset(given: object) -> None:
    assert positions.read(given) is None


def test_what_one_room_missed_is_told_in_order_and_without_what_was_not_for_one() -> None:
    window = opened()
    for ms in (1, 2, 3, 4, 5):
        said(window, ms, "room" if ms != 4 else "other")
    said(window, 6, skip_session="me")
    said(window, 7, skip_sids=("you", "me"))
    said(window, 8, skip_sids=("you",))

    assert times(window, (2, 0, 0, 0)) == [3, 5, 8]


def test_what_was_let_go_of_is_not_covered() -> None:
    window = opened(seconds=1)
    said(window, 1_000)
    said(window, 2_500)
    window.trim(3_000)

    assert not window.covers((999, 0, 0, 0))
    assert window.covers((1_000, 0, 0, 0))
    assert times(window, (1_000, 0, 0, 0)) == [2_500]


def test_it_never_takes_more_than_its_bytes_and_forgets_nothing_else() -> None:
    window = opened(most=10_000)
    for ms in range(1, 200):
        said(window, ms)
        assert window.bytes <= 10_000
    first = window.begin
    assert first is not None
    assert times(window, first) == list(range(first[0] + 1, 200))
    window.trim(10**9)
    assert (window.bytes, window._last) == (0, {})


def test_what_is_told_when_it_was_let_go_of_takes_nothing_of_its_bytes() -> None:
    window = opened()
    entries = [
        window.add(Delivery("/", ("room",), b"x"), (ms, 0, 0, 0), (ms, 0, 0, 0)) for ms in (1, 2)
    ]
    window.trim(LONG_AFTER)
    window.keep_told(entries[0], b"x" * 100)
    window.close()
    window.keep_told(entries[1], b"x" * 100)

    assert window.bytes == 0


def test_what_waited_for_another_has_the_place_of_that_one() -> None:
    window = opened()
    said(window, 10, at=(10, 0, 0, 0))
    window.add(Delivery("/", ("room",), b"\x81\x04x"), (5, 0, 0, 0), (10, 0, 0, 1))

    assert times(window, (4, 0, 0, 0)) == [10, 10]
    assert times(window, (7, 0, 0, 0)) == [10]  # elsewhere the second was told at 5


def test_who_was_told_of_something_while_others_waited_may_have_had_them_or_not() -> None:
    window = opened()
    said(window, 5)
    said(window, 10)

    assert times(window, (10, 0, 0, 0), (6, 0, 0, 0)) == []
    with pytest.raises(Unsure):
        times(window, (10, 0, 0, 0), (5, 0, 0, 0))


def test_near_what_each_node_tells_in_its_own_time_nothing_can_be_told() -> None:
    window = opened(seconds=1_000)
    said(window, 100, doubt=(40, 160))

    for unsure in (40, 100, 160):
        with pytest.raises(Unsure):
            times(window, (unsure, 0, 0, 0))
    assert times(window, (39, 0, 0, 0)) == [100]
    assert times(window, (161, 0, 0, 0)) == []


# Over a wire.


async def answer(client: WebSocket, **auth: Any) -> dict[str, Any]:
    await client.says("40" + json.dumps(auth))
    packet = await client.hears()
    assert packet.startswith("40"), packet
    return dict(json.loads(packet[2:]))


class Shelf(dict[str, bytes]):
    """Where nodes of one process keep records."""

    shared = True

    async def load(self, key: str) -> bytes | None:
        return self.get(key)

    async def save(self, values: Mapping[str, bytes], gone: Sequence[str], seconds: float) -> None:
        self.update(values)
        for key in gone:
            self.pop(key, None)


def taking_back(node: Node) -> None:
    """Everybody is in one room, and comes back to it."""

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.note(sid, {})
        node.server.join(sid, "room")
        await node.server.recover(sid)


async def events(client: WebSocket, last: object) -> list[list[Any]]:
    """All events up to the one with this argument."""
    found: list[list[Any]] = []
    while not found or found[-1][1] != last:
        found.append(await client.event())
    return found


async def leaves(client: WebSocket, node: Node) -> None:
    """A client goes, and what is known of it is kept where others find it."""
    await client.close()
    await node.disconnects.get()
    await node.server._returns.recovery.keeping.write()


async def first(_key: str, _number: int) -> int:
    """Where every order begins."""
    return 1


@pytest.mark.parametrize("seed", range(8))
async def test_moving_between_nodes_in_the_middle_of_anything_loses_and_doubles_nothing(
    seed: int, start: Start, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of several orders arrive in any order at both nodes, while a client moves."""
    monkeypatch.setattr(ordering, "GAP_SECONDS", PATIENCE)  # nothing is missing, however slow it is
    chance, hub, shelf = random.Random(seed), Hub(), Shelf()
    nodes = [await start(backplane=hub.node(), recovery=RecoverySettings()) for _ in range(2)]
    for node in nodes:
        taking_back(node)
        node.server.remember_on(shelf)
        node.server.begin_with(first)
    auth: dict[str, Any] = {}
    heard: list[str] = []
    for turn in range(12):
        overtaking = [(key, turn * 5 + n) for key in "abc" for n in chance.sample(range(1, 6), 5)]
        if turn == 0:
            overtaking.sort(key=lambda one: one[1] != 1)  # the first of an order asks nobody
        else:
            chance.shuffle(overtaking)
        node = nodes[turn % 2]
        client = await WebSocket.open(http, node.url)
        told = await answer(client, **auth)
        assert not auth or told["pid"] == auth["pid"]
        for key, number in overtaking:
            await node.server.emit("said", f"{key}{number}", room="room", order=(key, number))
        await node.server.emit("said", f"end {turn}", room="room")
        got = await events(client, f"end {turn}")
        keep = chance.randint(1, len(got))  # the wire is cut before the rest arrives
        heard += [event[1] for event in got[:keep]]
        auth = {"pid": told["pid"], "offset": got[keep - 1][2]}
        await leaves(client, node)
    client = await WebSocket.open(http, nodes[0].url)
    told = await answer(client, **auth)
    await nodes[0].server.emit("said", "end", room="room")
    heard += [event[1] for event in await events(client, "end")]

    assert len(heard) == len(set(heard)) == 3 * 60 + 12 + 1
    for key in "abc":
        assert [one for one in heard if one[0] == key] == [f"{key}{n}" for n in range(1, 61)]


async def test_while_it_is_decided_who_somebody_is_nothing_is_lost(start: Start, http: Any) -> None:
    node = await start(recovery=RecoverySettings())
    taking_back(node)
    client = await WebSocket.open(http, node.url)
    told = await answer(client)
    await client.close()
    await node.disconnects.get()

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.join(sid, "room")
        for number in range(100):
            await node.server.emit("said", number, room="room")
            await asyncio.sleep(0)
        await node.server.recover(sid)
        for number in range(100, 200):
            await node.server.emit("said", number, room="room")
            await asyncio.sleep(0)

    client = await WebSocket.open(http, node.url)
    again = await answer(client, pid=told["pid"])

    assert again["pid"] == told["pid"]
    assert [event[1] for event in await events(client, 199)] == list(range(200))


@pytest.mark.parametrize("kept", [False, True], ids=["here", "on a shelf"])
async def test_of_several_that_come_at_once_with_one_pid_one_stays(
    kept: bool, start: Start, http: Any
) -> None:
    shelf = Shelf()
    node = await start(recovery=RecoverySettings(), backplane=Hub().node())
    node.server.remember_on(shelf)
    taking_back(node)
    recovery = node.server._returns.recovery
    client = await WebSocket.open(http, node.url)
    told = await answer(client)
    await client.close()
    await node.disconnects.get()
    await recovery.keeping.write()
    if kept:  # as where another node had it
        for key in shelf:
            recovery.keeping.give_away(key)
    go = asyncio.Event()

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.join(sid, "room")
        await go.wait()
        await node.server.recover(sid)

    clients = [await WebSocket.open(http, node.url) for _ in range(3)]
    for client in clients:
        await client.says("40" + json.dumps({"pid": told["pid"]}))
    sockets = node.server._rooms._sockets
    await until(lambda: len([s for s in sockets.values() if s.returning.back]) == 3)
    go.set()

    for _ in range(2):
        assert (await node.disconnects.get())[1] == "taken over"
    assert len(node.server._engine.sessions) == 1


@pytest.mark.parametrize("shared", [True, False])
async def test_what_becomes_of_a_client_is_kept_soon_and_as_of_one_moment(
    shared: bool, start: Start, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "TICK", 3_600)
    shelf = Shelf()
    shelf.shared = shared
    node = await start(recovery=RecoverySettings(), backplane=Hub().node())
    node.server.remember_on(shelf)

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.note(sid, "came")

    @node.server.on("enter")
    async def enter(sid: str) -> None:
        await node.server.emit("said", room="elsewhere")
        node.server.join(sid, "room")
        node.server.note(sid, "entered")

    client = await WebSocket.open(http, node.url)
    key = records.key_of((await answer(client))["pid"])
    await until(lambda: key in shelf)
    await client.emits("enter")
    await until(lambda: b"entered" in shelf[key])

    record = Record.unpacked(key, shelf[key])
    assert record is not None
    assert record.since < record.rooms["room"] <= record.upto


async def test_more_than_a_client_may_have_waiting_is_told_once_it_is_known_who_it_is(
    start: Start, http: Any
) -> None:
    node = await start(recovery=RecoverySettings(), outbound_backlog=1_000)
    taking_back(node)
    client = await WebSocket.open(http, node.url)
    told = await answer(client)
    await client.close()
    await node.disconnects.get()

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.join(sid, "room")
        for number in range(200):
            await node.server.emit("said", number, room="room")
            await asyncio.sleep(0)
        await node.server.recover(sid)

    client = await WebSocket.open(http, node.url)
    again = await answer(client, pid=told["pid"])

    assert again["pid"] == told["pid"]
    assert [event[1] for event in await events(client, 199)] == list(range(200))


async def test_who_was_not_taken_back_hears_what_was_said_while_she_connected(
    start: Start, http: Any
) -> None:
    node = await start(recovery=RecoverySettings())

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.join(sid, "room")
        await node.server.emit("said", "at once", room="room")
        assert not await node.server.recover(sid)

    client = await WebSocket.open(http, node.url)
    await answer(client, pid="nobody's")

    assert (await client.event())[1] == "at once"


async def test_what_a_room_heard_before_one_came_into_it_is_not_told(
    start: Start, http: Any
) -> None:
    node = await start(recovery=RecoverySettings())

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, auth: dict[str, Any]) -> None:
        for room in auth["rooms"]:
            node.server.join(sid, room)
        await node.server.recover(sid)

    client = await WebSocket.open(http, node.url)
    told = await answer(client, rooms=["one"])
    await node.server.emit("said", "heard", room="one")
    offset = (await client.event())[2]
    await node.server.emit("said", "before she came", room="other")
    (sid,) = [socket.sid for socket in node.server._rooms._sockets.values()]
    node.server.join(sid, "other")
    for turn in range(3):
        await client.close()
        await node.disconnects.get()
        await node.server.emit("said", f"missed {turn}", room="other")
        client = await WebSocket.open(http, node.url)
        again = await answer(client, rooms=["one", "other"], pid=told["pid"], offset=offset)
        assert again["pid"] == told["pid"]
        # The wire was cut before it was told: it comes with its old offset, and is told all again.
        missed = await events(client, f"missed {turn}")
        assert [event[1] for event in missed] == [f"missed {n}" for n in range(turn + 1)]


@pytest.mark.parametrize("ahead", [600_000, -600_000])
async def test_the_window_goes_by_the_clock_of_its_places(start: Start, ahead: int) -> None:
    """Redis gives the places, and its clock may be another than this node's."""
    hub = Hub()
    hub.place = (int(time.time() * 1000) - ahead, 0, 0)
    node = await start(recovery=RecoverySettings(window=60), backplane=hub.node())
    telling = node.server._publisher.telling

    for number in range(2):
        await node.server.emit("said", number, room="room")
        telling.tidy()

    assert len(telling.window._entries) == 2
    assert 0 <= telling.window.seconds(telling.now[0]) < 60


async def goes_on_for_long(node: Node) -> None:
    """Others hear something in every window, which ends here when the test says so."""
    for number in range(3):
        await node.server.emit("said", number, room="others")
        await node.server._returns.recovery.keeping._look_at_all(0)
        node.server._publisher.telling.window.trim(LONG_AFTER)


async def stands_still_for_long(node: Node) -> None:
    """A node looks at what it has told before it lets go of it, though it stood still meanwhile."""
    await node.server.emit("said", "later", room="others")
    telling, keeping_ = node.server._publisher.telling, node.server._returns.recovery.keeping
    telling.tidy()
    telling._ahead, keeping_._looked = -LONG_AFTER, -LONG_AFTER  # the clock went on
    await keeping_._keep()
    assert not telling.window._entries


@pytest.mark.parametrize("meanwhile", [goes_on_for_long, stands_still_for_long])
async def test_who_heard_nothing_for_longer_than_the_window_comes_back_to_her_node(
    start: Start, http: Any, meanwhile: Callable[[Node], Awaitable[None]]
) -> None:
    node = await start(recovery=RecoverySettings())
    taking_back(node)
    client = await WebSocket.open(http, node.url)
    told = await answer(client)
    await node.server.emit("said", "last", room="room")
    offset = (await client.event())[2]
    await meanwhile(node)
    assert not node.server._publisher.telling.window.covers(positions.read(offset).at)
    await client.close()
    await node.disconnects.get()
    await node.server.emit("said", "missed", room="room")

    client = await WebSocket.open(http, node.url)
    again = await answer(client, pid=told["pid"], offset=offset)

    assert again["pid"] == told["pid"]
    assert (await client.event())[1] == "missed"


async def test_nothing_is_kept_until_somebody_may_come_back(start: Start, http: Any) -> None:
    node = await start(recovery=RecoverySettings())
    window = node.server._publisher.telling.window
    node.server.recover_whom(lambda environ, _namespace: "HTTP_COOKIE" in environ)

    await (await WebSocket.open(http, node.url)).connects()
    await node.server.emit("said", 1)
    assert window.bytes == 0

    socket = await http.ws_connect(
        node.url + "?EIO=4&transport=websocket", headers={"Cookie": "a=b"}, max_msg_size=0
    )
    client = WebSocket(socket)
    await client.hears()
    assert await answer(client)
    await node.server.emit("said", 2)
    assert window.bytes > 0


async def test_a_client_is_waited_for_that_has_heard_more_than_the_node(
    start: Start, http: Any
) -> None:
    hub = Hub()
    ahead = await start(backplane=hub.node(), recovery=RecoverySettings())
    behind = await start(backplane=hub.node(), recovery=RecoverySettings())
    for node in (ahead, behind):
        taking_back(node)
    client = await WebSocket.open(http, behind.url)
    told = await answer(client)
    await client.close()
    ms = hub.place[0] + 1
    epoch = behind.server._publisher.telling.epoch

    client = await WebSocket.open(http, behind.url)
    await client.says("40" + json.dumps({"pid": told["pid"], "offset": f"{ms}-0.{epoch}"}))
    await until(lambda: [s for s in behind.server._rooms._sockets.values() if s.returning.back])
    await ahead.server.emit("said", "by then", room="room")

    packet = await client.hears()
    assert json.loads(packet[2:])["pid"] == told["pid"]


async def test_who_stays_while_the_order_of_all_nodes_begins_anew_comes_back_in_the_new_one(
    start: Start, http: Any
) -> None:
    backplane = Hub().node()
    node = await start(backplane=backplane, recovery=RecoverySettings())
    taking_back(node)
    stays, silent = [await WebSocket.open(http, node.url) for _ in range(2)]
    told = [(await answer(client))["pid"] for client in (stays, silent)]
    await node.server.emit("said", "before", room="room")
    old = (await stays.event())[2]

    backplane.epoch = "anew"
    await node.server.emit("said", "since", room="room")
    offset = (await stays.event())[2]
    for client in (stays, silent):
        await client.close()
        await node.disconnects.get()
    await node.server.emit("said", "missed", room="room")

    client = await WebSocket.open(http, node.url)
    assert (await answer(client, pid=told[0], offset=offset))["pid"] == told[0]
    assert (await client.event())[1] == "missed"
    client = await WebSocket.open(http, node.url)
    # It may have heard things in between of which nobody knows.
    assert (await answer(client, pid=told[1], offset=old))["pid"] != told[1]


async def test_who_comes_back_while_another_order_begins_is_told_in_which_each_was_said(
    start: Start, http: Any
) -> None:
    backplane = Hub().node()
    node = await start(backplane=backplane, recovery=RecoverySettings())
    taking_back(node)
    client = await WebSocket.open(http, node.url)
    pid = (await answer(client))["pid"]
    await client.close()
    await node.disconnects.get()
    await node.server.emit("said", "missed", room="room")

    @node.server.on("connect")
    async def connect(sid: str, _environ: Any, _auth: Any) -> None:
        node.server.join(sid, "room")
        await node.server.recover(sid)
        await node.server.emit("said", "live", room="room")
        backplane.epoch = "anew"
        await node.server.emit("said", "in the new order", room="elsewhere")

    client = await WebSocket.open(http, node.url)
    assert (await answer(client, pid=pid))["pid"] == pid
    missed, live = await events(client, "live")
    epochs = [event[2].partition(".")[2] for event in (missed, live)]
    assert (missed[1], epochs) == ("missed", ["hub", "hub"])
    await client.close()  # and the second of them never arrived
    await node.disconnects.get()
    taking_back(node)
    client = await WebSocket.open(http, node.url)

    again = await answer(client, pid=pid, offset=missed[2])

    assert again["pid"] != pid, "it was told that it had missed nothing"


async def test_who_leaves_on_purpose_while_all_are_looked_at_is_not_kept_again(
    start: Start, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_IN_A_ROW", 1)
    shelf = Shelf()
    node = await start(recovery=RecoverySettings(), backplane=Hub().node())
    node.server.remember_on(shelf)
    taking_back(node)
    clients = [await WebSocket.open(http, node.url) for _ in range(2)]
    keys = [records.key_of((await answer(client))["pid"]) for client in clients]
    await until(lambda: shelf.keys() == set(keys))
    kept = node.server._returns.recovery.keeping

    looking = asyncio.create_task(kept._look_at_all(LONG_AFTER))
    await asyncio.sleep(0)  # the first of them was looked at
    second = node.server._returns.recovery._records.find(keys[1])
    assert second is not None
    assert second.socket is not None
    node.server.disconnect_here(second.socket.sid)
    await looking
    await kept.write()

    assert shelf.keys() == {keys[0]}


LAST = 3_999


async def says_all(node: Node) -> None:
    """Thousands of events a second."""
    for number in range(LAST + 1):
        await node.server.emit("said", number, room="room")
        if number % 8 == 7:
            await asyncio.sleep(0.002)


async def behind(backplane: RedisBackplane) -> None:
    """For a while this node hears nothing of the others, nor of itself."""
    assert backplane._reader is not None
    transport = backplane._reader._transport
    assert transport is not None
    transport.pause_reading()
    await asyncio.sleep(0.1)
    transport.resume_reading()


async def test_moving_between_nodes_that_lag_while_thousands_of_events_flow(
    start: Start, http: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "REACH_SECONDS", PATIENCE)  # this machine may be slower still
    nodes, backplanes = [], []
    for name in ("a", "b"):
        backplane = RedisBackplane(
            redis_url, process=f"{name}.flow", prefix="flow:", kept_seconds=60, kept_bytes=10**7
        )
        backplanes.append(backplane)
        nodes.append(await start(backplane=backplane, recovery=RecoverySettings()))
        taking_back(nodes[-1])
    auth: dict[str, Any] = {}
    heard: list[int] = []
    moves = 0
    client = await WebSocket.open(http, nodes[0].url)
    auth["pid"] = (await answer(client))["pid"]
    saying = asyncio.create_task(says_all(nodes[0]))
    while not heard or heard[-1] != LAST:
        for _ in range(random.randint(1, 400)):
            event = await client.event()
            heard.append(event[1])
            auth["offset"] = event[2]
            if event[1] == LAST:
                break
        moves += 1
        await client.close()
        here = moves % 2
        await nodes[1 - here].server._returns.recovery.keeping.write()
        lagging = asyncio.create_task(behind(backplanes[here]))
        client = await WebSocket.open(http, nodes[here].url)
        told = await answer(client, **auth)
        assert told["pid"] == auth["pid"]
        await lagging
    await saying

    assert moves > 5
    assert heard == list(range(LAST + 1))


@pytest.mark.parametrize("asleep", [False, True], ids=["cut off", "asleep"])
async def test_what_was_let_go_of_before_a_node_had_read_it_is_not_taken_for_nothing(
    asleep: bool, start: Start, http: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backplanes, nodes = [], []
    prefix = f"hole-{asleep}:"
    for name in ("a", "b"):
        backplane = RedisBackplane(
            redis_url, process=f"{name}.hole", prefix=prefix, kept_seconds=60, kept_bytes=10**7
        )
        backplanes.append(backplane)
        nodes.append(await start(backplane=backplane, recovery=RecoverySettings()))
        taking_back(nodes[-1])
    well, quiet = nodes
    client = await WebSocket.open(http, well.url)
    pid = (await answer(client))["pid"]
    await well.server.emit("said", "first", room="room")
    (heard,) = await events(client, "first")
    await until(lambda: quiet.server._returns.recovery._telling.window._entries)
    await leaves(client, well)

    window = quiet.server._returns.recovery._telling.window
    first_number = window.first_number

    async def says(*words: str) -> None:
        """Each an entry of its own."""
        for each in words:
            await well.server.emit("said", each, room="room")
            await until(lambda: not backplanes[0].under_way())

    async def lets_go() -> None:
        async with asking(redis_url) as redis:
            await redis.xtrim(f"{prefix}stream", maxlen=0, approximate=False)

    if asleep:
        read_by_then, reader = backplanes[1]._read_up_to, backplanes[1]._reader
        assert reader is not None
        transport = reader._transport
        assert transport is not None
        transport.pause_reading()
        await says("what Redis had answered already", "lost")
        await lets_go()
        await says("kept")
        transport.resume_reading()
        backplanes[1]._looked_at, backplanes[1]._read_by_then = 0.0, read_by_then
    else:
        connect_later = backplanes[1]._connect_later
        monkeypatch.setattr(backplanes[1], "_connect_later", lambda: None)
        backplanes[1]._lose("the test")
        await says("lost")
        await lets_go()
        connect_later()
    await until(lambda: window.first_number > first_number)
    await until(lambda: backplanes[1].place is not None)
    await quiet.server.emit("said", "later", room="room")
    await until(lambda: not backplanes[1].under_way())

    client = await WebSocket.open(http, quiet.url)
    again = await answer(client, pid=pid, offset=heard[2])

    assert again["pid"] != pid, "it was told that it had missed nothing"
    await client.close()


class CutOff:
    """Two nodes of which one was cut off, alone with its clients; both are in one room."""

    def __init__(self, start: Start, http: Any) -> None:
        self._start, self._http = start, http
        self._hub, self._shelf = Hub(), Shelf()
        self.stored: dict[int, Emission] = {}

    async def begins(self) -> tuple[Node, Node]:
        self.backplanes = [self._hub.node() for _ in range(2)]
        self.nodes = []
        for backplane in self.backplanes:
            node = await self._start(backplane=backplane, recovery=RecoverySettings())
            taking_back(node)
            node.server.remember_on(self._shelf)
            node.server.load_missing_with(self._load)
            self.nodes.append(node)
        return self.nodes[0], self.nodes[1]

    async def _load(self, _key: str, first: int, last: int) -> dict[int, list[Emission]]:
        return {n: [self.stored[n]] for n in range(first, last + 1) if n in self.stored}

    def stores(self, node: Node, number: int) -> None:
        """A change of an order is stored and said."""
        self.stored[number] = Emission("said", (f"stored {number}",), ("room",))
        node.server.publish([self.stored[number]], order=("order", number))

    async def moves(self, client: WebSocket, from_: Node, to: Node, auth: Any) -> tuple[str, Any]:
        """A page's client goes from one to another; its new pid, and itself."""
        await leaves(client, from_)
        client = await WebSocket.open(self._http, to.url)
        return (await answer(client, **auth))["pid"], client


async def test_what_a_node_said_when_it_was_cut_off_is_not_taken_for_heard_elsewhere(
    start: Start, http: Any
) -> None:
    world = CutOff(start, http)
    well, alone = await world.begins()
    client = await WebSocket.open(http, well.url)
    pid = (await answer(client))["pid"]
    world.backplanes[1].leave()
    world.stores(alone, 1)
    world.backplanes[1].come_back()
    await well.server.emit("said", "by both", room="room")
    (heard,) = await events(client, "by both")

    auth = {"pid": pid, "offset": heard[2]}
    new, client = await world.moves(client, well, alone, auth)

    assert new != pid, "it was told that it had missed nothing"


async def test_whoever_was_told_by_a_node_comes_back_to_it_whenever_others_did(
    start: Start, http: Any
) -> None:
    world = CutOff(start, http)
    well, alone = await world.begins()
    world.stores(well, 1)
    clients = [await WebSocket.open(http, node.url) for node in (well, alone)]
    pids = [(await answer(client))["pid"] for client in clients]
    world.backplanes[1].leave()
    world.stores(alone, 2)
    world.backplanes[1].come_back()
    world.stores(alone, 3)

    for node, client, pid in zip((well, alone), clients, pids, strict=True):
        *_, heard = await events(client, "stored 3")
        new, again = await world.moves(client, node, node, {"pid": pid, "offset": heard[2]})
        world.stores(well, last := max(world.stored) + 1)

        assert new == pid
        told = [event[1] for event in await events(again, f"stored {last}")]
        assert told == [f"stored {number}" for number in range(4, last + 1)]


async def test_what_a_node_said_when_it_was_cut_off_is_not_told_twice(
    start: Start, http: Any
) -> None:
    world = CutOff(start, http)
    well, alone = await world.begins()
    world.stores(well, 1)
    client = await WebSocket.open(http, alone.url)
    pid = (await answer(client))["pid"]
    world.backplanes[1].leave()
    world.stores(alone, 2)
    world.backplanes[1].come_back()
    await well.server.emit("said", "by both", room="room")
    *_, heard = await events(client, "by both")
    world.stores(alone, 3)  # of which the other node learns that it has missed something
    await until(lambda: well.server._publisher._sequencer._keys["order"].expected == 4)

    auth = {"pid": pid, "offset": heard[2]}
    new, client = await world.moves(client, alone, well, auth)

    assert new != pid, "it was told again what it had heard"


async def test_what_one_node_told_by_itself_and_another_says_anew_is_not_told_twice(
    start: Start, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One had too much of it for this second, as where a busy node died."""
    world, go_on = CutOff(start, http), asyncio.Event()
    first, second = await world.begins()
    monkeypatch.setattr(first.server._publisher._sequencer._anew, "say", lambda _units: False)

    async def later(key: str, first: int, last: int) -> dict[int, list[Emission]]:
        await go_on.wait()
        return await world._load(key, first, last)

    second.server.load_missing_with(later)
    client = await WebSocket.open(http, first.url)
    pid = (await answer(client))["pid"]
    world.stores(first, 1)
    world.stored[2] = Emission("said", ("stored 2",), ("room",))
    world.stores(first, 3)
    *_, heard = await events(client, "stored 3")
    go_on.set()
    await until(lambda: second.server._publisher._sequencer._keys["order"].expected == 4)

    auth = {"pid": pid, "offset": heard[2]}
    new, client = await world.moves(client, first, second, auth)

    assert new != pid, "it was told again what it had heard"


class OverRedis:
    """Nodes that meet in a Redis and say the numbers of one order, which are in one room."""

    def __init__(self, start: Start, redis_url: str, prefix: str, *, takes: float = 0.0) -> None:
        """`takes` is how many seconds each of them looks for what is missing."""
        self._start, self._redis_url, self._prefix, self._takes = start, redis_url, prefix, takes
        self.go_on: dict[str, asyncio.Event] = {}
        """What a node waits for, by its name, before it finds what is missing."""

    async def begins(self, name: str) -> Node:
        """One more node, which takes everybody back."""
        backplane = RedisBackplane(
            self._redis_url, process=name, prefix=self._prefix, kept_seconds=60, kept_bytes=10**7
        )
        node = await self._start(backplane=backplane, recovery=RecoverySettings())

        async def missing(_key: str, first: int, last: int) -> dict[int, list[Emission]]:
            await asyncio.sleep(self._takes)
            if name in self.go_on:
                await self.go_on[name].wait()
            return {number: [self._said(number)] for number in range(first, last + 1)}

        node.server.load_missing_with(missing)
        taking_back(node)
        return node

    def says(self, node: Node, *numbers: int) -> None:
        """A node says what stands there in the order."""
        for number in numbers:
            node.server.publish([self._said(number)], order=("talk", number))

    def _said(self, number: int) -> Emission:
        return Emission("said", (number,), rooms=("room",))


async def test_who_comes_to_a_node_that_has_just_started_hears_nothing_of_before(
    start: Start, http: Any, redis_url: str
) -> None:
    """A node died before it said one thing, which all that was said since waits for."""
    nodes = OverRedis(start, redis_url, "before:", takes=0.1)
    former = await nodes.begins("former")
    nodes.says(former, 1, 3, 4)
    await until(lambda: not former.server._publisher._backplane.under_way())
    node = await nodes.begins("latter")
    await node.server.caught_up()

    client = await WebSocket.open(http, node.url)
    await answer(client)
    nodes.says(former, 5)
    assert (await client.event())[1] == 5
    await client.close()


async def test_who_has_heard_what_a_dead_node_never_said_comes_back_to_any_node(
    start: Start, http: Any, redis_url: str
) -> None:
    """One that has started since then, too: all tell it at the place where it was said anew."""
    nodes = OverRedis(start, redis_url, "anew:")
    former, other = await nodes.begins("former"), await nodes.begins("other")
    client = await WebSocket.open(http, former.url)
    pid = (await answer(client))["pid"]
    nodes.says(former, 1, 3)
    heard = [*await events(client, 3)]
    latter = await nodes.begins("latter")
    await latter.server.caught_up()
    for from_, to in ((former, latter), (latter, other), (other, former)):
        await leaves(client, from_)
        number = heard[-1][1] + 1
        nodes.says(from_, number)
        client = await WebSocket.open(http, to.url)
        again = await answer(client, pid=pid, offset=heard[-1][2])
        assert again["pid"] == pid, "it was told that it may have missed something"
        heard += await events(client, number)
    await client.close()

    assert [event[1] for event in heard] == [1, 2, 3, 4, 5, 6]


async def test_what_one_node_told_by_itself_is_not_told_again_by_one_that_has_just_started(
    start: Start, http: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others say anew it finds in what was said before it began."""
    nodes = OverRedis(start, redis_url, "itself:")
    go_on = nodes.go_on["other"] = asyncio.Event()
    former, other = await nodes.begins("former"), await nodes.begins("other")
    monkeypatch.setattr(former.server._publisher._sequencer._anew, "say", lambda _units: False)
    client = await WebSocket.open(http, former.url)
    pid = (await answer(client))["pid"]
    nodes.says(former, 1, 3)
    *_, heard = await events(client, 3)
    go_on.set()
    await until(lambda: other.server._publisher._sequencer._keys["talk"].expected == 4)
    latter = await nodes.begins("latter")

    await leaves(client, former)
    client = await WebSocket.open(http, latter.url)
    again = await answer(client, pid=pid, offset=heard[2])

    assert again["pid"] != pid, "it was told again what it had heard"
    await client.close()
