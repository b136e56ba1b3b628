"""A backend that emitted through Redis to the old server reaches the same people here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.backends import NodeBackend, in_flask, in_node, in_python
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, InProcess
from tests.scenarios.steps import everyone_joins, talk
from tests.servers.redis import Redis, asking
from tests.servers.redis_kinds import TlsProxy

EVENT = "order:updated"

GARBAGE = (b"", b"\x80\x04pickle", b"{", b"[]", b"\x93", b"\xc1", b"x" * 1_100_000)

one_node = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])


@pytest.fixture
async def node(cluster: Cluster, redis_url: str) -> InProcess:
    """A node that listens, and needs no Redis but for that."""
    cluster.settings |= {
        "bridge__redis_url": redis_url,
        "bridge__python": True,
        "bridge__emitters": True,
    }
    return await cluster.node()


@pytest.fixture
async def tls(own_redis: Redis, tmp_path: Path) -> AsyncIterator[TlsProxy]:
    async with TlsProxy(own_redis.port, tmp_path) as proxy:
        yield proxy


@pytest.fixture
async def emitter(redis_url: str) -> AsyncIterator[NodeBackend]:
    async with in_node("emitter", redis_url) as backend:
        yield backend


async def hear_once(*expected: tuple[Frontend, list[Any]]) -> None:
    """Each has heard these, in this order, and none of them twice."""
    for person, payloads in expected:
        heard = [await person.hears(EVENT) for _ in payloads]
        assert heard == payloads
    for person, _ in expected:
        await person.settled()
        assert person.unheard(EVENT) == []


@one_node
async def test_python_socketio_reaches_users_conversations_and_everybody_once(
    cluster: Cluster, node: InProcess, redis_url: str, ada: Frontend, bob: Frontend
) -> None:
    room = await talk(ada, "bob")
    await everyone_joins(room, bob)

    async with in_flask(redis_url) as emit, in_python(redis_url) as manager:
        await emit(EVENT, {"n": 1}, room="user:ada")
        await emit(EVENT, {"n": 2}, room=f"conversation:{room}")
        await manager.emit(EVENT, ("several", b"\x01\x02", {"deep": [b"\x03"]}))
        await manager.emit(EVENT, None, room=["user:bob", f"conversation:{room}", "user:eve"])
        await manager.emit(EVENT, "not Bob", skip_sid=bob.sid)
        await emit(EVENT, [1, 2], room=ada.sid)
        await manager.emit(EVENT, "last")

    three = ["several", b"\x01\x02", {"deep": [b"\x03"]}]
    await hear_once(
        (ada, [{"n": 1}, three, "not Bob", [1, 2], "last"]),
        (bob, [{"n": 2}, three, None, "last"]),
    )


@one_node
async def test_the_emitter_of_nodejs_reaches_the_same(
    cluster: Cluster, node: InProcess, emitter: NodeBackend, ada: Frontend, bob: Frontend
) -> None:
    room = await talk(ada, "bob")
    await everyone_joins(room, bob)

    await emitter("emit", to=["user:ada"], args=[EVENT, {"n": 1}])
    await emitter("emit", to=[f"conversation:{room}"], args=[EVENT, {"n": 2}])
    await emitter("emit", to=[room, "user:bob"], args=[EVENT, {"n": 3}])
    await emitter(
        "emit", args=[EVENT, "several", b"\x01", {"at": {"$date": "2024-02-03T04:05:06.007Z"}}]
    )
    await emitter("emit", but=["user:bob"], args=[EVENT, "not Bob"])
    await emitter("emit", args=[EVENT])

    several = ["several", b"\x01", {"at": "2024-02-03T04:05:06.007Z"}]
    await hear_once(
        (ada, [{"n": 1}, several, "not Bob", None]),
        (bob, [{"n": 2}, {"n": 3}, several, None]),
    )


@one_node
async def test_the_emitter_joins_leaves_and_disconnects(
    cluster: Cluster, node: InProcess, emitter: NodeBackend, ada: Frontend, bob: Frontend
) -> None:
    tab = await cluster.frontend(node, "ada")
    await emitter("join", to=["user:ada"], but=[tab.sid], rooms=["vip", "room#7"])
    await emitter("join", rooms=["all"])
    await emitter("emit", to=["vip"], args=[EVENT, 1])
    await emitter("leave", to=["user:ada"], rooms=["vip"])
    await emitter("emit", to=["vip"], args=[EVENT, 2])
    await emitter("emit", to=["room#7"], args=[EVENT, 3])
    await emitter("emit", to=["all"], args=[EVENT, 4])
    await hear_once((ada, [1, 3, 4]), (tab, [4]), (bob, [4]))

    await emitter("disconnect", to=["user:ada"], but=[tab.sid], close=False)
    assert await ada.is_disconnected() == "io server disconnect"
    await emitter("disconnect", to=[tab.sid], close=True)
    assert await tab.is_disconnected() == "io server disconnect"
    await emitter("emit", args=[EVENT, "last"])
    await hear_once((bob, ["last"]))


@one_node
async def test_python_socketio_joins_leaves_and_disconnects_by_socket(
    cluster: Cluster, node: InProcess, redis_url: str, ada: Frontend, bob: Frontend
) -> None:
    async with in_python(redis_url) as manager:
        await manager.enter_room(ada.sid, "/", "vip")
        await manager.enter_room(bob.sid, "/", "vip")
        await manager.leave_room(bob.sid, "/", "vip")
        await manager.emit(EVENT, 1, room="vip")
        await manager.close_room("vip", "/")
        await manager.emit(EVENT, 2, room="vip")
        await manager.emit(EVENT, 3)
        await hear_once((ada, [1, 3]), (bob, [3]))

        await manager.can_disconnect(ada.sid, "/")  # what a server of theirs calls to disconnect
        assert await ada.is_disconnected() == "io server disconnect"
        await bob.hears_nothing(EVENT)


@one_node
async def test_who_was_away_for_a_moment_is_told_what_backends_said_meanwhile(
    cluster: Cluster, node: InProcess, emitter: NodeBackend, redis_url: str
) -> None:
    ada = await cluster.frontend(node, "ada", headers={"User-Agent": "Mozilla/5.0"})
    await emitter("emit", to=["user:ada"], args=[EVENT, 1])
    await ada.hears(EVENT)

    await ada.cut()
    await emitter("emit", to=["user:ada"], args=[EVENT, 2])
    await emitter("emit", but=["user:ada"], args=[EVENT, "not Ada"])
    async with in_flask(redis_url) as emit:
        await emit(EVENT, 3)
    await ada.reconnect()

    await ada.has_heard(EVENT, 3)
    assert ada.recovered
    await ada.settled()
    assert [payload[0] for payload in ada.heard(EVENT)] == [1, 2, 3]  # offsets stand behind them


@one_node
async def test_nobody_is_let_into_a_conversation_by_an_emitter(
    cluster: Cluster, node: InProcess, emitter: NodeBackend, ada: Frontend, bob: Frontend
) -> None:
    eve = await cluster.frontend(node, "eve")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)

    await emitter("join", to=["user:eve"], rooms=[f"conversation:{room}", "user:ada", room])
    await emitter("leave", to=["user:bob"], rooms=[f"conversation:{room}", room])
    await emitter("emit", to=["user:eve"], args=[EVENT, "joined by now"])
    await eve.hears(EVENT)
    await ada.ask("message:send", {"conversationId": room, "content": "Only for Bob"})

    assert (await bob.hears("message:new"))["content"] == "Only for Bob"
    await eve.hears_nothing("message:new", "notification:new", after=[ada])


@one_node
async def test_custom_rooms_of_the_server_api_are_the_old_names_too(
    cluster: Cluster, node: InProcess, redis_url: str, ada: Frontend, bob: Frontend
) -> None:
    application = cluster.frontends.person(node.url, token=SERVER_KEY)
    assert (await application.post("/api/server/rooms/cohort-7/users/ada")).status == 200
    async with in_flask(redis_url) as emit:
        await emit(EVENT, 1, room="cohort-7")
        await emit(EVENT, 2, room="user:bob")

    await hear_once((ada, [1]), (bob, [2]))


@one_node
async def test_a_server_of_nodejs_beside_this_one_is_heard_and_does_not_wait_for_it(
    cluster: Cluster, node: InProcess, redis_url: str, ada: Frontend, bob: Frontend
) -> None:
    async with in_node("server", redis_url) as server:
        await server("emit", to=["user:ada"], args=[EVENT, 1])
        await server("emit", args=[EVENT, 2])
        await server("fetch")  # a node that counted us would say "timeout reached"

    await hear_once((ada, [1, 2]), (bob, [2]))


@one_node
async def test_garbage_is_refused_and_what_follows_is_heard(  # noqa: PLR0917
    cluster: Cluster,
    node: InProcess,
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
    ada: Frontend,
    bob: Frontend,
) -> None:
    async with asking(redis_url) as client:
        for channel in (
            "socketio",
            "socket.io#/#",
            "socket.io#/#user:ada#",
            "socket.io-request#/#",
            b"socket.io#/#\xff" + b"x" * 5_000,
        ):
            for payload in GARBAGE:
                await client.publish(channel, payload)
    async with in_flask(redis_url) as emit:
        await emit("disconnect", {"n": 0})
        await emit(EVENT, {"n": 0}, namespace="/elsewhere")
        await emit(EVENT, {"n": 1})

    await hear_once((ada, [{"n": 1}]), (bob, [{"n": 1}]))
    log = caplog.messages
    assert sum("CVE-2025-61765" in line for line in log) == 1
    assert "bridge python: refused on channel flask-socketio: reserved event name" in log
    assert sum("redis is away" in line for line in log) == 0
    metrics = (await cluster.person(node, "ada").get("/metrics")).text
    assert 'realtime_bridge_refused_total{bridge="python",reason="pickle"}' in metrics
    assert "realtime_bridge_connected 1.0" in metrics


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_each_hears_it_once_on_whatever_node_also_after_redis_was_away(
    cluster: Cluster, own_redis: Redis, tls: TlsProxy
) -> None:
    url = own_redis.url
    cluster.settings |= {
        "redis_url": f"rediss://127.0.0.1:{tls.port}?ssl_ca_certs={tls.certificate}",
        "bridge__python": True,
        "bridge__emitters": True,
    }
    nodes = await asyncio.gather(cluster.process(), cluster.process())
    ada, bob = await cluster.frontend(nodes[0], "ada"), await cluster.frontend(nodes[1], "bob")
    tab = await cluster.frontend(nodes[1], "ada")
    async with in_node("emitter", url) as emitter, in_flask(url) as emit:
        await emit(EVENT, 1)
        await emit(EVENT, 2, room="user:ada")
        await emitter("emit", args=[EVENT, 3])
        await emitter("emit", to=["user:ada"], args=[EVENT, 4])
    await hear_once((ada, [1, 2, 3, 4]), (tab, [1, 2, 3, 4]), (bob, [1, 3]))

    own_redis.kill()
    for node in nodes:
        await node.running.says("bridges: redis is away")
    own_redis.start()
    for node in nodes:
        await node.running.says("bridges: redis is back")
    async with in_flask(url) as emit:
        await emit(EVENT, 5)
    await hear_once((ada, [5]), (tab, [5]), (bob, [5]))
