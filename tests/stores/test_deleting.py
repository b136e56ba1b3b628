"""A user, or what is old, is deleted while others are busy with it: on PostgreSQL, where two
transactions can each wait for the other."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import clearing, deletion, journal, messages, notifications
from realtime.domain.messages import Content
from realtime.domain.records import Notice
from realtime.models import Notification
from realtime.stores.retention import Forget
from tests.domain.world import World
from tests.patience import PATIENCE
from tests.stores.chat import waiting_for_a_lock


@pytest.fixture
def kind() -> str:
    """SQLite has one writer at a time."""
    return "postgres"


async def writes_to_bob(world: World) -> None:
    for _ in range(2):
        await messages.send_to(world.actor("ada"), "bob", Content("Hi"))


async def writes_to_a_group(world: World) -> None:
    choir = await world.group("ada", "bob")
    for _ in range(2):
        await world.say("ada", choir.id, "Hi")


async def likes_what_bob_did(world: World) -> None:
    for post in ("post 1", "post 2"):
        await world.node.people.known("ada")
        like = Notice("LIKE", title="A like", actor_id="ada", group_key=post)
        await notifications.notify(world.node, ["bob"], like)


Does = Callable[[World], Awaitable[None]]


@pytest.mark.parametrize(
    ("does", "rows"),
    [(writes_to_bob, 500), (writes_to_bob, 0), (writes_to_a_group, 500), (likes_what_bob_did, 500)],
    ids=["a pair", "a long pair", "a group", "likes"],
)
async def test_whoever_changes_what_is_his_has_all_of_it_while_she_is_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch, does: Does, rows: int
) -> None:
    monkeypatch.setattr(deletion, "ROWS", rows)
    await does(world)
    outside = contextvars.copy_context()

    async with asyncio.TaskGroup() as tasks, in_transaction():
        await journal.hold(["bob"])
        gone = tasks.create_task(deletion.delete(world.node, "ada"), context=outside)
        await until_it_waits(world, gone)
        his = await Notification.filter(user_id="bob").select_for_update(nowait=True)
        assert len(his) == 2

    assert not await Notification.exists()


async def forget_read(before: datetime, most: int) -> int:
    return await clearing.Read().forget(before, most)


@pytest.mark.parametrize("forget", [forget_read, clearing.forget_old, clearing.forget_expired])
async def test_whoever_changes_what_is_his_has_all_of_it_while_what_is_old_goes(
    world: World, forget: Forget
) -> None:
    await writes_to_bob(world)
    await Notification.all().update(read_at=world.now, expires_at=world.now)
    before, outside = world.now + timedelta(days=732), contextvars.copy_context()

    async with asyncio.TaskGroup() as tasks, in_transaction():
        await journal.hold(["bob"])
        gone = tasks.create_task(forget(before, 9), context=outside)
        await until_it_waits(world, gone)
        his = await Notification.filter(user_id="bob").select_for_update(nowait=True)
        assert len(his) == 2

    assert gone.result() == 2
    assert not await Notification.exists()


async def until_it_waits(world: World, task: asyncio.Task[Any]) -> None:
    """Or is done, without having waited."""
    async with asyncio.timeout(PATIENCE):
        while not task.done() and not await waiting_for_a_lock(world):
            await asyncio.wait({task}, timeout=0.01)
