"""The application looks at all nodes: who is there, in which rooms, what went wrong."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from realtime.api import CallRefused
from realtime.domain import decisions
from realtime.domain.ids import new_id
from realtime.domain.outbox import WEBHOOK, WEBHOOK_DEAD
from realtime.domain.waking import Decided, Verdict
from realtime.gateway.overseeing import overseer
from realtime.in_process import API
from realtime.models import Outbox
from tests.cluster import Cluster
from tests.nodes import InProcess, Process
from tests.patience import PATIENCE
from tests.scenarios.steps import once, talk
from tests.server_api.test_reading import every
from tests.servers.redis import Redis

AGENT = "Mozilla/5.0 (a phone)"


async def listed(backend: Any, path: str) -> list[Any]:
    return (await backend.get(path))["data"]["items"]


@once
async def test_connections_stand_by_their_users_with_what_is_known_of_them(
    cluster: Cluster, node: InProcess, backend: Any, ada: Any
) -> None:
    await cluster.frontend(node, "bob", dialect="jobs")
    again = await cluster.frontend(node, "ada", headers={"User-Agent": AGENT})
    conversation = await talk(again, "bob")
    await again.ask("join:conversation", {"conversationId": conversation})

    hers = await listed(backend, "/connections?user=ada")

    assert [each["userId"] for each in await listed(backend, "/connections")] == [
        "ada", "ada", "bob",
    ]  # fmt: skip
    (phone,) = [each for each in hers if each["userAgent"] == AGENT]
    assert phone["dialects"] == ["conversations"]
    assert (phone["namespace"], phone["address"]) == ("/", "127.0.0.1")
    assert f"conversations/conversation:{conversation}" in phone["rooms"]
    assert phone["roomCount"] == len(phone["rooms"]) == 3
    assert phone["waitingBytes"] == phone["unhandled"] == 0
    assert abs(datetime.fromisoformat(phone["connectedAt"]) - datetime.now(UTC)) < timedelta(
        minutes=1
    )
    assert await listed(backend, "/connections?user=nobody") == []
    assert await listed(backend, "/connections?room=conversations/user:bob") == []
    (bobs,) = await listed(backend, "/connections?room=jobs/user:bob")
    assert bobs["userId"] == "bob"
    assert await listed(backend, "/connections?namespace=/elsewhere") == []
    assert await listed(backend, "/connections?node=elsewhere") == []
    assert await listed(backend, "/connections?slow=true") == []


@once
async def test_lists_come_page_by_page_and_no_page_is_large(
    cluster: Cluster, node: InProcess, backend: Any
) -> None:
    for number in range(5):
        await cluster.frontend(node, f"user-{number}")

    connections = await every(backend, "/connections", limit=2)
    rooms = await every(backend, "/rooms", limit=4, name="user:")

    assert [[each["userId"] for each in page] for page in connections] == [
        ["user-0", "user-1"], ["user-2", "user-3"], ["user-4"],
    ]  # fmt: skip
    assert [[each["name"] for each in page] for page in rooms] == [
        [f"conversations/user:user-{number}" for number in range(4)],
        ["conversations/user:user-4"],
    ]
    assert (await backend.get("/connections?limit=100000")).status == 200
    everyone = await listed(backend, "/rooms?name=*")
    assert everyone == [{"namespace": "/", "name": "conversations/*", "connections": 5}]


@once
async def test_a_strange_cursor_is_refused(backend: Any) -> None:
    for path in ("/nodes", "/connections", "/rooms", "/troubles", "/failures"):
        for key in (b'["a"]', b'{"a":1}', b"[1,2]", b"[[],[]]", b"\xff", b'["a",1]'):
            cursor = urlsafe_b64encode(key).decode()
            answer = await backend.get(f"{path}?cursor={cursor}")
            assert (answer.status, answer.json["field"]) == (400, "cursor")


@once
async def test_one_connection_is_closed_and_comes_back(backend: Any, ada: Any) -> None:
    sid = ada.sid

    assert await backend.made(f"/connections/{sid}/disconnect") == {"connections": 1}
    await ada.is_disconnected()
    await ada.reconnect()
    (back,) = await listed(backend, "/connections")
    assert back["sid"] == ada.sid != sid
    assert await backend.made(f"/connections/{sid}/disconnect") == {"connections": 0}


@once
async def test_who_does_not_read_is_seen(
    cluster: Cluster, node: InProcess, backend: Any, ada: Any
) -> None:
    bob = await cluster.frontend(node, "bob")
    bob.pause()
    async with asyncio.timeout(PATIENCE):
        while not (slow := await listed(backend, "/connections?slow=true")):
            await backend.made("/emit", {"event": "news", "userId": "bob", "data": "x" * 300_000})

    assert [each["userId"] for each in slow] == ["bob"]
    assert slow[0]["waitingBytes"] >= 300_000
    (here,) = await listed(backend, "/nodes")
    assert (here["slow"], here["connections"]) == (1, 2)
    bob.resume()


@once
async def test_pushes_that_failed_are_told_the_newest_first(node: InProcess, backend: Any) -> None:
    now = datetime.now(UTC)
    for number, verdict in enumerate((Verdict.REFUSED, Verdict.SENT, Verdict.GIVEN_UP)):
        push = Outbox(user_id=f"user-{number}", notification_id=uuid4(), subscription_id=uuid4())
        detail = {"service": "push.example", "status": 403, "reason": "BadJwtToken"}
        await decisions.note(push, Decided(verdict, detail), now)

    pages = await every(backend, "/failures", limit=1)

    assert [[(each["userId"], each["verdict"]) for each in page] for page in pages] == [
        [("user-2", "given_up")], [("user-0", "refused")],
    ]  # fmt: skip
    assert "push.example answered 403 BadJwtToken" in pages[1][0]["sentence"]


@once
async def test_webhooks_that_failed_are_told_and_sent_again(node: InProcess, backend: Any) -> None:
    now = datetime.now(UTC)
    body = {"type": "message.sent", "data": {"content": "Nobody's business"}}
    dead, waiting, untried = [
        await Outbox.create(
            id=new_id(), kind=kind, target="crm", body=body, attempts=attempts, due_at=now,
            answer={"status": 500, "reason": "Oops"}, expires_at=now, created_at=now,
        )
        for kind, attempts in ((WEBHOOK_DEAD, 130), (WEBHOOK, 2), (WEBHOOK, 0))
    ]  # fmt: skip

    pages = await every(backend, "/failures", kind="webhook", limit=1)

    assert [[(each["id"], each["verdict"]) for each in page] for page in pages] == [
        [(str(waiting.id), "again")], [(str(dead.id), "dead")],
    ]  # fmt: skip
    assert pages[0][0]["endpoint"] == "crm"
    assert "tried 2 times: it answered 500 Oops" in pages[0][0]["sentence"]
    assert "business" not in str(pages)
    assert await backend.made(f"/webhooks/{dead.id}/resend") == {"webhooks": 1}
    for not_dead in (dead.id, untried.id, uuid4(), "x"):
        assert await backend.made(f"/webhooks/{not_dead}/resend") == {"webhooks": 0}
    assert (await Outbox.get(id=dead.id)).kind == WEBHOOK


@once
async def test_more_questions_than_can_be_asked_are_refused(
    node: InProcess, backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overseer, "MOST_WAITING", 0)

    answer = await backend.get("/nodes")

    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert node.app is not None
    with pytest.raises(CallRefused) as refused:
        await node.app[API].list_nodes()
    assert refused.value.status == 429


# Over several nodes.

two_nodes = pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])


@pytest.fixture
async def nodes(cluster: Cluster, own_redis: Redis) -> list[Process]:
    cluster.settings |= {"redis_url": own_redis.url, "logs__format": "json"}
    return list(await asyncio.gather(cluster.process(), cluster.process()))


@two_nodes
async def test_each_node_tells_of_all_and_who_is_missing(
    cluster: Cluster, nodes: list[Process], backend_of: Any, own_redis: Redis
) -> None:
    for number in range(3):
        await cluster.frontend(nodes[number % 2], f"user-{number}")
    asked = backend_of(nodes[0])
    strangers = cluster.person(nodes[1], "eve")
    assert (await strangers.get("/api/server/users", token="no key")).status == 401

    items = await two(asked)
    assert sorted(each["connections"] for each in items) == [1, 2]
    assert all(each["memoryBytes"] > 1_000_000 for each in items)
    assert {each["backplane"] for each in items} == {"shared"}
    pages = await every(asked, "/connections", limit=2)
    assert [[each["userId"] for each in page] for page in pages] == [
        ["user-0", "user-1"], ["user-2"],
    ]  # fmt: skip
    rooms = await every(asked, "/rooms", limit=1, name="*")
    assert rooms == [[{"namespace": "/", "name": "conversations/*", "connections": 3}]]
    await has_trouble(asked, "refused_server_call", reason="MissingKey")

    (hers,) = await listed(backend_of(nodes[1]), "/connections?user=user-0")
    ended = await backend_of(nodes[1]).made(f"/connections/{hers['sid']}/disconnect")
    assert ended == {"connections": 1}

    nodes[1].freeze()
    partly = (await asked.get("/nodes"))["data"]
    nodes[1].thaw()
    (here,) = partly["items"]
    (elsewhere,) = {each["process"] for each in items} - {here["process"]}
    assert partly["missing"] == [elsewhere]
    await has_trouble(asked, "nodes did not answer")

    await asyncio.to_thread(own_redis.kill)
    async with asyncio.timeout(PATIENCE):
        while "away" not in here["backplane"]:
            (here,) = (await asked.get("/nodes"))["data"]["items"]
    assert (await asked.get("/rooms"))["data"]["missing"] == [elsewhere]


async def two(backend: Any) -> list[Any]:
    """Both nodes, once they have met."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await backend.get("/nodes"))["data"]
            if len(found["items"]) == 2 and not found["missing"]:
                return list(found["items"])


async def has_trouble(backend: Any, event: str, **facts: Any) -> None:
    """The nodes tell of a line in their logs."""
    troubles = await listed(backend, "/troubles?level=warning")
    (found,) = [each["facts"] for each in troubles if each["event"] == event]
    assert facts.items() <= found.items()
