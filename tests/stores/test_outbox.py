"""What is to be pushed is committed with its cause, and taken by one worker at a time."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from realtime.delivery import outstanding
from realtime.delivery.metrics import OUTSTANDING
from realtime.delivery.one_by_one import OneByOne
from realtime.delivery.outbox import LOOK_EVERY, LOOK_SOON, OutboxWorker, Work
from realtime.domain import decisions, notifications, outbox, push
from realtime.domain.actor import Rules
from realtime.domain.decisions import Decisions
from realtime.domain.ids import new_id
from realtime.domain.outbox import LEASE, LIFE, PUSH, WEBHOOK, WEBHOOK_DEAD
from realtime.domain.push import SILENT_FOR
from realtime.domain.records import Notice
from realtime.domain.settings import Pushing
from realtime.domain.waking import Decided, Verdict
from realtime.models import Decision, Notification, Outbox, Preferences, PushSubscription, User, raw
from realtime.stores.database import Database
from realtime.stores.retention import Retention
from tests.domain.world import World
from tests.stores.chat import Chat, now, until_waiting

WAIT = timedelta(seconds=5)


@pytest.fixture
async def chat(database: Database) -> AsyncIterator[Chat]:
    """A writer that pushes."""
    chat = Chat(database, wakes=WAIT)
    yield chat
    await chat.writer.stop()


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    made = World(database, Rules(pushing=Pushing(on=True, wait=WAIT)))
    yield made
    await made.stop()


async def subscribe(user_id: str, name: str = "phone") -> PushSubscription:
    await User.get_or_create(id=user_id)
    return await PushSubscription.create(
        id=new_id(),
        user_id=user_id,
        endpoint=f"https://push.example/{user_id}/{name}",
        p256dh="",
        auth="",
        dialect="conversations",
    )


async def test_a_message_is_to_be_pushed_to_those_with_a_subscription(chat: Chat) -> None:
    group = await chat.between("ada", "bob", "eve")
    await subscribe("bob")
    await subscribe("bob", "laptop")
    await subscribe("ada")

    message = (await chat.send(group, "ada")).message

    (row,) = await Outbox.all()
    told = await Notification.get(user_id="bob")
    assert (row.kind, row.user_id, row.message_id) == (PUSH, "bob", message.id)
    assert row.id == row.notification_id == told.id
    assert row.due_at == message.created_at + WAIT
    assert row.expires_at == message.created_at + LIFE


async def test_a_retry_a_batch_and_the_careful_way_push_each_message_once(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    await subscribe("bob")

    await chat.send(pair, "ada", client_id="one")
    await chat.send(pair, "ada", client_id="one")
    twice = [chat.draft(pair, "ada", client_id="two") for _ in range(2)]
    await chat.send_all([*twice, *(chat.draft(pair, "ada") for _ in range(20))])

    told = await Notification.filter(user_id="bob").values_list("id", flat=True)
    assert sorted(await Outbox.all().values_list("id", flat=True)) == sorted(told)
    assert len(told) == 22


async def test_who_wants_no_notification_of_messages_gets_no_push(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    await subscribe("bob")
    await Preferences.create(user_id="bob", choices={"notifyOnNewMessage": False})

    await chat.send(pair, "ada")
    await chat.send_all([chat.draft(pair, "ada", client_id="c") for _ in range(2)])

    assert not await Outbox.exists()


async def test_where_nothing_is_pushed_nothing_is_entered(database: Database) -> None:
    chat = Chat(database)
    pair = await chat.between("ada", "bob")
    await subscribe("bob")

    await chat.send(pair, "ada")
    await chat.writer.stop()

    assert not await Outbox.exists()


async def test_a_notification_is_to_be_pushed_until_it_expires(world: World) -> None:
    await subscribe("bob")
    soon = world.now + timedelta(hours=1)

    await notifications.notify(
        world.node, ["bob", "eve"], Notice("LIKE", text="Hi", expires_at=soon)
    )

    (row,) = await Outbox.all()
    assert (row.user_id, row.message_id, row.expires_at) == ("bob", None, soon)
    assert row.due_at == world.now + WAIT


async def test_what_is_rolled_back_is_not_pushed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe("bob")

    async def fail(*_: object) -> dict[str, int]:
        raise OSError("the disk is full")

    monkeypatch.setattr("realtime.domain.journal.record_own", fail)
    with pytest.raises(OSError, match="full"):
        await notifications.notify(world.node, ["bob"], Notice("LIKE", text="Hi"))

    assert not await Outbox.exists()
    assert not await Notification.exists()


async def waiting(count: int) -> list[Outbox]:
    at = now()
    rows = [
        Outbox(id=new_id(), kind=PUSH, due_at=at, expires_at=at + LIFE, created_at=at)
        for _ in range(count)
    ]
    await Outbox.bulk_create(rows)
    return rows


async def test_workers_share_what_is_due(database: Database) -> None:
    rows = await waiting(50)

    taken = await asyncio.gather(*(outbox.take(f"worker {n}", [PUSH], 10, now()) for n in range(8)))

    ids = [row.id for of_one in taken for row in of_one]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {row.id for row in rows}
    left = await outbox.take("the last", [PUSH], 50, now())
    assert len(ids) + len(left) == 50


async def test_what_is_not_due_or_of_another_kind_is_left(database: Database) -> None:
    await waiting(1)

    assert not await outbox.take("w", [PUSH], 9, now() - timedelta(seconds=9))
    assert not await outbox.take("w", ["webhook"], 9, now())


async def test_a_monitor_is_told_what_waits_and_nobody_has_taken(database: Database) -> None:
    dead, untaken, taken, *_ = await waiting(5)
    await Outbox.filter(id=dead.id).update(kind=WEBHOOK_DEAD)
    await Outbox.filter(id=untaken.id).update(kind=WEBHOOK, target="shop")
    await Outbox.filter(id=taken.id).update(due_at=taken.due_at + LEASE)

    await outstanding.look(now)

    told = {kind: OUTSTANDING.labels(kind)._value.get() for kind in outbox.WAITING}
    assert told == {PUSH: 2, WEBHOOK: 1, WEBHOOK_DEAD: 1}


async def test_what_a_monitor_is_told_has_an_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_COUNTED", 3)
    await waiting(5)

    assert (await outbox.waiting(now()))[PUSH] == 3


async def test_a_dead_workers_part_is_due_again_and_hers_no_more(world: World) -> None:
    await waiting(1)
    (before,) = await outbox.take("the dead", [PUSH], 9, now())
    assert not await outbox.take("another", [PUSH], 9, now())

    (after,) = await outbox.take("another", [PUSH], 9, now() + LEASE)

    assert before.id == after.id
    assert not await outbox.finish(before)
    assert not await outbox.put_back([before], now())
    assert not await outbox.look_again([before], now())
    assert not await outbox.try_again(before, now())
    read, later = Decided(Verdict.READ), Decided(Verdict.LATER)
    for made in (
        Decisions(going=[(before, [new_id()])]),
        Decisions(ended=[(before, read)]),
        Decisions(later=[(before, later)]),
    ):
        await decisions.carry_out(world.node, made)
    assert [row.subscription_id for row in await Outbox.all()] == [None]
    assert not await Decision.exists()
    assert await outbox.finish(after)
    assert not await Outbox.exists()


async def test_what_one_worker_held_too_long_and_took_again_is_its_own_once(world: World) -> None:
    taken: list[Outbox] = []

    class Holding:
        def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
            taken.extend(rows)
            return ()

        async def close(self) -> None:
            pass

    worker = OutboxWorker({PUSH: Holding()}, world.node.clock)
    (row,) = await waiting(1)
    await Outbox.filter(id=row.id).update(due_at=world.now)
    await worker.work()
    world.now += LEASE  # the process slept, or a clock was set
    await worker.work()

    before, after = taken
    assert before.id == after.id
    assert not await outbox.go_on(before, {"after": "bob"})
    assert not await outbox.finish_all([before])
    assert await outbox.finish_all([after])
    await worker.stop()


async def test_who_had_something_to_do_looks_again_soon(world: World) -> None:
    class Doing:
        def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
            return [Work(self._end(row)) for row in rows]

        async def _end(self, row: Outbox) -> None:
            await outbox.finish(row)

        async def close(self) -> None:
            pass

    worker = OutboxWorker({PUSH: Doing()}, now)
    idle = await worker._turn()
    await waiting(1)
    await worker._turn()
    await worker.finish()

    pauses = [await worker._turn() for _ in range(9)]

    assert idle == LOOK_EVERY
    assert pauses[0] == LOOK_SOON
    assert pauses == sorted(pauses)
    assert pauses[-1] == LOOK_EVERY
    await worker.stop()


async def test_what_is_done_one_after_the_other_keeps_nothing_else_when_it_fails(
    world: World,
) -> None:
    doing = 0

    async def do(row: Outbox) -> None:
        nonlocal doing
        doing += 1
        assert doing == 1
        await asyncio.sleep(0)
        doing -= 1
        if row.id == bad.id:
            raise ValueError
        await outbox.finish(row)

    bad, *_ = await waiting(5)
    await Outbox.filter(id=bad.id).update(due_at=now() - timedelta(hours=1))  # the first to be done
    worker = OutboxWorker({PUSH: OneByOne(do)}, now)

    assert await worker.work() == 5
    await worker.finish()

    assert [row.id for row in await Outbox.all()] == [bad.id]
    await worker.stop()


async def test_a_push_becomes_one_for_each_browser(world: World) -> None:
    await waiting(1)
    (row,) = await outbox.take("w", [PUSH], 9, now())
    browsers = [new_id(), new_id()]

    await decisions.carry_out(world.node, Decisions(going=[(row, browsers)]))

    rows = await Outbox.all()
    assert sorted(each.subscription_id for each in rows if each.subscription_id) == browsers
    assert {each.holder for each in rows} == {None}
    assert {each.expires_at for each in rows} == {row.expires_at}


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(("query", "values"), [(outbox.LOST, 2), (outbox.DUE, 1)])
async def test_what_is_over_and_what_is_due_are_found_in_an_index_beside_many_webhooks(
    database: Database, query: str, values: int
) -> None:
    kinds = [[PUSH]] if query == outbox.DUE else []

    plan = await raw.rows(f"EXPLAIN QUERY PLAN {query}", *kinds, *[now()] * values, 500)

    assert "INDEX idx_outbox_due (due_at<?)" in plan[0]["detail"]


async def test_a_sweep_lets_go_of_what_is_over(world: World) -> None:
    silent, failing, once, alive = [await subscribe("bob", name) for name in "abcd"]
    long = timedelta(days=91)
    await PushSubscription.filter(id=silent.id).update(last_seen_at=world.now - long)
    for each in (failing, once):
        await PushSubscription.filter(id=each.id).update(failing_since=world.now - long)
    await PushSubscription.exclude(id=silent.id).update(last_seen_at=world.now)
    await notifications.notify(world.node, ["bob"], Notice("LIKE", text="Old"))
    world.later(days=2)
    await notifications.notify(world.node, ["bob"], Notice("LIKE", text="New"))
    (old, new) = await Outbox.all().order_by("id")
    for row, age in ((old, 2), (new, 0)):
        at = world.now - timedelta(days=age)
        await decisions.note(row, Decided(Verdict.QUIET), at)
    tried = Outbox(user_id="bob", notification_id=new.id, subscription_id=failing.id)
    await decisions.note(tried, Decided(Verdict.AGAIN), world.now)

    await Retention(lambda: world.now, timedelta(days=30)).sweep()

    left = await PushSubscription.all().order_by("id")
    assert [row.id for row in left] == [once.id, alive.id]
    assert [row.id for row in await Outbox.all()] == [new.id]
    assert {row.notification_id for row in await Decision.all()} == {new.notification_id}


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_browser_whose_page_is_loaded_while_a_sweep_finds_it_stays(world: World) -> None:
    silent, outside = await subscribe("bob"), contextvars.copy_context()
    world.now = silent.created_at + SILENT_FOR + timedelta(days=1)

    async with asyncio.TaskGroup() as tasks, in_transaction():
        await PushSubscription.filter(id=silent.id).update(last_seen_at=world.now)
        tasks.create_task(push.forget(world.now, 9), context=outside)
        await until_waiting(world)

    assert await PushSubscription.exists(id=silent.id)
