"""A page loses its connection and comes back: what it missed is told, all of it and once."""

from __future__ import annotations

import asyncio
import re
import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import socketio

from realtime.app import SERVER
from realtime.domain import announcements, blocks, conversations
from realtime.domain.records import Notice
from realtime.models import KnownSession
from realtime.transport.socketio.recovery import telling
from tests.cluster import Cluster, Node, port
from tests.frontend import Frontend, Refused
from tests.frontends import Frontends
from tests.nodes import InProcess
from tests.patience import PATIENCE
from tests.scenarios.kept import is_kept
from tests.scenarios.steps import BROWSER, backend, everyone_joins, group, say, talk
from tests.swallowing import Wire
from tests.tokens import token
from tests.transport.clients import until

both_ways = pytest.mark.parametrize(
    ("database", "transports"), [("sqlite", "websocket"), ("sqlite", "polling")]
)
pytestmark = both_ways

Event = tuple[str, Any]


def heard(page: Frontend, event: str = "message:new") -> list[Any]:
    """The first arguments of all such events; the offset stands behind them."""
    return [body[0] for name, body in page.history if name == event]


def contents(page: Frontend) -> list[str]:
    return [message["content"] for message in heard(page)]


async def browser(cluster: Cluster, node: Node, user: str, **options: Any) -> Frontend:
    """A page in a browser, which comes back when it is told to."""
    return await cluster.frontend(node, user, headers=BROWSER, **options)


@pytest.fixture
async def page(cluster: Cluster, node: InProcess) -> Frontend:
    """Ada's page."""
    return await browser(cluster, node, "ada")


@pytest.fixture
async def room(page: Frontend, bob: Frontend) -> str:
    """Ada's conversation with Bob, both pages open."""
    conversation = await talk(page, "bob")
    await everyone_joins(conversation, page, bob)
    return conversation


async def test_what_was_said_while_a_page_was_cut_off_is_told_in_order_and_once(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await say(bob, room, "before")
    await page.hears("message:new")

    await page.cut()
    for number in range(5):
        await say(bob, room, f"missed {number}")
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 7)
    assert page.recovered
    assert contents(page) == ["before", *(f"missed {number}" for number in range(5)), "after"]


