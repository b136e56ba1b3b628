"""A page comes back after longer than nodes remember: what was stored meanwhile is told it."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch
from uuid import UUID

import orjson
import pytest

from realtime.app import SERVER
from realtime.delivery import said
from realtime.domain import absences, announcements, blocks, groups
from realtime.domain.records import Notice
from realtime.gateway import meanwhile
from realtime.models import Notification
from realtime.transport.socketio.recovery import keeping
from tests.cluster import Cluster, port
from tests.frontend import Frontend
from tests.frontends import ORIGINS
from tests.nodes import InProcess
from tests.scenarios.steps import (
    BROWSER,
    backend,
    everyone_joins,
    group,
    notify,
    on_both_databases,
    say,
    talk,
)
from tests.swallowing import Wire
from tests.tokens import token
from tests.transport.clients import until

WINDOW = 0.2

SPEAKS = {
    "conversations": ("conversationId", "content", "join:conversation", "message:send"),
    "linsta": ("chatRoomId", "text", "join_room", "send_message"),
}
"""How pages whose own messages come back to them name a conversation and a text, join and speak."""

pytestmark = on_both_databases


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes forget and keep what they would in minutes."""
    monkeypatch.setattr(keeping, "TICK", 0.05)
    monkeypatch.setattr(said, "EVERY", 0.05)


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    return await cluster.node(recovery__window=WINDOW, presence__grace=0)


@pytest.fixture
async def page(cluster: Cluster, node: InProcess) -> Frontend:
    """Ada's."""
    return await cluster.frontend(node, "ada", headers=BROWSER)


@pytest.fixture
async def room(page: Frontend, bob: Frontend) -> str:
    conversation = await talk(page, "bob")
    await everyone_joins(conversation, page, bob)
    return conversation


@pytest.fixture
async def bob(cluster: Cluster, node: InProcess) -> Frontend:
    return await cluster.frontend(node, "bob", headers=BROWSER)


def contents(page: Frontend) -> list[str]:
    heard = [body[0] for name, body in page.history if name == "message:new"]
    return [message["content"] for message in heard]


async def forgets(node: InProcess, bob: Frontend, room: str) -> None:
    """Until the node's window has lost what was said until now."""
    window = node.app[SERVER]._publisher.telling.window
    begin = window.next_number
    await say(bob, room, "something")
    await until(lambda: window.first_number > begin)


async def everybody_is_told(node: InProcess, notice: Notice) -> None:
    """Until nobody is left to be told it; who comes back before that is told nothing for sure."""
    notes: list[list[Any]] = []
    subscribers = node.app[SERVER]._publisher._subscribers
    hear = subscribers[said.NOTICE]

    def overhear(body: bytes) -> None:
        hear(body)
        notes.append(orjson.loads(body))

    with patch.dict(subscribers, {said.NOTICE: overhear}):
        made = await announcements.broadcast(backend(node).node, notice)
        await until(lambda: [str(made.id), True] in notes)


async def test_what_was_stored_is_told_in_order_and_once(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    before = await say(bob, room, "before")
    await page.hears("message:new")
    await page.cut()
    gone = await say(bob, room, "gone")
    edited = await say(bob, room, "missed")
    await bob.ask("message:edit", {"messageId": edited["id"], "content": "missed and mended"})
    await bob.ask("message:delete", {"messageId": gone["id"]})
    await bob.ask("message:edit", {"messageId": before["id"], "content": "before, mended"})
    await notify(node, "ada", title="Shipped")
    await forgets(node, bob, room)

    await page.reconnect()
    await say(bob, room, "after")
    await page.has_heard("message:new", 4)

    assert page.recovered
    assert contents(page) == ["before", "missed and mended", "something", "after"]
    told = [name for name, _ in page.history if name.startswith("message")]
    assert told == ["message:new"] * 2 + ["message:updated"] + ["message:new"] * 2
    titles = [body[0]["title"] for name, body in page.history if name == "notification:new"]
    assert titles == ["New message from Bob", "Shipped", "New message from Bob"]
    new = Notification.filter(user_id="ada", shown_at=None)
    while await new.count():  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)


