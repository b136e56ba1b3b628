"""Old notifications go, and what she archived or snoozed stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from realtime.domain.ids import earliest_at, new_id
from realtime.domain.settings import NotificationSettings
from realtime.models import Broadcast, Notification
from realtime.stores.retention import Retention
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
