"""Rooms: who hears what, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from realtime.transport import Emission
from tests.transport.clients import Polling, WebSocket
from tests.transport.conftest import Node, Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]


async def silent(node: Node, *clients: WebSocket) -> None:
    """Nothing waits for these clients: the next thing they hear is this."""
    await node.server.emit("end")
    for client in clients:
        assert await client.event() == ["end"]


async def test_a_socket_in_several_rooms_hears_an_event_once(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client, other = await websocket(node), await websocket(node)
    sid, _ = await client.connects(), await other.connects()
    for room in ("a", "b"):
        node.server.join(sid, room)
    node.server.publish([Emission("once", (1,), ("a", "b", sid))])
    await node.server.emit("twice", 2, room=["b", "a"])
    assert [await client.event(), await client.event()] == [["once", 1], ["twice", 2]]
    await silent(node, client, other)


async def test_an_emission_leaves_out_a_session_in_all_its_namespaces(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(namespaces=("/", "/api"))
    client, other = await websocket(node), await websocket(node)
    for each in (client, other):
        node.server.join(await each.connects(), "room")
        node.server.join(await each.connects("/api"), "room", "/api")
    node.server.publish(
        [
            Emission("x", (), ("room",), skip_session=client.sid),
            Emission("y", (), ("room",), "/api", skip_session=client.sid),
            Emission("z", (), ("room",), skip_session="somebody else's"),
        ]
    )
    assert await other.hears_all(3) == ['42["x"]', '42/api,["y"]', '42["z"]']
    assert await client.hears() == '42["z"]'


async def test_skip_sid_leaves_out_one_or_several(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(3)]
    sids = [await client.connects() for client in clients]
    await node.server.emit("x", skip_sid=sids[0])
    await node.server.emit("y", skip_sid=sids[:2])
    assert [await clients[2].event() for _ in range(2)] == [["x"], ["y"]]
    assert await clients[1].event() == ["x"]
    await silent(node, *clients)


async def test_who_left_a_room_hears_it_no_longer(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client, other = await websocket(node), await websocket(node)
    sid, second = await client.connects(), await other.connects()
    for each in (sid, second):
        await node.server.enter_room(each, "room")
    await node.server.emit("both", room="room")
    node.server.leave(sid, "room")
    await node.server.emit("one", room="room")
    node.server.join(sid, "room")
    assert node.server.rooms(sid) == [sid, "room"]
    await node.server.emit("both again", room="room")
    await node.server.close_room("room")
    await node.server.emit("none", room="room")
    assert [await client.event() for _ in range(2)] == [["both"], ["both again"]]
    assert [await other.event() for _ in range(3)] == [["both"], ["one"], ["both again"]]
    await silent(node, client, other)


async def test_a_rooms_sockets_can_be_joined_to_another(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client, other = await websocket(node), await websocket(node)
    sid, _ = await client.connects(), await other.connects()
    node.server.join(sid, "user:ada")
    node.server.sockets_join("user:ada", "conversation")
    await node.server.emit("in", room="conversation")
    node.server.sockets_leave("user:ada", "conversation")
    await node.server.emit("out", room="conversation")
    assert await client.event() == ["in"]
    await silent(node, client, other)


async def test_a_rooms_sockets_can_be_closed_without_a_disconnect_packet(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client, poller, other = await websocket(node), await polling(node), await websocket(node)
    for each in (client, poller):
        node.server.join(await each.connects(), "user:ada")
    await other.connects()
    node.server.disconnect_sockets("user:ada")
    assert await client.is_closed() == 1000
    assert await poller.hears() == ["1"]
    await silent(node, other)


async def test_one_who_joins_between_two_broadcasts_of_a_turn_hears_the_second(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(3)]
    sids = [await client.connects() for client in clients]
    for sid in sids[:2]:
        node.server.join(sid, "room")
    node.server.publish([Emission("first", (), ("room",))])
    node.server.join(sids[2], "room")
    node.server.leave(sids[0], "room")
    node.server.publish([Emission("second", (), ("room",))])
    assert await clients[0].event() == ["first"]
    assert [await clients[1].event() for _ in range(2)] == [["first"], ["second"]]
    assert await clients[2].event() == ["second"]
    await silent(node, *clients)


async def test_a_broadcast_reaches_websockets_and_polls_with_its_binary(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client, poller = await websocket(node), await polling(node)
    await client.connects()
    await poller.connects()
    poll = asyncio.create_task(poller.hears())
    await node.server.emit("bin", {"b": b"\x00\xff"})
    assert await client.hears_all(2) == [
        '451-["bin",{"b":{"_placeholder":true,"num":0}}]',
        b"\x00\xff",
    ]
    assert await poll == ['451-["bin",{"b":{"_placeholder":true,"num":0}}]', "bAP8="]


async def test_nothing_is_left_of_rooms_and_sockets_when_all_have_gone(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(20)]
    for client in clients:
        node.server.join(await client.connects(), "room")
    for client in clients:
        await client.close()
    for _ in clients:
        await node.disconnects.get()
    rooms, engine = node.server._rooms, node.server._engine
    plain = rooms._plain
    assert (plain.rooms, plain.everyone["/"], engine.sessions) == ({}, {}, {})
