"""The notification centre where many act at once, on both databases, and where there is much."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import (
    announcements,
    broadcasts,
    centre,
    clearing,
    deletion,
    journal,
    notifications,
    outbox,
    snoozing,
)
from realtime.domain.centre import Counts, Wish
from realtime.domain.choosing import Choice, State
from realtime.domain.events import NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.places import Place
from realtime.domain.records import Notice
from realtime.domain.snoozing import SNOOZE
from realtime.models import Broadcast, BroadcastTouch, Notification
from tests.domain.centre import badge, ring, tell, titles
from tests.domain.world import World
from tests.statements import heard
from tests.stores.chat import until_waiting

LIKED = Notice("LIKE", title="liked", group_key="post:7", group_title="{count} likes")


async def test_twelve_who_like_at_once_make_one_row(world: World) -> None:
    likes = [replace(LIKED, actor_id=f"user{number}") for number in range(12)]

    await asyncio.gather(*(notifications.notify(world.node, ["bob"], each) for each in likes))

    (row,) = await Notification.all()
    assert (row.group_count, row.title) == (12, "12 likes")


async def test_reading_counting_and_moving_at_once_lock_nobody_out(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob", group_key="post:7")
    await announcements.broadcast(world.node, Notice("NEWS", title="News"))
    await asyncio.gather(
        *(notifications.notify(world.node, ["bob"], replace(LIKED, actor_id=f"user{number}"))
          for number in range(6)),
        *(notifications.mark_read(bob, made.id) for _ in range(3)),
        *(centre.change(bob, made.id, Wish(place=Place.ARCHIVED)) for _ in range(3)),
        *(notifications.mark_all_read(bob) for _ in range(3)),
        *(centre.see_all(bob) for _ in range(3)),
    )  # fmt: skip

    assert await titles(world, "bob", State.ARCHIVED) == ["Hello"]
    assert await BroadcastTouch.all().count() == 1
    await notifications.mark_all_read(bob)
    assert await badge(world, "bob") == Counts(0, 0, 0)


async def test_an_alarm_that_two_workers_hold_rings_once(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    until = world.now + timedelta(hours=1)
    await centre.change(bob, made.id, Wish(place=Place.SNOOZED, until=until))
    world.later(hours=1)
    world.told.clear()

    await asyncio.gather(*(ring(world) for _ in range(4)))

    assert len(world.heard(NotificationCreated)) == 1
    assert await outbox.next_due([SNOOZE]) is None


@pytest.mark.parametrize("kind", ["postgres"])
async def test_an_alarm_that_rings_while_she_moves_it_locks_nobody_out(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    until = world.now + timedelta(hours=1)
    await centre.change(bob, made.id, Wish(place=Place.SNOOZED, until=until))
    world.later(hours=1)
    (alarm,) = await outbox.take("w", [SNOOZE], 1, world.now)
    moving = asyncio.Event()

    async def rings() -> None:
        await moving.wait()
        await snoozing.ring(world.node, alarm)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rings())
        async with in_transaction():
            await journal.hold(["bob"])
            moving.set()
            await until_waiting(world)
            row = await Notification.get(id=made.id)
            row.snoozed_until = world.now + timedelta(hours=1)
            await snoozing.set_alarm(row, world.now)

    assert await outbox.next_due([SNOOZE]) == row.snoozed_until


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_socket_that_is_shown_what_another_reads_locks_nobody_out(world: World) -> None:
    bob = world.actor("bob")
    made = [await tell(world, "bob") for _ in range(3)]
    busy, waiting = asyncio.Event(), asyncio.Event()

    async def shows() -> None:
        await busy.wait()
        await notifications.unshown(bob, limit=50)

    async def reads() -> None:
        await waiting.wait()
        await notifications.mark_all_read(bob)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(shows())
        tasks.create_task(reads())
        async with in_transaction():
            await Notification.filter(id=made[1].id).select_for_update()
            busy.set()
            await until_waiting(world)
            waiting.set()
            await until_waiting(world, 2)

    assert await badge(world, "bob") == Counts(0, 0, 0)
    assert not await Notification.filter(shown_at=None)


@pytest.mark.parametrize("many", [10, 2_000])
async def test_pages_and_badges_ask_as_much_however_many_there_are(world: World, many: int) -> None:
    await world.node.people.known("bob")
    bob, told = world.actor("bob"), {"user_id": "bob", "type": "X", "created_at": world.now}
    made = [Notification(id=new_id(), **told) for _ in range(many)]
    await Notification.bulk_create(made, batch_size=500)
    await announcements.broadcast(world.node, Notice("NEWS", title="News"))
    await world.work.finish()

    asked = []
    for read in (
        centre.counts(bob),
        centre.page(bob, Choice(), limit=5),
        centre.page(bob, Choice(before=made[-1].id), limit=5),
        notifications.count(bob, Choice(read=False)),
    ):
        with heard() as statements:
            await read
        asked.append(len(statements))

    # Of what is remembered for a moment some may be asked for again.
    assert asked in ([2, 5, 4, 3], [2, 5, 5, 3])


async def test_a_broadcast_asks_as_much_however_many_are_known(world: World) -> None:
    asked = []
    for crowd in (10, 1_500):
        await world.node.people.all_known([f"user{number}" for number in range(crowd)])
        with heard() as statements:
            await announcements.broadcast(world.node, Notice("NEWS", title="News"))
            await world.work.finish()
        asked.append(len(statements))

    assert asked[0] == asked[1]
    assert await Notification.all().count() == 0
    made = (await broadcasts.untouched(world.actor("user1499")))[0]
    assert made.row.user_id == "user1499"


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("withdrawn", [True, False])
async def test_what_she_reads_while_it_is_taken_back_is_nobodys(
    world: World, withdrawn: bool
) -> None:
    bob, outside = world.actor("bob"), contextvars.copy_context()
    await world.node.people.known("bob")
    told = Notice("NEWS", title="Ada has moved", actor_id="ada")
    made = await announcements.broadcast(world.node, told)
    await world.work.finish()

    async with asyncio.TaskGroup() as tasks, in_transaction():
        assert await broadcasts.touch(bob, lambda _: True) == 1
        if withdrawn:
            tasks.create_task(announcements.withdraw(world.node, made.id), context=outside)
        else:
            tasks.create_task(deletion.delete(world.node, "ada"), context=outside)
        await until_waiting(world)

    assert not await Notification.exists()
    assert not await BroadcastTouch.exists()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_what_is_taken_back_while_she_reads_it_is_not_there(world: World) -> None:
    bob, outside = world.actor("bob"), contextvars.copy_context()
    await world.node.people.known("bob")
    made = await announcements.broadcast(world.node, Notice("NEWS", title="News"))
    await world.work.finish()

    async with asyncio.TaskGroup() as tasks:
        async with in_transaction():
            await Broadcast.filter(id=made.id).update(expires_at=world.now)
            reading = tasks.create_task(broadcasts.touch(bob, lambda _: True), context=outside)
            await until_waiting(world)
        assert await announcements.withdraw(world.node, made.id) == await reading == 0

    assert not await Notification.exists()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_what_she_archives_while_a_sweep_finds_it_stays(world: World) -> None:
    bob, outside = world.actor("bob"), contextvars.copy_context()
    made = await tell(world, "bob")
    world.later(days=366)

    async with asyncio.TaskGroup() as tasks, in_transaction():
        await centre.change(bob, made.id, Wish(place=Place.ARCHIVED))
        tasks.create_task(clearing.forget_old(world.now + timedelta(days=366), 9), context=outside)
        await until_waiting(world)

    assert await titles(world, "bob", State.ARCHIVED) == ["Hello"]
