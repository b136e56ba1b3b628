"""Somebody with notifications, and whoever rings their alarms."""

from __future__ import annotations

from functools import partial

from realtime.delivery.one_by_one import OneByOne
from realtime.delivery.outbox import OutboxWorker
from realtime.domain import centre, notifications, snoozing, sync
from realtime.domain.centre import Counts
from realtime.domain.choosing import Choice, State
from realtime.domain.records import Notice, Notification
from realtime.domain.snoozing import SNOOZE
from tests.domain.world import World


async def tell(world: World, *user_ids: str, **notice: object) -> Notification:
    """The application tells them something; the first one's notification."""
    told = Notice(**{"type": "LIKE", "title": "Hello", **notice})  # type: ignore[arg-type]
    return (await notifications.notify(world.node, user_ids, told))[0]


async def titles(world: World, user_id: str, state: State = State.INBOX) -> list[str | None]:
    """What a list of the centre shows, the latest first."""
    found = await centre.page(world.actor(user_id), Choice(state=state), limit=100)
    return [each.title for each in found.items]


async def badge(world: World, user_id: str) -> Counts:
    return await centre.counts(world.actor(user_id))


async def ring(world: World, workers: int = 1) -> int:
    """Let workers look at the outbox once each; how many alarms they took."""
    rings = [
        OutboxWorker({SNOOZE: OneByOne(partial(snoozing.ring, world.node))}, world.node.clock)
        for _ in range(workers)
    ]
    taken = [await worker.work() for worker in rings]
    for worker in rings:
        await worker.finish()
    return sum(taken)


async def cursor(world: World, user_id: str) -> str:
    return (await sync.begin(world.actor(user_id))).cursor


async def synced(world: World, user_id: str, since: str) -> list[str]:
    """The names of what a sync tells."""
    found = await sync.since(world.actor(user_id), since, limit=500)
    return [type(change.event).__name__ for change in found.changes]
