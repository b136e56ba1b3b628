"""What other backends are told is committed with its cause, and taken in its order."""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from tortoise.transactions import in_transaction

from realtime.delivery.outbox import OfEndpoint
from realtime.domain import (
    announcements,
    conversations,
    deletion,
    journal,
    messages,
    notifications,
    outbox,
    presence,
    receipts,
    relayed,
    turns,
)
from realtime.domain.actor import Rules
from realtime.domain.events import StatusChanged
from realtime.domain.happened import Happened
from realtime.domain.ids import new_id
from realtime.domain.messages import Content
from realtime.domain.outbox import LEASE, LIFE, PUSH, WEBHOOK, WEBHOOK_DEAD
from realtime.domain.records import Attachment, Notice
from realtime.models import Conversation, Message, Outbox
from realtime.stores.database import Database
from realtime.stores.retention import Retention
from tests.domain.world import World
from tests.stores.chat import Chat, now, until_waiting


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """Two endpoints: one that wants everything, and one that wants what is new."""
    wanted = dict.fromkeys(Happened, ("all",)) | {Happened.MESSAGE_SENT: ("all", "new")}
    made = World(database, Rules(webhooks=wanted))
    yield made
    await made.stop()


async def told(endpoint: str = "all") -> list[tuple[str, dict[str, Any]]]:
    """What an endpoint is to be told, in the order of the commits."""
    rows = await Outbox.filter(kind=WEBHOOK, target=endpoint).order_by("order_key", "order_no")
    return [(row.body["type"], row.body["data"]) for row in rows]


async def test_what_happens_in_a_conversation_is_entered_in_its_order(world: World) -> None:
    ada, bob = world.actor("ada"), world.actor("bob")
    pair = await conversations.start(ada, "bob")
    said = await messages.send(
        ada, pair.id, Content("Lunch?", attachments=(Attachment("/menu.pdf", "Menu"),))
    )
    await messages.edit(ada, said.id, "Dinner?")
    await receipts.mark_read(bob, pair.id)
    await messages.delete(ada, said.id)

    conversation_id, message_id = str(pair.id), str(said.id)
    assert await told() == [
        (
            "conversation.created",
            {
                "conversationId": conversation_id,
                "title": None,
                "isGroup": False,
                "participantIds": ["ada", "bob"],
            },
        ),
        (
            "message.sent",
            {
                "conversationId": conversation_id,
                "messageId": message_id,
                "seq": 1,
                "senderId": "ada",
                "receiverId": "bob",
                "type": "text",
                "content": "Lunch?",
                "attachments": [{"url": "/menu.pdf", "name": "Menu", "type": None, "size": None}],
                "clientId": None,
            },
        ),
        (
            "message.edited",
            {
                "conversationId": conversation_id,
                "messageId": message_id,
                "seq": 1,
                "senderId": "ada",
                "type": "text",
                "content": "Dinner?",
            },
        ),
        (
            "message.read",
            {"conversationId": conversation_id, "readerId": "bob", "messageIds": [message_id]},
        ),
        (
            "message.deleted",
            {"conversationId": conversation_id, "senderId": "ada", "messageIds": [message_id]},
        ),
    ]
    assert await told("new") == [(await told())[1]]
    numbers = await Outbox.filter(target="all").order_by("order_no").values_list("order_no")
    assert numbers == [(1,), (2,), (3,), (4,), (5,)]


async def test_who_comes_and_goes_in_a_group_is_entered(world: World) -> None:
    group = await world.group("ada", "bob")
    await conversations.add(world.actor("ada"), group.id, "eve")
    await conversations.add(world.actor("ada"), group.id, "eve")
    await conversations.remove(world.actor("ada"), group.id, "eve")

    (created, made), *others = await told()
    assert (created, made["title"], made["isGroup"]) == ("conversation.created", "Choir", True)
    of_eve = {"conversationId": str(group.id), "userId": "eve"}
    assert others == [("participant.added", of_eve), ("participant.removed", of_eve)]


