"""Who counted as present while messages were sent to her, and was not, is told of each once."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import (
    blocks,
    conversations,
    deletion,
    messages,
    preferences,
    receipts,
    unaware,
)
from realtime.domain.events import NotificationCreated
from realtime.domain.records import Conversation, Message
from realtime.models import Journal, Notification
from realtime.models import Message as Row
from tests.domain.world import World
from tests.patience import PATIENCE
from tests.stores.chat import until_waiting


@pytest.fixture
async def choir(world: World) -> Conversation:
    """Bob has it open, with a tab that has just died."""
    made = await world.group("ada", "bob", "eve")
    for user_id in ("ada", "bob", "eve"):
        await world.node.joined.join(made.id, user_id, f"{user_id}'s tab")
    return made


async def said(world: World, choir: Conversation, *texts: str) -> list[Message]:
    return [await world.say("ada", choir.id, text) for text in texts]


async def bob_is_told(world: World, choir: Conversation, *changes: int) -> list[str | None]:
    """The texts of what he is told now."""
    before = len(world.told)
    await unaware.tell(world.node, "bob", choir.id, changes)
    new = [each for each in world.told[before:] if isinstance(each, NotificationCreated)]
    assert all(each.order == ("user:bob", each.change) for each in new)
    return [each.notification.text for each in new]


async def test_each_message_makes_one_notification_however_often_that_is_asked(
    world: World, choir: Conversation
) -> None:
    sent = await said(world, choir, "One", "Two")
    changes = [each.change for each in sent]

    await asyncio.gather(*(unaware.tell(world.node, "bob", choir.id, changes) for _ in range(3)))

    assert [each.notification.text for each in world.heard(NotificationCreated)] == ["One", "Two"]
    assert await bob_is_told(world, choir, *changes) == []
    rows = await Notification.filter(user_id="bob").order_by("created_at")
    assert [(row.type, row.message_id, row.in_group) for row in rows] == [
        ("NEW_MESSAGE", each.id, True) for each in sent
    ]
    entries = await Journal.filter(user_id="bob", kind="notified").order_by("change")
    assert [entry.ids for entry in entries] == [[str(row.id)] for row in rows]


async def test_what_he_has_read_written_or_does_not_want_makes_none(
    world: World, choir: Conversation
) -> None:
    (read,) = await said(world, choir, "Read")
    await receipts.mark_read(world.actor("bob"), choir.id)
    gone, kept = await said(world, choir, "Gone", "Kept")
    await messages.delete(world.actor("ada"), gone.id)
    own = await world.say("bob", choir.id, "Own")
    blocked = await world.say("eve", choir.id, "Blocked")
    await blocks.block(world.actor("bob"), "eve")
    changes = [each.change for each in (read, gone, kept, own, blocked)]

    assert await bob_is_told(world, choir, *changes, 1, 99) == ["Kept"]

    (later,) = await said(world, choir, "Later")
    await preferences.change(world.actor("bob"), {"notifyOnNewMessage": False})
    assert await bob_is_told(world, choir, later.change) == []


@pytest.mark.parametrize("kind", ["postgres"])
async def test_who_is_told_of_what_another_takes_away_locks_nobody_out(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    await world.node.joined.join(pair.id, "bob", "bob's tab")
    sent = await world.say("ada", pair.id, "One")
    held, deleting = asyncio.Event(), asyncio.Event()

    async def deletes() -> None:
        await held.wait()
        await deletion.delete(world.node, "ada")

    async def is_told() -> None:
        await deleting.wait()
        await unaware.tell(world.node, "bob", pair.id, [sent.change])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deletes())
        tasks.create_task(is_told())
        async with in_transaction():
            await Row.filter(id=sent.id).select_for_update()
            held.set()
            await until_waiting(world)
            deleting.set()
            await until_waiting(world, 2)

    assert not await Notification.exists()


async def test_who_takes_part_no_more_is_told_nothing(world: World, choir: Conversation) -> None:
    (one,) = await said(world, choir, "One")

    await unaware.tell(world.node, "zoe", choir.id, [one.change])
    await unaware.tell(world.node, "bob", one.id, [one.change])

    assert await Notification.all().count() == 0


async def test_nobody_waits_for_another_who_is_told_of_the_same_message(
    world: World, choir: Conversation
) -> None:
    """What a hundred were told one after the other, each with a connection, nobody else had."""
    (one,) = await said(world, choir, "One")
    if not world.on_postgres:
        return  # where one writes at a time anyway
    outside = copy_context()
    async with in_transaction():
        assert await unaware._unread("bob", choir.id, [one.change])
        eve = asyncio.create_task(
            unaware.tell(world.node, "eve", choir.id, [one.change]), context=outside
        )
        await asyncio.wait_for(eve, PATIENCE)

    assert await Notification.filter(user_id="eve").count() == 1


async def test_whoever_deletes_it_waits_for_who_is_told_of_it(
    world: World, choir: Conversation
) -> None:
    (one,) = await said(world, choir, "One")
    outside = copy_context()
    async with in_transaction():
        assert await unaware._unread("bob", choir.id, [one.change])
        gone = asyncio.create_task(messages.delete(world.actor("ada"), one.id), context=outside)
        await asyncio.wait({gone}, timeout=0.2)
        assert not gone.done()
    await gone