async def test_what_everybody_was_told_is_told_once_whenever_that_was(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    """Before she left, and just before she is back."""
    await everybody_is_told(node, Notice("GENERAL", "Before", "She hears it"))
    await page.hears("notification:new")
    # Left with that on its way, she might not have been there any more when all had been told.
    await page.hears("user:status-changed", lambda body: body[0]["userId"] == "bob")
    await page.cut()
    await forgets(node, bob, room)
    await everybody_is_told(node, Notice("GENERAL", "Meanwhile", "She misses it"))
    await forgets(node, bob, room)

    await page.reconnect()
    await say(bob, room, "after")
    await page.hears("message:new", lambda body: body[0]["content"] == "after")

    assert page.recovered
    titles = [body[0]["title"] for name, body in page.history if name == "notification:new"]
    assert [each for each in titles if not each.startswith("New message")] == [
        "Before",
        "Meanwhile",
    ]


async def test_what_she_did_herself_is_not_told_and_twice_is_like_once(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    await page.ask("message:send", {"conversationId": room, "content": "mine"})
    for number in range(3):
        await page.cut()
        await say(bob, room, f"missed {number}")
        await forgets(node, bob, room)
        await page.reconnect()
        assert page.recovered

    missed = [f"missed {number}" for number in range(3)]
    await page.has_heard("message:new", 7)
    assert [each for each in contents(page) if each != "something"] == ["mine", *missed]


@pytest.mark.parametrize(
    ("dialect", "told"), [("conversations", "message:new"), ("linsta", "receive_message")]
)
async def test_what_she_said_is_told_her_who_did_not_hear_it(
    cluster: Cluster, node: InProcess, bob: Frontend, dialect: str, told: str
) -> None:
    """The wire carried her message, and never the answer."""
    where, what, joins, says = SPEAKS[dialect]
    room, hours = await talk(bob, "ada"), await talk(bob, "zoe")
    for each in (room, hours):
        await everyone_joins(each, bob)
    async with Wire(port(node)) as wire:
        options = {"dialect": dialect, "headers": BROWSER | {"Origin": ORIGINS[dialect]}}
        page = await cluster.frontends.connect(wire.url, token("ada"), **options)
        await page.emit(joins, {where: room})
        await page.settled()
        await wire.deafens()
        await page.emit(says, {where: room, what: "mine"})
        await bob.hears("message:new", lambda body: body[0]["content"] == "mine")
        await page.cut()
        await forgets(node, bob, hours)
        await page.reconnect()
        await say(bob, room, "after")

        heard = [body[0] for body in await page.has_heard(told, 2)]
        assert page.recovered
        assert [each[what] for each in heard] == ["mine", "after"]


async def test_nothing_missed_is_recovered_too(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    other = await talk(bob, "zoe")
    await everyone_joins(other, bob)
    for _ in range(3):
        await page.cut()
        await forgets(node, bob, other)
        await page.reconnect()
        assert page.recovered
    await say(bob, room, "after")

    await page.has_heard("message:new", 1)
    assert contents(page) == ["after"]


async def test_more_than_the_bound_is_told_not_at_all(
    node: InProcess, page: Frontend, bob: Frontend, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "CANDIDATES", 20)
    await page.cut()
    for number in range(21):
        await say(bob, room, str(number))
    await forgets(node, bob, room)
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 1)
    assert not page.recovered
    assert contents(page) == ["after"]  # but she is in her room again


async def test_what_is_said_while_she_is_told_comes_once_and_behind(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    await say(bob, room, "missed")
    await forgets(node, bob, room)
    flowing = True

    async def flow() -> int:
        number = 0
        while flowing:
            await say(bob, room, f"flow {number}")
            number += 1
        return number

    saying = asyncio.create_task(flow())
    await page.reconnect()
    flowing = False
    total = await saying
    await page.has_heard("message:new", total + 2)

    assert page.recovered
    told: list[Any] = contents(page)
    assert told == ["missed", "something", *(f"flow {number}" for number in range(total))]


async def test_a_dialect_without_rooms_is_told_in_its_own_words(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    page = await cluster.frontend(node, "ada", dialect="jobs", headers=BROWSER)
    room = await talk(bob, "ada")
    await everyone_joins(room, bob)
    await page.cut()
    await say(bob, room, "missed")
    await notify(node, "ada", title="Shipped")
    await forgets(node, bob, room)

    await page.reconnect()
    await say(bob, room, "after")
    await page.has_heard("message_received", 3)

    assert page.recovered
    told = [body[0] for body in page.heard("message_received")]
    assert [each["message"] for each in told] == ["missed", "something", "after"]
    titles = [body[0]["title"] for body in page.heard("notification")]
    assert titles.count("Shipped") == 1


async def test_of_a_group_that_she_was_taken_out_of_nothing_is_told(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    choir = await group(node, "ada", "bob")
    await everyone_joins(choir, page, bob)
    await page.cut()
    await say(bob, choir, "hush")
    await groups.remove(backend(node).node, UUID(choir), "ada")
    await forgets(node, bob, room)

    await page.reconnect()
    await say(bob, choir, "hush again")
    await say(bob, room, "after")
    await page.has_heard("message:new", 2)

    assert page.recovered
    assert contents(page) == ["something", "after"]


async def test_of_a_conversation_that_was_blocked_meanwhile_nothing_is_told(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    choir = await group(node, "ada", "bob")
    await everyone_joins(choir, page, bob)
    await page.cut()
    await say(bob, room, "before she blocks him")
    await say(bob, choir, "said to all")
    await forgets(node, bob, choir)
    await blocks.block(backend(node, "ada"), "bob")

    await page.reconnect()
    await say(bob, choir, "after")
    await page.has_heard("message:new", 3)

    assert page.recovered
    assert contents(page) == ["said to all", "something", "after"]


async def test_somebody_else_with_her_pid_is_told_nothing(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    await say(bob, room, "missed")
    await forgets(node, bob, room)
    auth = {"token": token("eve"), "pid": page.pid, "offset": ""}

    await page.reconnect(auth=auth)
    await say(bob, room, "after")
    await page.settled()

    assert not page.recovered
    assert contents(page) == []


async def test_who_was_typing_when_she_left_is_told_to_type_no_more(
    node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    typing = {"conversationId": room}
    await bob.emit("typing:start", typing)
    await page.hears("typing:start")
    await page.cut()
    await bob.emit("typing:stop", typing)
    await forgets(node, bob, room)

    await page.reconnect()
    bobs = {"conversationId": room, "userId": "bob"}

    assert page.recovered
    assert await page.hears("typing:stop", lambda body: body[0] == bobs)
    await page.hears_nothing("typing:start")


async def test_who_types_when_she_is_back_is_told_too_where_nothing_else_can_be(
    node: InProcess, page: Frontend, bob: Frontend, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "CANDIDATES", 0)
    await page.cut()
    await forgets(node, bob, room)
    await bob.emit("typing:start", {"conversationId": room})
    await bob.settled()

    await page.reconnect()

    assert not page.recovered
    assert (await page.hears("typing:start"))[0] == {"conversationId": room, "userId": "bob"}


@pytest.fixture
def waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is back need not wait for others who lost their connection with it."""
    monkeypatch.setattr(meanwhile, "BACK_OFF", 0)


@pytest.mark.usefixtures("room", "waits_for_nobody")
async def test_who_was_online_when_she_left_is_told_as_what_he_is_by_now(
    cluster: Cluster, node: InProcess, page: Frontend, bob: Frontend
) -> None:
    chat = await cluster.frontend(node, "ada", dialect="jobs", headers=BROWSER)
    eve = await cluster.frontend(node, "eve")
    hours = await talk(eve, "zoe")
    await everyone_joins(hours, eve)
    await page.cut()
    await chat.cut()
    for away in (page, chat):
        away.forget_what_was_heard()
    await bob.disconnect()
    await eve.hears("user:status-changed", lambda body: body["userId"] == "bob")
    await forgets(node, eve, hours)

    await page.reconnect()
    await chat.reconnect()

    assert page.recovered
    status = await page.hears("user:status-changed", lambda body: body[0]["userId"] == "bob")
    assert status[0]["status"] == "offline"
    told = await chat.hears("user_status", lambda body: body[0]["userId"] == "bob")
    assert told[0]["status"] == "offline"


async def test_who_looked_at_her_profile_is_told_with_the_notification_or_without(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    page = await cluster.frontend(node, "ada", dialect="jobs", headers=BROWSER)
    room = await talk(bob, "zoe")
    await everyone_joins(room, bob)
    people = [cluster.person(node, each, "jobs") for each in ("bob", "eve")]
    await page.cut()
    for viewer in people:
        view = {"action": "view_profile", "targetUserId": "ada"}
        assert (await viewer.post("/api/realtime/activity/log", view)).status == 200
    listed = await page.get("/api/realtime/notifications")
    await page.delete(f"/api/realtime/notifications/{listed['notifications'][0]['id']}")
    await forgets(node, bob, room)

    await page.reconnect()
    await notify(node, "ada", title="Shipped")
    await page.hears("notification", lambda body: body[0]["title"] == "Shipped")

    assert page.recovered
    told = [(name, body[0].get("title") or body[0].get("userName")) for name, body in page.history]
    assert [each for each in told if each[0] in {"profile_viewed", "notification"}] == [
        ("profile_viewed", "Bob"),
        ("notification", "Bob viewed your profile"),
        ("profile_viewed", "Eve"),
        ("notification", "Shipped"),
    ]