async def test_what_the_application_does_is_entered(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    said = await world.say("ada", pair.id, "Hi")
    await relayed.read(world.node, pair.id, [str(said.id), "theirs"])
    await relayed.delete(world.node, pair.id, str(said.id))
    await relayed.delete(world.node, pair.id, "theirs")
    (notification,) = await notifications.notify(
        world.node, ["bob"], Notice("LIKE", text="Nice", actor_id="ada", data={"postId": 7})
    )
    broadcast = await announcements.broadcast(world.node, Notice("NEWS", title="We moved"))

    of_pair = [name for name, _ in await told()]
    assert {"message.read", "message.deleted"} <= set(of_pair)
    by_name = dict(await told())
    assert by_name["message.read"]["readerId"] == "bob"
    assert by_name["notification.created"] == {
        "notificationId": str(notification.id),
        "userId": "bob",
        "actorId": "ada",
        "type": "LIKE",
        "title": None,
        "text": "Nice",
        "link": None,
        "priority": "normal",
        "data": {"postId": 7},
    }
    assert by_name["broadcast.created"]["broadcastId"] == str(broadcast.id)
    assert of_pair.count("message.deleted") == 1


async def test_statuses_are_entered(world: World) -> None:
    await world.node.presence.connected("ada", "tab")
    await presence.changed(world.node, "ada", is_online=True)
    world.later(seconds=5)
    await world.node.presence.disconnected("ada", "tab")
    await presence.changed(world.node, "ada", is_online=False)

    assert await told() == [("user.online", {"userId": "ada"}), ("user.offline", {"userId": "ada"})]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_statuses_are_entered_in_their_order_however_slow_the_first(world: World) -> None:
    """Who is offline has her row changed, which others may hold; who is online has not."""
    outside, ada = contextvars.copy_context(), world.node.presence
    await world.node.people.known("ada")

    async with asyncio.TaskGroup() as tasks, in_transaction():
        await journal.hold(["ada"])
        going = presence.changed(world.node, "ada", is_online=False)
        tasks.create_task(going, context=outside)
        await until_waiting(world)
        await ada.connected("ada", "tab")
        coming = presence.changed(world.node, "ada", is_online=True)
        tasks.create_task(coming, context=outside)
        while len(world.heard(StatusChanged)) < 2:  # noqa: ASYNC110 - it asks the database first
            await asyncio.sleep(0)

    entered = await Outbox.filter(kind=WEBHOOK).order_by("id")
    assert [row.body["type"] for row in entered] == ["user.offline", "user.online"]


async def test_the_longest_id_has_a_key(world: World) -> None:
    await world.node.presence.connected("é" * 64, "tab")
    await presence.changed(world.node, "é" * 64, is_online=True)
    await notifications.notify(world.node, ["é" * 64], Notice("LIKE", text="Nice"))

    assert len(await told()) == 2


async def test_nothing_is_entered_where_nobody_wants_it(database: Database) -> None:
    world = World(database)
    pair = await conversations.start(world.actor("ada"), "bob")
    said = await world.say("ada", pair.id, "Hi")
    await messages.edit(world.actor("ada"), said.id, "Ho")
    await world.stop()

    assert not await Outbox.exists()


async def test_what_is_rolled_back_is_told_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    said = await world.say("ada", pair.id, "Hi")
    before = await told()
    real = Outbox.bulk_create

    async def fail(*given: Any, **more: Any) -> None:
        await real(*given, **more)
        raise OSError("the disk is full")

    monkeypatch.setattr(Outbox, "bulk_create", fail)
    with pytest.raises(OSError, match="full"):
        await messages.edit(world.actor("ada"), said.id, "Ho")

    assert await told() == before
    assert (await Message.get(id=said.id)).content == "Hi"


async def test_what_of_a_deleted_user_was_not_sent_is_sent_no_more(world: World) -> None:
    group = await world.group("ada", "bob")
    await world.say("ada", group.id, "A secret")
    await world.say("bob", group.id, "Oh")

    await deletion.delete(world.node, "ada")

    kinds = [name for name, _ in await told()]
    assert "A secret" not in str(await told())
    assert kinds.count("message.sent") == 1
    assert {"message.deleted", "participant.removed"} <= set(kinds)


async def test_nothing_dead_keeps_the_words_of_a_deleted_message(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    said = await world.say("ada", pair.id, "A secret")
    await Outbox.filter(message_id=said.id).update(kind=WEBHOOK_DEAD)

    await messages.delete(world.actor("ada"), said.id)

    assert not await Outbox.exists(kind=WEBHOOK_DEAD)
    assert (await told())[-1][0] == "message.deleted"


@pytest.mark.parametrize("wakes", [None, timedelta(seconds=5)])
async def test_each_way_of_the_writer_enters_each_message_once(
    database: Database, wakes: timedelta | None
) -> None:
    chat = Chat(database, wakes=wakes, tells=("a", "b"))
    pair = await chat.between("ada", "bob")

    await chat.send(pair, "ada", "one", client_id="one")
    await chat.send(pair, "ada", "one", client_id="one")
    twice = [chat.draft(pair, "ada", "two", client_id="two") for _ in range(2)]
    await chat.send_all([*twice, *(chat.draft(pair, "ada", f"{n}") for n in range(20))])
    await chat.writer.stop()

    stored = await Message.all().order_by("seq")
    for endpoint in ("a", "b"):
        rows = await Outbox.filter(target=endpoint).order_by("order_no")
        assert [row.body["data"]["seq"] for row in rows] == list(range(1, 23))
        assert [row.message_id for row in rows] == [each.id for each in stored]
        assert [row.order_no for row in rows] == [each.change for each in stored]
        assert {row.order_key for row in rows} == {str(pair.id)}
        assert all(row.expires_at == row.created_at + LIFE for row in rows)
        assert [row.created_at for row in rows] == [each.created_at for each in stored]


@pytest.mark.parametrize("carefully", [False, True])
async def test_what_is_said_after_a_time_yet_to_come_is_told_at_once(
    database: Database, carefully: bool
) -> None:
    """A node's clock was ahead, or an import brought dates of another zone without their offset."""
    chat = Chat(database, tells=("crm",))
    pair = await chat.between("ada", "bob")
    ahead = now() + timedelta(hours=9)
    version = pair.version + carefully  # what the sender knows is late then
    await Conversation.filter(id=pair.id).update(last_message_at=ahead, version=version)

    written = await chat.send(pair, "ada")
    await chat.writer.stop()

    (row,) = await turns.take("crm", "w", 9, now())
    assert row.created_at == written.message.created_at == ahead
    assert row.expires_at <= now() + LIFE


async def enter(key: str, number: int, endpoint: str = "crm", **more: Any) -> UUID:
    at = more.pop("at", now())
    row = Outbox(
        id=new_id(),
        kind=WEBHOOK,
        target=endpoint,
        order_key=key,
        order_no=number,
        body={"type": "message.sent", "data": {}},
        due_at=at,
        expires_at=at + LIFE,
        created_at=at,
        **more,
    )
    await row.save(force_create=True)
    return row.id


async def test_the_first_of_each_order_is_taken(database: Database) -> None:
    await enter("a", 9)
    first = [await enter("a", 3), await enter("b", 1)]
    await enter("a", 1, endpoint="another")
    await enter("c", 1, at=now() + timedelta(seconds=9))
    await enter("c", 2)

    taken = await turns.take("crm", "w", 64, now())

    assert [row.id for row in taken] == first
    assert not await turns.take("crm", "another", 64, now())


async def test_what_comes_behind_follows_what_was_taken(database: Database) -> None:
    await enter("a", 1)
    second = await enter("a", 2)
    await enter("b", 1)
    (first, _) = await turns.take("crm", "w", 64, now())

    following = await turns.follow(first, now())

    assert following is not None
    assert (following.id, following.holder) == (second, "w")
    assert not await turns.take("crm", "another", 64, now())
    assert await turns.follow(following, now()) is None
    assert await Outbox.all().count() == 1


async def test_nothing_overtakes_what_is_tried_again(database: Database) -> None:
    await enter("a", 1)
    (first,) = await turns.take("crm", "w", 64, now())
    await enter("a", 2)
    assert not await turns.take("crm", "another", 64, now())

    later = now() + timedelta(seconds=60)
    assert await turns.again(first, later, {"status": 503})
    assert not await turns.take("crm", "another", 64, now())

    (taken,) = await turns.take("crm", "another", 64, later)
    assert (taken.order_no, taken.attempts, taken.answer) == (1, 1, {"status": 503})
    assert not await turns.again(first, later, {"status": 503})
    assert await turns.follow(first, later) is None


async def test_what_was_tried_before_follows_nothing_before_its_time(database: Database) -> None:
    dead = await enter("a", 1)
    await Outbox.filter(id=dead).update(kind=WEBHOOK_DEAD)
    await enter("a", 2, at=now() + timedelta(seconds=60))
    await enter("a", 3)
    assert await turns.resend(now(), [dead]) == 1

    (taken,) = await turns.take("crm", "w", 64, now())

    assert taken.order_no == 1
    assert await turns.follow(taken, now()) is None
    assert not await turns.take("crm", "w", 64, now())


async def test_workers_share_orders_and_split_none(database: Database) -> None:
    for number in range(1, 4):
        for key in "abcdefgh":
            await enter(key, number)

    taken = await asyncio.gather(*(turns.take("crm", f"w{n}", 3, now()) for n in range(6)))

    rows = [row for of_one in taken for row in of_one]
    assert {row.order_no for row in rows} == {1}
    assert len({row.order_key for row in rows}) == len(rows)


async def test_many_orders_have_their_turns_one_after_the_other(database: Database) -> None:
    for key in "abcde":
        await enter(key, 1)
        await enter(key, 2)
    source = OfEndpoint("crm")
    seen = []
    for _ in range(5):
        taken = await source.take("w", 2, now())
        seen.append("".join(str(row.order_key) for row in taken))
        for row in taken:
            await turns.let_go(row, now())

    assert seen == ["ab", "cd", "e", "ab", "cd"]


async def test_a_dead_workers_part_is_due_again(database: Database) -> None:
    await enter("a", 1)
    await enter("a", 2)
    (before,) = await turns.take("crm", "the dead", 64, now())

    (after,) = await turns.take("crm", "another", 64, now() + LEASE)

    assert before.id == after.id
    assert await turns.follow(before, now()) is None
    second = await turns.follow(after, now() + LEASE)
    assert second is not None
    assert second.order_no == 2


BACKLOG = """
    INSERT INTO outbox (id, kind, target, order_key, order_no, body, due_at, expires_at, created_at)
    SELECT md5('w' || n)::uuid, 'webhook', 'crm', 'k' || (n % {orders}), n, '{{}}',
        now() - interval '1 hour', now() + interval '1 day', now() FROM generate_series(1, 60000) n
"""


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("orders", [8, 30_000])
async def test_whose_turn_it_is_is_found_in_an_index_however_much_waits(
    database: Database, orders: int
) -> None:
    """A new database's planner, without statistics, takes any chance to read all of it."""
    query = re.sub(r"\?(\d)", r"$\1", turns.FIRST)
    async with database.client.acquire_connection() as connection:
        await connection.execute(BACKLOG.format(orders=orders))
        (told,) = await connection.fetchrow(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", "crm", "", now(), 64
        )

    (explained,) = orjson.loads(told)
    assert explained["Plan"]["Actual Rows"] == min(orders, 64)
    assert explained["Plan"]["Shared Hit Blocks"] < 2_000, told


async def test_what_waits_for_an_endpoint_keeps_no_push_waiting(database: Database) -> None:
    await enter("a", 1)
    at = now()
    await Outbox.create(id=new_id(), kind=PUSH, due_at=at, expires_at=at + LIFE, created_at=at)

    assert [row.kind for row in await outbox.take("w", [PUSH], 9, now())] == [PUSH]
    assert [row.kind for row in await turns.take("crm", "w", 9, now())] == [WEBHOOK]


async def test_a_sweep_buries_what_nobody_sends_and_forgets_the_dead(world: World) -> None:
    lost = await enter("a", 1, endpoint="gone", at=world.now)
    world.later(days=2)
    sweep = Retention(lambda: world.now, timedelta(days=30)).sweep

    await sweep()
    row = await Outbox.get(id=lost)
    assert (row.kind, row.expires_at) == (WEBHOOK_DEAD, world.now + turns.KEPT)
    await sweep()
    assert await Outbox.exists(id=lost)
    world.later(days=31)
    await sweep()
    assert not await Outbox.exists(id=lost)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_what_a_worker_takes_meanwhile_is_not_buried(world: World) -> None:
    """One starts after a day without any, while a node sweeps."""
    await enter("a", 1, at=world.now)
    world.later(days=2)
    outside = contextvars.copy_context()

    async with asyncio.TaskGroup() as tasks, in_transaction():
        (taken,) = await turns.take("crm", "w", 9, world.now)
        tasks.create_task(turns.bury_lost(world.now, 9), context=outside)
        await until_waiting(world)

    await turns.follow(taken, world.now)
    assert not await Outbox.exists()
