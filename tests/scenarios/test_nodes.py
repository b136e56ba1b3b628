"""Ada and Bob on different nodes: as if there were one."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from realtime.models import Participant
from tests.cluster import Cluster, port
from tests.frontend import Frontend
from tests.frontends import ORIGINS
from tests.nodes import SERVER_KEY, Process
from tests.patience import PATIENCE
from tests.rest import Rest
from tests.scenarios.steps import backend, everyone_joins, group, say, talk
from tests.servers.redis import Redis
from tests.tokens import token

pytestmark = pytest.mark.parametrize(
    ("database", "transports"), [("postgres", "websocket"), ("postgres", "polling")]
)


@pytest.fixture
async def nodes(cluster: Cluster, own_redis: Redis) -> list[Process]:
    """Two nodes, which are one."""
    cluster.settings["redis_url"] = own_redis.url
    return list(await asyncio.gather(cluster.process(), cluster.process()))


@pytest.fixture
async def ada(cluster: Cluster, nodes: list[Process]) -> Frontend:
    return await cluster.frontend(nodes[0], "ada")


@pytest.fixture
async def bob(cluster: Cluster, nodes: list[Process]) -> Frontend:
    return await cluster.frontend(nodes[1], "bob")


@pytest.fixture
async def room(ada: Frontend, bob: Frontend) -> str:
    """Their conversation, with both pages open."""
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada, bob)
    return conversation


async def readiness(cluster: Cluster, node: Process) -> tuple[int, Any]:
    answer = await cluster.person(node, "ada").get("/readyz")
    return answer.status, answer.json


async def test_a_message_crosses_with_its_edit_receipt_and_deletion(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "Lunhc?")
    assert (await bob.hears("message:new"))["content"] == "Lunhc?"

    await ada.put(f"/api/messages/{message['id']}", content="Lunch?")
    assert (await bob.hears("message:updated"))["content"] == "Lunch?"
    await bob.ask("messages:mark-read", {"conversationId": room})
    assert (await ada.hears("messages:read"))["messageIds"] == [message["id"]]
    await ada.delete(f"/api/messages/{message['id']}")
    assert (await bob.hears("message:deleted"))["messageId"] == message["id"]


async def test_a_block_holds_on_every_node_at_once(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(bob, room, "Hi")
    await ada.hears("message:new")

    await ada.put("/api/blocks/bob")

    assert (await bob.post("/api/messages", conversationId=room, content="Hi")).status == 403
    assert (await bob.put(f"/api/messages/{message['id']}", content="Ho")).status == 403
    assert (await bob.hears("user:status-changed", lambda s: s["status"] == "offline"))[
        "userId"
    ] == "ada"
    await bob.emit("typing:start", {"conversationId": room})
    await bob.settled()
    await ada.delete("/api/blocks/bob")
    await say(bob, room, "Again")
    assert (await ada.hears("message:new"))["content"] == "Again"
    assert "typing:start" not in {name for name, _ in ada.history}


async def test_typing_and_presence_cross(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.emit("typing:start", {"conversationId": room})
    assert (await bob.hears("typing:start"))["userId"] == "ada"
    statuses = {"ada": "online", "bob": "online", "eve": "offline"}
    for person in (ada, bob):
        told = await person.ask("users:get-status", list(statuses))
        assert {each["userId"]: each["status"] for each in told} == statuses

    eve = await cluster.frontend(nodes[0], "eve")
    for user in ("bob", "eve"):  # in any order: he came on the one node, she on the other
        online = {"userId": user, "status": "online"}
        assert await bob.hears("user:status-changed", lambda s, u=user: s["userId"] == u) == online
    await eve.close()


async def test_a_dialect_that_somebody_speaks_on_the_other_node_alone_is_spoken_here(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend, room: str
) -> None:
    phone = await cluster.frontend(nodes[1], "bob", dialect="skilllink")
    await say(ada, room, "In both")
    assert (await phone.hears("new_message"))["content"] == "In both"

    await phone.close()
    await say(ada, room, "In one")
    assert [(await bob.hears("message:new"))["content"] for _ in range(2)] == ["In both", "In one"]


async def test_everybody_hears_one_order_from_two_busy_nodes(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend, room: str
) -> None:
    async def talks(person: Frontend) -> None:
        for number in range(100):
            body = {"conversationId": room, "content": f"{number}"}
            assert (await person.ask("message:send", body))["success"]

    await asyncio.gather(talks(ada), talks(bob))

    for person in (ada, bob):
        heard = [await person.hears("message:new") for _ in range(200)]
        assert [message["seq"] for message in heard] == list(range(1, 201))


async def test_who_is_on_the_other_node_gets_no_notification_while_she_looks(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await bob.emit("typing:start", {"conversationId": room})
    await ada.hears("typing:start")  # behind it Ada's node has heard that Bob looks
    await say(ada, room, "You see this")
    await bob.hears("message:new")
    assert (await bob.get("/api/notifications"))["data"] == []

    assert await bob.ask("leave:conversation", room)
    await bob.emit("typing:stop", {"conversationId": room})
    await ada.hears("typing:stop")  # the same, that he does not
    await say(ada, room, "You do not")
    await bob.hears("notification:new")
    assert len((await bob.get("/api/notifications"))["data"]) == 1


async def test_while_redis_is_away_nodes_serve_and_tell_the_rest_later(  # noqa: PLR0917
    cluster: Cluster,
    nodes: list[Process],
    own_redis: Redis,
    ada: Frontend,
    bob: Frontend,
    room: str,
) -> None:
    await say(ada, room, "before")
    await bob.hears("message:new")
    own_redis.kill()
    await cut_off(nodes)

    first = await say(ada, room, "meanwhile")
    second = await say(bob, room, "here too")
    assert (first["seq"], second["seq"]) == (2, 3)
    status, ready = await readiness(cluster, nodes[0])
    assert status == 200
    assert "redis is away" in ready["nodes"]

    own_redis.start()
    for person, missed in ((ada, [1, 2, 3]), (bob, [2, 3])):
        heard = [await person.hears("message:new") for _ in missed]
        assert [message["seq"] for message in heard] == missed
    await say(ada, room, "after")
    for person in (ada, bob):
        assert (await person.hears("message:new"))["seq"] == 4
        assert len(person.heard("message:new")) == 4


async def test_what_is_done_to_users_while_redis_is_away_is_done_on_other_nodes_when_it_is_back(
    cluster: Cluster, nodes: list[Process], own_redis: Redis, ada: Frontend, bob: Frontend
) -> None:
    eve = await cluster.frontend(nodes[1], "eve")
    here, there = (cluster.frontends.person(node.url, token=SERVER_KEY) for node in nodes)
    await here.post("/api/server/rooms/first/users/eve")
    await shout(here, "first", eve)
    own_redis.kill()
    await cut_off(nodes)

    await here.delete("/api/server/rooms/first/users/eve")
    await here.post("/api/server/rooms/second/users/eve")
    answer = await here.post("/api/server/users/bob/disconnect", revokeTokens=True)
    assert answer.status == 200, answer.text
    own_redis.start()

    await bob.is_disconnected()
    await shout(there, "second", eve)
    before = eve.heard("shouted").count("first")
    await there.post("/api/server/emit", event="shouted", room="first", data="first")
    await shout(there, "second", eve)
    assert eve.heard("shouted").count("first") == before
    await ada.settled()  # who has nothing to do with it


async def test_who_renewed_her_token_while_redis_was_away_is_not_put_out_for_her_former_one(
    cluster: Cluster, nodes: list[Process], own_redis: Redis, bob: Frontend
) -> None:
    eve = await cluster.frontend(nodes[1], "eve")
    here = cluster.frontends.person(nodes[0].url, token=SERVER_KEY)
    own_redis.kill()
    await cut_off(nodes)
    for user in ("bob", "eve"):
        answer = await here.post(f"/api/server/users/{user}/disconnect", revokeTokens=True)
        assert answer.status == 200, answer.text
    later = token("bob", iat=int(time.time()) + 2)
    assert (await bob.ask("auth:refresh", {"token": later}))["success"] is True

    own_redis.start()

    await eve.is_disconnected()
    await bob.settled()
    assert bob.disconnects == []


async def shout(application: Rest, room: str, who: Frontend) -> None:
    """Say something in a custom room until somebody hears it once more."""
    before = who.heard("shouted").count(room)
    async with asyncio.timeout(PATIENCE):
        while who.heard("shouted").count(room) == before:
            await application.post("/api/server/emit", event="shouted", room=room, data=room)
            await asyncio.sleep(0.1)


async def test_who_comes_and_goes_while_redis_is_away_is_seen_on_other_nodes_when_it_is_back(
    cluster: Cluster, nodes: list[Process], own_redis: Redis, ada: Frontend, bob: Frontend
) -> None:
    await ada.hears("user:status-changed", where=lambda told: told["userId"] == "bob")
    own_redis.kill()
    await cut_off(nodes)
    await cluster.frontend(nodes[1], "eve")
    await bob.close()

    own_redis.start()

    for told in ({"userId": "eve", "status": "online"}, {"userId": "bob", "status": "offline"}):
        await ada.hears("user:status-changed", where=lambda heard, told=told: heard == told)


async def cut_off(nodes: list[Process]) -> None:
    """Until both have noticed."""
    for node in nodes:
        await node.running.says("redis is away")


async def test_a_node_that_dies_loses_its_people_and_they_come_back_elsewhere(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend, room: str
) -> None:
    await nodes[0].kill()

    again = await cluster.frontend(nodes[1], "ada")
    await everyone_joins(room, again)
    await say(again, room, "I am back")

    assert (await bob.hears("message:new"))["content"] == "I am back"
    assert bob.heard("user:status-changed") == [{"userId": "bob", "status": "online"}]


# A balancer that knows nothing of sessions: each connection goes to the next node.


@pytest.fixture
async def balancer(nodes: list[Process]) -> AsyncIterator[str]:
    """Its URL."""
    targets = itertools.cycle([port(node) for node in nodes])

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", next(targets))
            await asyncio.gather(piped(reader, far_writer), piped(far_reader, writer))

    async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_any_balancer_will_do(
    cluster: Cluster, nodes: list[Process], balancer: str, bob: Frontend, transports: str
) -> None:
    chosen = "upgrade" if transports == "websocket" else "polling"
    headers = {"Origin": ORIGINS["conversations"], "Connection": "close"}
    before = await forwarded_since_they_met(cluster, nodes)
    ada = await cluster.frontends.connect(
        balancer, token("ada", name="Ada"), headers=headers, transports=chosen
    )
    if chosen == "upgrade":
        await ada.is_upgraded()
    room = await talk(bob, "ada")
    await everyone_joins(room, ada, bob)

    for number in range(20):
        sent = {"conversationId": room, "content": f"{number} " + "x" * 5_000}
        assert (await ada.ask("message:send", sent))["success"]
        assert (await bob.hears("message:new"))["seq"] == number + 1
        assert (await ada.hears("message:new"))["seq"] == number + 1
    assert await forwarded(cluster, nodes) > before
    await ada.close()


async def forwarded_since_they_met(cluster: Cluster, nodes: list[Process]) -> float:
    """How many requests were passed on until each node knows where the other is."""
    for one, other in (nodes, nodes[::-1]):
        unknown = f"/socket.io/?EIO=4&transport=polling&sid={await name_of(cluster, other)}-x"
        before = await forwarded(cluster, [one])
        while await forwarded(cluster, [one]) == before:
            await cluster.person(one, "ada").get(unknown)
    return await forwarded(cluster, nodes)


async def test_what_was_passed_on_is_not_passed_on_again(
    cluster: Cluster, nodes: list[Process], transports: str
) -> None:
    unknown = f"/socket.io/?EIO=4&transport=polling&sid={await name_of(cluster, nodes[0])}-x"
    person = cluster.person(nodes[1], "ada")
    await forwarded_since_they_met(cluster, nodes)

    passed_on = await person.get(unknown)
    before = await forwarded(cluster, nodes)
    marked = await person.get(unknown, headers={"X-Realtime-Forwarded": "1"})

    for answer in (passed_on, marked):
        assert (answer.status, answer["message"]) == (400, "Session ID unknown")
    assert await forwarded(cluster, nodes) == before


async def test_a_session_of_a_dead_node_is_unknown_at_once(
    cluster: Cluster, nodes: list[Process], transports: str
) -> None:
    name = await name_of(cluster, nodes[0])
    await nodes[0].kill()

    answer = await cluster.person(nodes[1], "ada").get(
        f"/socket.io/?EIO=4&transport=polling&sid={name}-x"
    )

    assert (answer.status, answer["message"]) == (400, "Session ID unknown")


async def name_of(cluster: Cluster, node: Process) -> str:
    """With which its session ids begin."""
    opened = await cluster.person(node, "ada").get("/socket.io/?EIO=4&transport=polling")
    return re.findall(r'"sid":"(\w+)-', opened.text)[0]


async def forwarded(cluster: Cluster, nodes: list[Process]) -> float:
    """How many requests all of them have passed on."""
    found = 0.0
    for node in nodes:
        text = (await cluster.person(node, "ada").get("/metrics")).text
        found += float(re.findall(r"(?m)^realtime_requests_forwarded_total (\S+)", text)[0])
    return found


async def test_who_is_taken_out_on_one_node_hears_nothing_stored_after_it_on_another(
    cluster: Cluster, nodes: list[Process], ada: Frontend, bob: Frontend
) -> None:
    application = cluster.frontends.person(nodes[1].url, token=SERVER_KEY)
    made = await application.post(
        "/api/server/conversations", participantIds=["ada", "bob", "eve"], title="Three"
    )
    assert made.status == 201, made.text
    group = made["data"]["id"]
    await everyone_joins(group, ada, bob)
    talking = asyncio.create_task(_talk_on(ada, group))

    await bob.hears("message:new")
    gone = await application.delete(f"/api/server/conversations/{group}/participants/bob")
    assert gone.status == 200, gone.text
    await ada.has_heard("message:new", len(ada.heard("message:new")) + 5)
    talking.cancel()
    last = await say(ada, group, "the last")
    await ada.hears("message:new", lambda message: message["id"] == last["id"])

    await bob.settled()
    heard = [message["seq"] for message in bob.heard("message:new")]
    assert heard == list(range(1, len(heard) + 1))
    before = [each["seq"] for each in ada.heard("message:new")]
    assert len(heard) < len(before)


async def _talk_on(person: Frontend, room: str) -> None:
    for number in itertools.count():
        await person.ask("message:send", {"conversationId": room, "content": f"{number}"})


async def test_who_was_taken_out_a_moment_ago_elsewhere_does_not_stay_in_the_room(
    cluster: Cluster, own_redis: Redis
) -> None:
    """The other node has committed it, and its notice is still on its way."""
    node = await cluster.node(redis_url=own_redis.url)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    made = await group(node, "ada", "bob")
    assert await ada.ask("join:conversation", made) == {"success": True}
    await Participant.filter(conversation_id=made, user_id="bob").delete()

    assert await bob.ask("join:conversation", made) == {"success": True}
    async with asyncio.timeout(PATIENCE):
        joined = {"bob"}
        while "bob" in joined:
            joined = (await backend(node).node.joined.users([UUID(made)]))[UUID(made)]
            await asyncio.sleep(0.01)
    await say(ada, made, "Without Bob")
    await ada.hears("message:new")

    await bob.hears_nothing("message:new", after=[ada])
