"""Old notifications go, and what she archived or snoozed stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from realtime.domain import centre, clearing, decisions, journal, notifications, outbox
from realtime.domain.centre import Wish
from realtime.domain.ids import earliest_at, new_id
from realtime.domain.places import Place
from realtime.domain.settings import NotificationSettings
from realtime.models import Broadcast, Notification
from realtime.stores.retention import Retention
from tests.domain.centre import ring, tell, titles
from tests.domain.world import World


def row(at: datetime, number: int, **more: object) -> Notification:
    id_ = type(earliest_at(at))(int=earliest_at(at).int + number)
    return Notification(id=id_, user_id="bob", type="X", created_at=at, **more)


async def test_what_is_old_goes_step_by_step(world: World) -> None:
    await world.node.people.known("bob")
    now = world.now
    day = timedelta(days=1)
    read, kept = {"read_at": now}, []
    gone = [row(now - 91 * day, number, title="read", **read) for number in range(700)]
    gone += [
        row(now - 91 * day, 900, title="dismissed", dismissed_at=now, **read),
        row(now - 366 * day, 901, title="very old"),
        row(now - 3 * day, 902, title="expired", expires_at=now - 2 * day),
    ]
    kept += [
        row(now - 400 * day, 1000, title="archived", archived_at=now, **read),
        row(now - 400 * day, 1001, title="snoozed", snoozed_until=now + day, **read),
        row(now - 91 * day, 1002, title="unread"),
        row(now - 89 * day, 1003, title="just read", **read),
        row(now - 3 * day, 1004, title="just expired", expires_at=now - day / 2),
    ]
    await Notification.bulk_create([*gone, *kept])
    for age, expires_at in ((366, None), (3, None), (3, now - 2 * day), (3, now - day / 2)):
        await Broadcast.create(
            id=new_id(), type="X", created_at=now - age * day, expires_at=expires_at, position=0,
            committed_in=0,
        )  # fmt: skip

    retention = Retention(lambda: now, timedelta(days=30), notifications=NotificationSettings())
    await retention.sweep()

    left = await Notification.all().order_by("id")
    assert {each.title for each in left} == {each.title for each in kept}
    assert await Broadcast.all().count() == 2


@pytest.mark.parametrize("place", [Place.SNOOZED, Place.ARCHIVED])
async def test_what_comes_back_after_years_stays_as_long_as_if_it_had_just_come(
    world: World, place: Place
) -> None:
    bob, days = world.actor("bob"), 800
    made = await tell(world, "bob")
    until = world.now + timedelta(days=days) if place is Place.SNOOZED else None
    await centre.change(bob, made.id, Wish(place=place, until=until))
    world.later(days=days)
    retention = Retention(
        lambda: world.now, timedelta(days=30), notifications=NotificationSettings()
    )
    await retention.sweep()
    if place is Place.SNOOZED:
        await ring(world)
    else:
        await centre.change(bob, made.id, Wish(place=Place.INBOX))
    await notifications.mark_read(bob, made.id)

    world.later(days=89)
    await retention.sweep()
    assert await titles(world, "bob") == ["Hello"]
    world.later(days=2)
    await retention.sweep()
    assert await titles(world, "bob") == []


async def test_what_is_unread_is_looked_at_once_in_a_sweep(world: World) -> None:
    await world.node.people.known("bob")
    old = world.now - timedelta(days=91)
    read = {"read_at": world.now}
    await Notification.bulk_create(
        [row(old, number, **(read if number in {2, 4} else {})) for number in range(5)]
    )
    sweep = clearing.Read()

    looked_at = [await sweep.forget(world.now - timedelta(days=90), 2) for _ in range(4)]

    assert looked_at == [2, 2, 1, 0]
    assert await Notification.filter(read_at=None).count() == await Notification.all().count() == 3


async def test_a_part_of_a_sweep_that_fails_keeps_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> int:
        raise TimeoutError

    await world.node.people.known("bob")
    await Notification.create(
        id=earliest_at(world.now - timedelta(days=91)), user_id="bob", type="X",
        created_at=world.now, read_at=world.now,
    )  # fmt: skip
    for part in (decisions, outbox, journal):
        monkeypatch.setattr(part, "forget", fail)

    await Retention(lambda: world.now, timedelta(days=30)).sweep()

    assert not await Notification.exists()
