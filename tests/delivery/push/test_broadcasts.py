"""Everybody's browsers are woken for a broadcast, each for her own."""

from __future__ import annotations

from realtime.domain import announcements, broadcasts, notifications
from realtime.domain.choosing import Choice
from realtime.domain.ids import new_id
from realtime.domain.records import Notice
from realtime.models import Notification, Outbox, PushSubscription, User
from tests.delivery.push.away import Away

NEWS = Notice("NEWS", title="News", text="We moved", link="/news")


async def test_each_browser_shows_it_with_its_users_own_id(away: Away) -> None:
    browsers = {each: await away.browser(each) for each in ("ada", "bob", "eve")}
    await away.world.node.presence.connected("eve", "desk")

    made = await announcements.broadcast(away.world.node, NEWS)
    await away.world.work.finish()
    await away.pass_by()

    for user_id in ("ada", "bob"):
        (shown,) = browsers[user_id].shown
        assert (shown["title"], shown["message"], shown["app_badge"]) == ("News", "We moved", 1)
        assert shown["id"] == str(broadcasts.id_for(made.id, user_id))
    assert browsers["eve"].shown == []
    assert await Notification.all().count() == 0
    await away.pass_by(minutes=1)
    assert browsers["eve"].shown == []
    assert await away.waits() == 0


async def test_who_read_or_deleted_it_meanwhile_is_not_woken(away: Away) -> None:
    browsers = [await away.browser(each) for each in ("ada", "bob")]
    await announcements.broadcast(away.world.node, NEWS)
    await away.world.work.finish()
    for user_id, done in (("ada", notifications.mark_read), ("bob", notifications.delete)):
        actor = away.world.actor(user_id)
        (shown,) = await notifications.listed(actor, Choice(), limit=1)
        await done(actor, shown.id)

    await away.pass_by()

    assert [each.shown for each in browsers] == [[], []]
    assert sorted(await away.verdicts()) == ["gone", "read"]


async def test_it_is_spread_a_portion_at_a_time_each_once(away: Away) -> None:
    names = [f"user{number:04}" for number in range(1_200)]
    await User.bulk_create([User(id=name) for name in names])
    await PushSubscription.bulk_create(
        [
            PushSubscription(
                id=new_id(), user_id=name, endpoint=f"https://x.test/{name}/{number}",
                p256dh="x", auth="x", dialect="jobs",
            )
            for name in names
            for number in range(2)
        ],
        batch_size=500,
    )  # fmt: skip
    made = await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)

    for pushes in (500, 1_000, 1_200):
        (row,) = await Outbox.filter(kind="broadcast")
        await announcements.spread(away.world.node, row)
        assert await Outbox.filter(kind="push").count() == pushes
    await announcements.spread(away.world.node, row)

    assert await Outbox.filter(kind="broadcast").count() == 0
    waiting = set(await Outbox.all().values_list("notification_id", flat=True))
    assert waiting == {broadcasts.id_for(made.id, name) for name in names}