async def test_a_page_that_heard_nothing_yet_is_told_what_it_missed(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    await say(bob, room, "missed")
    await page.reconnect()

    await page.has_heard("message:new", 1)
    assert page.recovered
    assert contents(page) == ["missed"]


async def test_what_was_said_while_nobody_listened_at_all_is_told(
    cluster: Cluster, node: InProcess, page: Frontend
) -> None:
    bob = cluster.person(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page)

    await page.cut()
    await say(bob, room, "missed")
    await page.reconnect()

    await page.has_heard("message:new", 1)
    assert page.recovered
    assert contents(page) == ["missed"]


async def test_ten_times_in_a_row_without_any_event_between(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await say(bob, room, "before")
    await page.hears("message:new")

    for _ in range(10):
        await page.cut()
        await page.reconnect()
        assert page.recovered
    await say(bob, room, "after")

    await page.has_heard("message:new", 2)
    assert contents(page) == ["before", "after"]


async def test_a_page_whose_wire_was_cut_in_silence_takes_its_place_again(
    cluster: Cluster, node: InProcess, bob: Frontend, frontends: Frontends
) -> None:
    async with Wire(port(node)) as wire:
        page = await frontends.connect(wire.url, token("ada"), headers=BROWSER)
        page.url = node.url
        room = await talk(bob, "ada")
        await everyone_joins(room, page, bob)
        await say(bob, room, "before")
        await page.hears("message:new")

        await wire.cut()
        await say(bob, room, "missed")
        await page.cut()
        await page.reconnect()
        await say(bob, room, "after")

        await page.has_heard("message:new", 3)
        assert page.recovered
        assert contents(page) == ["before", "missed", "after"]
        assert {"userId": "ada", "status": "offline"} not in bob.heard("user:status-changed")
        assert await bob.ask("conversation:get-online-users", room) == ["ada"]


async def test_a_listener_that_fails_keeps_no_other_event_from_being_heard(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    for content in ("one", "two", "three"):
        await say(bob, room, content)
    page.fails_at("message:new")
    await page.reconnect()

    await page.has_heard("message:new", 3)
    assert page.recovered
    assert contents(page) == ["one", "two", "three"]


async def test_who_was_taken_out_meanwhile_is_told_nothing_of_the_room(
    cluster: Cluster, node: InProcess, page: Frontend, bob: Frontend
) -> None:
    room = await group(node, "ada", "bob")
    await everyone_joins(room, page, bob)

    await page.cut()
    await say(bob, room, "before she was taken out")
    await conversations.remove(backend(node), UUID(room), "ada")
    await say(bob, room, "after it")
    await page.reconnect()
    await say(bob, room, "now")
    await page.settled()

    assert page.recovered
    assert not heard(page)


@pytest.mark.parametrize("dialect", ["conversations", "jobs"])
async def test_of_a_conversation_that_was_blocked_meanwhile_nothing_is_told(
    cluster: Cluster, node: InProcess, bob: Frontend, dialect: str
) -> None:
    page = await browser(cluster, node, "ada", dialect=dialect)
    eve = cluster.person(node, "eve")
    room, hers = await talk(bob, "ada"), await talk(eve, "ada")
    if dialect == "conversations":
        await everyone_joins(room, page)
        await everyone_joins(hers, page)
    told = {"conversations": "message:new", "jobs": "message_received"}[dialect]

    await page.cut()
    await say(bob, room, "before she blocks him")
    await say(eve, hers, "missed")
    await blocks.block(backend(node, "ada"), "bob")
    await page.reconnect()
    await say(eve, hers, "now")

    await page.has_heard(told, 2)
    assert page.recovered
    words = [body.get("content", body.get("message")) for body in heard(page, told)]
    assert words == ["missed", "now"]


async def test_an_expired_token_is_refused_however_known_its_page_is(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    await say(bob, room, "missed")

    with pytest.raises(Refused):
        await page.reconnect(auth={"token": token("ada", expires=-60)})
    await page.reconnect(auth={"token": token("ada")})

    await page.has_heard("message:new", 1)
    assert page.recovered


async def test_another_users_pid_is_worth_nothing_and_takes_nothing_from_her(
    cluster: Cluster, node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    auth = {"token": token("eve"), "pid": page.pid, "offset": "1-0.x"}
    eve = await cluster.frontend(node, "eve", headers=BROWSER, auth=auth)

    await say(bob, room, "to ada")
    await page.hears("message:new")
    await eve.settled()
    assert not eve.recovered
    assert eve.pid != page.pid
    assert not heard(eve)

    await page.cut()
    await page.reconnect()
    assert page.recovered


async def test_two_pages_with_one_pid_are_never_both_connected(
    cluster: Cluster, node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    auth = {"token": token("ada"), "pid": page.pid}
    twin = await cluster.frontend(node, "ada", headers=BROWSER, auth=auth)

    assert await page.is_disconnected() in {"transport close", "transport error"}
    await say(bob, room, "to one of them")
    await twin.hears("message:new")
    assert not heard(page)


async def test_a_short_drop_makes_no_notification_of_what_is_told_anyway(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await page.cut()
    await say(bob, room, "missed")
    await page.reconnect()

    await page.has_heard("message:new", 1)
    await page.settled()
    assert not heard(page, "notification:new")
    assert (await page.get("/api/notifications/unread-count"))["count"] == 0


async def test_who_stays_away_has_left_her_conversations_when_she_looks_offline(
    cluster: Cluster, transports: str
) -> None:
    node = await cluster.node(presence__grace=0.2)
    page, bob = await browser(cluster, node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page, bob)

    await page.close()
    offline = {"userId": "ada", "status": "offline"}
    await bob.hears("user:status-changed", lambda status: status == offline)
    await say(bob, room, "missed")
    await page.reconnect()

    assert (await page.hears("notification:new"))[0]["message"]
    assert page.recovered


async def test_who_could_not_come_back_is_notified_of_what_is_said_then(
    cluster: Cluster, transports: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await cluster.node(presence__grace=0)
    page, bob = await browser(cluster, node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page, bob)
    await page.close()
    her = backend(node).node
    await until(lambda: not her.presence._sockets("ada"))

    async def away(*_: object) -> set[str]:
        raise OSError("the database is away")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(blocks, "pairs_of", away)
        page.order_connect()
        await page.is_disconnected(2)

    await say(bob, room, "missed")
    assert (await cluster.person(node, "ada").get("/api/notifications/unread-count"))["count"] == 1


async def test_who_left_on_purpose_begins_anew(page: Frontend, bob: Frontend, room: str) -> None:
    await page.disconnect()
    await say(bob, room, "nobody is here")
    await page.reconnect()
    await say(bob, room, "and nobody has joined")
    await page.settled()

    assert not page.recovered
    assert not heard(page)


OFFSETS = ["", "x", 5, "1-0.another", "99999999999999-0.{epoch}", "1-0.{epoch}", {"a": 1}]


async def test_whatever_offset_a_page_brings_it_is_told_all_after_it_or_nothing(
    page: Frontend, bob: Frontend, room: str
) -> None:
    await say(bob, room, "first")
    _, first = await page.hears("message:new")
    _, epoch, _ = first.split(".")
    for number, offset in enumerate(OFFSETS):
        given = offset.format(epoch=epoch) if isinstance(offset, str) else offset
        before = len(contents(page))
        await page.cut()
        await say(bob, room, f"missed {number}")
        auth = {"token": token("ada"), "pid": page.pid, "offset": given}
        await page.reconnect(auth=auth)
        await say(bob, room, f"after {number}")

        last = f"after {number}"
        await page.hears("message:new", lambda body, last=last: body[0]["content"] == last)
        # A page may say that it has heard less than it has.
        assert page.recovered == str(given).startswith("1-0." + epoch)
        new = contents(page)[before:]
        assert new[-2:] == [f"missed {number}", last] if page.recovered else new == [last]


async def test_a_client_that_knows_no_offsets_is_told_none(
    cluster: Cluster, node: InProcess, page: Frontend, room: str, bob: Frontend
) -> None:
    await say(bob, room, "to both")

    assert (await bob.hears("message:new"))["content"] == "to both"
    assert (await page.hears("message:new"))[0]["content"] == "to both"


async def test_a_python_client_with_fixed_arguments_hears_what_it_expects(
    cluster: Cluster, node: InProcess, page: Frontend, room: str
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with socketio.AsyncSimpleClient() as client:
        await client.connect(node.url, auth={"token": token("bob")}, transports=["websocket"])
        client.client.on("message:new", heard.put)  # takes one argument
        assert await client.call("join:conversation", room) == {"success": True}
        await say(page, room, "to both")

        assert (await asyncio.wait_for(heard.get(), PATIENCE))["content"] == "to both"


async def test_every_event_of_a_page_ends_with_its_offset_but_for_those_that_want_an_ack(
    cluster: Cluster, node: InProcess, page: Frontend, bob: Frontend, room: str
) -> None:
    server = node.app[SERVER]
    await bob.emit("typing:start", room)
    await server.emit("nothing", room=page.sid)
    await server.emit("text", "last", room=page.sid)
    await server.emit("bytes", (b"\x00\xff", "behind"), to="conversations/user:ada")
    page.answers("asked", "yes")
    assert await server.call("asked", "text", sid=page.sid) == "yes"

    await page.hears("asked")
    by_name = dict(page.history)
    assert by_name["asked"] == "text"
    offsets = [by_name["nothing"], by_name["text"][-1], by_name["bytes"][-1]]
    assert all(re.fullmatch(r"\d+-\d+(-\d+)*\.\w+(\.[\w-]+)?", offset) for offset in offsets), (
        offsets
    )


@pytest.mark.parametrize("grace", [0.0, 60.0], ids=["she looks offline", "it is a short drop"])
async def test_what_everybody_is_told_while_a_page_is_away_is_told_it_too(
    cluster: Cluster, grace: float
) -> None:
    node = await cluster.node(presence__grace=grace)
    page, other = await browser(cluster, node, "ada"), await browser(cluster, node, "zoe")
    await page.close()  # else a poller is known to be away when it has missed a ping, in 45 s
    her = backend(node).node
    await until(lambda: not her.presence._sockets("ada"))
    await announcements.broadcast(her, Notice("GENERAL", "Hello", "World"))
    await other.hears("notification:new")

    await page.reconnect()

    assert page.recovered
    await page.hears("notification:new")
    assert [told["title"] for told in heard(page, "notification:new")] == ["Hello"]


SHORT = {"recovery__window": 0.3, "recovery__stored_hours": 0}


async def test_after_the_window_a_page_gets_its_rooms_and_is_told_that_events_are_lost(
    cluster: Cluster, transports: str
) -> None:
    node = await cluster.node(**SHORT)
    page, bob = await browser(cluster, node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page, bob)
    await say(bob, room, "before")
    await page.hears("message:new")
    pid = page.pid

    await page.cut()
    await say(bob, room, "missed")
    window = node.app[SERVER]._publisher.telling.window
    await until(lambda: not window.seconds(int(time.time() * 1000)))
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 2)
    assert not page.recovered
    assert page.pid not in {pid, None}
    assert contents(page) == ["before", "after"]


@pytest.mark.parametrize(("away", "told"), [(60, True), (119, True), (121, False)])
async def test_a_page_is_told_what_it_missed_for_two_minutes(
    cluster: Cluster, transports: str, monkeypatch: pytest.MonkeyPatch, away: int, told: bool
) -> None:
    node = await cluster.node(recovery__stored_hours=0)
    page, bob = await browser(cluster, node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page, bob)
    await say(bob, room, "before")
    await page.hears("message:new")
    await page.cut()
    telling_ = node.app[SERVER]._publisher.telling
    left_at = telling_.window.next_number
    await say(bob, room, "missed")
    (first,) = [each for each in telling_.window._entries if each.number == left_at]
    telling_.tidy()  # as every few seconds: it learns what time its places have

    at = first.said[0] / 1000 + away
    monkeypatch.setattr(telling, "time", SimpleNamespace(time=lambda: at))
    telling_.tidy()
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 3 if told else 2)
    assert page.recovered == told
    assert contents(page) == ["before", *(["missed"] if told else []), "after"]


async def test_more_than_may_be_told_is_not_told_in_part(cluster: Cluster, transports: str) -> None:
    node = await cluster.node(recovery__events=3)
    page, bob = await browser(cluster, node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page, bob)

    await page.cut()
    for number in range(4):
        await say(bob, room, f"missed {number}")
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 1)
    assert not page.recovered
    assert contents(page) == ["after"]


async def test_off_is_off_and_a_dialect_may_have_its_own_mode(
    cluster: Cluster, transports: str
) -> None:
    node = await cluster.node(recovery__mode="off", recovery__dialects={"jobs": "on"})

    page = await browser(cluster, node, "ada")
    jobs = await cluster.frontend(node, "bob", dialect="jobs")

    assert page.pid is None
    assert jobs.pid is not None


async def test_after_its_node_was_killed_a_page_is_told_what_was_said_before_it_was_back(
    cluster: Cluster, transports: str
) -> None:
    node = await cluster.process()
    page, bob = await browser(cluster, node, "ada"), cluster.person(node, "bob")
    room = await talk(page, "bob")
    await everyone_joins(room, page)
    await say(bob, room, "before")
    await page.hears("message:new")
    await is_kept(cluster, room, page)

    await node.kill()
    await page.is_disconnected()
    await node.start()
    await say(bob, room, "missed")
    await page.reconnect()
    await say(bob, room, "after")

    await page.has_heard("message:new", 3)
    assert page.recovered
    assert contents(page) == ["before", "missed", "after"]


async def test_who_left_on_purpose_is_forgotten_in_the_database_too(
    node: InProcess, page: Frontend
) -> None:
    keeping = node.app[SERVER]._returns.recovery.keeping
    await keeping.write()
    assert await KnownSession.all().count() == 1

    await page.disconnect()
    await until(lambda: keeping._gone)
    await keeping.write()

    assert await KnownSession.all().count() == 0
