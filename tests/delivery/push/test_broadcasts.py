"""Everybody's browsers are woken for a broadcast, each for her own."""

from __future__ import annotations

import pytest

from realtime.domain import announcements, broadcasts, notifications, outbox, quiet
from realtime.domain.choosing import Choice
from realtime.domain.ids import new_id
from realtime.domain.outbox import BROADCAST, PUSH
from realtime.domain.records import Notice
from realtime.models import Notification, Outbox, PushSubscription, User
from tests.delivery.push.away import PORTION, Away

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


async def crowd(count: int) -> list[str]:
    """People who are away, each with two browsers."""
    names = [f"user{number:04}" for number in range(count)]
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
    return names


async def spread(away: Away, row: Outbox | None = None) -> Outbox:
    """The next portion of the broadcast that waits, or this one's again."""
    if row is None:
        (row,) = await outbox.take("w", [BROADCAST], 1, away.world.now)
    await announcements.spread(away.world.node, away.sender.decide, PORTION, row)
    return row


async def test_it_is_spread_a_portion_at_a_time_each_once(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "IN_A_ROW", 1)
    names = await crowd(2 * PORTION + 10)
    made = await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)

    for pushes in (PORTION, 2 * PORTION, 2 * PORTION + 10):
        row = await spread(away)
        assert await Outbox.filter(kind="push").count() == 2 * pushes
    await spread(away, row)

    assert await Outbox.filter(kind="broadcast").count() == 0
    waiting = await Outbox.all()
    assert {each.notification_id for each in waiting} == {
        broadcasts.id_for(made.id, name) for name in names
    }
    browsers = await PushSubscription.all().values_list("id", flat=True)
    assert sorted(str(each.subscription_id) for each in waiting) == sorted(map(str, browsers))


async def test_each_is_decided_as_it_is_spread(away: Away) -> None:
    names = await crowd(3)
    await away.world.node.presence.connected(names[0], "desk")
    await quiet.change(away.world.actor(names[1]), off=("NEWS",))
    await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)

    await spread(away)

    assert await away.verdicts() == ["later", "off"]
    later, *sent = await Outbox.all().order_by("user_id", "id")
    assert (later.user_id, later.subscription_id, later.looks) == (names[0], None, 1)
    assert later.due_at == away.world.now + away.world.node.rules.pushing.again
    assert {each.user_id for each in sent} == {names[2]}
    assert {each.due_at for each in sent} == {away.world.now}  # not late, however long it takes


async def test_portions_follow_one_another_for_workers_to_share(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "IN_A_ROW", 2)
    await crowd(2 * PORTION + 10)
    await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)

    row = await spread(away)

    assert await Outbox.filter(kind="push").count() == 4 * PORTION
    before, after = row, await spread(away)
    assert (before.id, await Outbox.filter(kind="broadcast").count()) == (after.id, 0)
    assert await Outbox.filter(kind="push").count() == 4 * PORTION + 20


async def test_what_comes_meanwhile_does_not_wait_for_all_of_it(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "IN_A_ROW", 1)
    await crowd(3 * PORTION)
    await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)
    await spread(away)
    await away.browser("bob")
    await away.tell("bob")
    away.world.later(seconds=6)
    await spread(away)

    taken = await outbox.take("w", [PUSH, BROADCAST], 10 * PORTION, away.world.now)

    assert len(taken) == 4 * PORTION + 2
    assert [row.user_id for row in taken].index("bob") == 2 * PORTION


async def test_a_worker_that_held_it_too_long_spreads_nothing(away: Away) -> None:
    await crowd(3)
    await announcements.broadcast(away.world.node, NEWS)
    away.world.later(seconds=6)
    (before,) = await outbox.take("the dead", [BROADCAST], 9, away.world.now)
    await outbox.take("another", [BROADCAST], 9, away.world.now + outbox.LEASE)

    await spread(away, before)

    assert await Outbox.filter(kind="push").count() == 0
    assert not await away.verdicts()
