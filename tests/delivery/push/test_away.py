"""Should this push go out? One row for each rule, and for those that meet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from realtime.domain import (
    blocks,
    centre,
    conversations,
    notifications,
    preferences,
    push,
    quiet,
    receipts,
    users,
)
from realtime.domain import messages as said
from realtime.domain.centre import Wish
from realtime.domain.places import Place
from realtime.domain.quiet import QuietHours
from realtime.domain.records import Conversation
from realtime.models import Notification, Outbox, Preferences, PushSubscription
from realtime.stores.retention import Retention
from tests.delivery.push.away import Away
from tests.domain.centre import ring
from tests.servers.push_service import Answer

Step = Callable[["Case"], Awaitable[None]]


class Case:
    """Ada writes to Bob, who has one browser; steps happen while the push waits."""

    def __init__(self, away: Away, pair: Conversation) -> None:
        self.away, self.world, self.pair = away, away.world, pair
        self.bob = away.world.actor("bob")
        self.ada = away.world.actor("ada")


async def nothing(case: Case) -> None:
    """Nobody does anything."""


async def connects(case: Case) -> None:
    await case.world.node.presence.connected("bob", "tab")


async def leaves(case: Case) -> None:
    await case.world.node.presence.disconnected("bob", "tab")


async def comes_and_goes(case: Case) -> None:
    await connects(case)
    await leaves(case)


async def hides(case: Case) -> None:
    """She appears offline and is there."""
    await connects(case)
    await case.world.node.presence.hide("bob")


async def looks(case: Case) -> None:
    await connects(case)
    await case.world.node.visible.report("bob", "tab", visible=True)


async def looks_away(case: Case) -> None:
    await looks(case)
    await case.world.node.visible.report("bob", "tab", visible=False)


async def reads(case: Case) -> None:
    """The message, on another device."""
    await receipts.mark_read(case.bob, case.pair.id)


async def reads_notification(case: Case) -> None:
    row = await Notification.filter(user_id="bob").order_by("-id").first()
    assert row is not None
    await notifications.mark_read(case.bob, row.id)


async def reads_all(case: Case) -> None:
    await notifications.mark_all_read(case.bob)


async def deletes_notification(case: Case) -> None:
    row = await Notification.filter(user_id="bob").order_by("-id").first()
    assert row is not None
    await notifications.delete(case.bob, row.id)


async def dismisses(case: Case) -> None:
    await Notification.all().update(dismissed_at=case.world.now)


async def sender_deletes(case: Case) -> None:
    row = await Notification.filter(user_id="bob").order_by("-id").first()
    assert row is not None
    assert row.message_id is not None
    await said.delete(case.ada, row.message_id)


async def unsubscribes(case: Case) -> None:
    (row,) = await PushSubscription.filter(user_id="bob")
    await push.unsubscribe(case.bob, row.endpoint)


async def mutes(case: Case) -> None:
    await quiet.mute(case.bob, case.pair.id, None)


async def mutes_until_later(case: Case) -> None:
    await quiet.mute(case.bob, case.pair.id, case.world.now + timedelta(hours=1))


async def muted_until_now(case: Case) -> None:
    await quiet.mute(case.bob, case.pair.id, case.world.now + timedelta(seconds=1))


async def unmutes(case: Case) -> None:
    await mutes(case)
    await quiet.unmute(case.bob, case.pair.id)


async def blocks_her(case: Case) -> None:
    await blocks.block(case.bob, "ada")


async def no_pushes_of_messages(case: Case) -> None:
    await preferences.change(case.bob, {"pushOnNewMessage": False})


async def no_pushes_of_likes(case: Case) -> None:
    await quiet.change(case.bob, off=("LIKE",))


def at_night(start: str, end: str, zone: str) -> Step:
    async def set_hours(case: Case) -> None:
        await quiet.change(case.bob, quiet=quiet.quiet_hours(start, end, zone))

    return set_hours


def both(*steps: Step) -> Step:
    async def do(case: Case) -> None:
        for step in steps:
            await step(case)

    return do


# It is noon in UTC, 13:00 in Berlin and 21:00 in Tokyo.
noon = at_night("11:00", "13:30", "UTC")
siesta = at_night("12:30", "14:00", "Europe/Berlin")
over_midnight = at_night("20:00", "07:00", "Asia/Tokyo")
other_zone = at_night("11:00", "12:30", "Asia/Tokyo")
just_over = at_night("11:00", "12:00", "UTC")

MESSAGES: list[tuple[Step, str]] = [
    (nothing, "sent"),
    (connects, "connected"),
    (comes_and_goes, "sent"),
    (hides, "connected"),
    (looks, "connected"),
    (reads, "read"),
    (both(connects, reads), "read"),
    (both(connects, reads, leaves), "read"),
    (reads_notification, "read"),
    (reads_all, "read"),
    (deletes_notification, "gone"),
    (dismisses, "dismissed"),
    (sender_deletes, "gone"),
    (unsubscribes, "no_browser"),
    (blocks_her, "blocked"),
    (both(blocks_her, reads), "read"),
    (mutes, "muted"),
    (mutes_until_later, "muted"),
    (muted_until_now, "sent"),
    (unmutes, "sent"),
    (no_pushes_of_messages, "off"),
    (no_pushes_of_likes, "sent"),
    (noon, "quiet"),
    (siesta, "quiet"),
    (over_midnight, "quiet"),
    (other_zone, "sent"),
    (just_over, "sent"),
    (both(noon, mutes), "muted"),
    (both(noon, connects), "quiet"),
    (both(mutes, reads), "read"),
    (both(unsubscribes, connects), "connected"),
]

TOLD: list[tuple[str, Step, str]] = [
    ("normal", nothing, "sent"),
    ("normal", no_pushes_of_likes, "off"),
    ("urgent", no_pushes_of_likes, "off"),
    ("normal", no_pushes_of_messages, "sent"),
    ("high", noon, "quiet"),
    ("urgent", noon, "sent"),
    ("urgent", blocks_her, "blocked"),
    ("urgent", connects, "connected"),
    ("urgent", both(noon, reads_notification), "read"),
    ("low", mutes, "sent"),
    ("low", reads, "sent"),
]


def named(value: object) -> str | None:
    return getattr(value, "__name__", None)


async def outcome(away: Away) -> str:
    await away.pass_by()
    await away.pass_by(seconds=46)
    return (await away.verdicts())[-1]


@pytest.mark.parametrize(("step", "verdict"), MESSAGES, ids=named)
async def test_of_a_message(away: Away, step: Step, verdict: str) -> None:
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    await away.world.say("ada", pair.id, "Lunch?")

    await step(Case(away, pair))

    assert await outcome(away) == verdict
    assert len(browser.requests) == (verdict == "sent")
    assert not await away.waits()


@pytest.mark.parametrize(("priority", "step", "verdict"), TOLD, ids=named)
async def test_of_a_notification(away: Away, priority: str, step: Step, verdict: str) -> None:
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    await away.tell("bob", priority=priority, actor_id="ada")

    await step(Case(away, pair))

    assert await outcome(away) == verdict
    assert len(browser.requests) == (verdict == "sent")


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (nothing, "sent"),
        (connects, "sent"),
        (looks, "visible"),
        (looks_away, "sent"),
        (both(looks, reads), "read"),
    ],
    ids=named,
)
async def test_where_only_who_looks_is_there(away: Away, step: Step, verdict: str) -> None:
    rules = away.world.node.rules
    hidden = replace(rules, pushing=replace(rules.pushing, visible_only=True))
    object.__setattr__(away.world.node, "rules", hidden)
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    await away.world.say("ada", pair.id, "Lunch?")

    await step(Case(away, pair))

    assert await outcome(away) == verdict
    assert len(browser.requests) == (verdict == "sent")


async def test_nothing_goes_out_before_the_wait_is_over(away: Away) -> None:
    browser = await away.browser("bob")
    await away.tell("bob")

    await away.pass_by(seconds=4.9)
    assert not browser.requests
    await away.pass_by(seconds=0.2)
    assert len(browser.shown) == 1


async def test_a_socket_may_be_a_phones_that_lost_its_network_a_moment_ago(away: Away) -> None:
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    case = Case(away, pair)
    await connects(case)
    await away.world.say("ada", pair.id, "Where are you?")

    await away.pass_by()
    await leaves(case)
    await away.pass_by(seconds=46)

    assert await away.verdicts() == ["later", "sent"]
    assert len(browser.shown) == 1


async def test_it_is_looked_at_once_more_right_before_each_request(away: Away) -> None:
    """The service makes us wait, and meanwhile she reads it somewhere else."""
    browser = await away.browser("bob")
    pair = await away.pair("ada", "bob")
    browser.answers = [Answer(503)]
    await away.world.say("ada", pair.id, "Lunch?")
    await away.pass_by()

    await reads(Case(away, pair))
    await away.pass_by(seconds=60)

    assert len(browser.requests) == 1
    assert await away.verdicts() == ["again", "read"]


async def test_one_push_for_a_message_though_it_makes_a_notification(away: Away) -> None:
    browsers = [await away.browser("bob", kind) for kind in ("fcm", "apple")]
    pair = await away.pair("ada", "bob")

    await away.world.say("ada", pair.id, "Lunch?")
    await away.pass_by()

    assert [len(browser.shown) for browser in browsers] == [1, 1]
    assert await away.verdicts() == ["sent", "sent"]


WORDS = {
    "conversations": ("New message from ada", "/messages/{pair}"),
    "jobs": ("New message from ada", "/chat/ada"),
    "skilllink": ("New message from ada", "/messages"),
    "linsta": ("New message from ada", "/chat/{pair}"),
}


@pytest.mark.parametrize("dialect", WORDS)
async def test_in_the_words_and_links_of_the_page_that_subscribed(away: Away, dialect: str) -> None:
    browser = await away.browser("bob", dialect=dialect)
    pair = await away.pair("ada", "bob")

    await away.world.say("ada", pair.id, "Lunch?")
    await away.pass_by()
    await away.tell("bob", "Anna liked your post", title=None, link="/posts/1")
    await away.pass_by()

    message, told = browser.shown
    title, link = WORDS[dialect]
    assert (message["title"], message["message"]) == (title, "Lunch?")
    assert message["link"] == link.format(pair=pair.id)
    assert (told["title"], told["link"]) == ("Anna liked your post", "/posts/1")


async def test_a_group_is_pushed_only_where_groups_are_known(away: Away) -> None:
    knows, does_not = (
        await away.browser("bob"),
        await away.browser("bob", "mozilla", dialect="jobs"),
    )
    only_jobs = await away.browser("eve", dialect="jobs")
    group = await away.world.group("ada", "bob", "eve")

    await away.world.say("ada", group.id, "All here?")
    await away.pass_by()

    assert [len(each.requests) for each in (knows, does_not, only_jobs)] == [1, 0, 0]
    assert sorted(await away.verdicts()) == ["no_words", "sent"]


async def test_who_left_a_group_hears_no_more_of_it(away: Away) -> None:
    browser = await away.browser("bob")
    group = await away.world.group("ada", "bob", "eve")
    await away.world.say("ada", group.id, "Just us?")

    await conversations.remove(away.world.actor("app"), group.id, "bob")
    await away.pass_by()

    assert not browser.requests
    assert await away.verdicts() == ["left"]


async def test_each_browsers_push_has_its_own_end(away: Away) -> None:
    """One waits since yesterday, when it could not be sent; the notification came back today."""
    old, new = await away.browser("bob"), await away.browser("bob")
    await away.tell("bob")
    away.world.later(seconds=6)
    await away.worker.work()
    await away.worker.finish()
    its = await PushSubscription.get(endpoint=old.endpoint)
    await Outbox.filter(subscription_id=its.id).update(expires_at=away.world.now)

    await away.pass_by()

    assert (len(old.requests), len(new.shown)) == (0, 1)
    assert sorted(await away.verdicts()) == ["expired", "sent"]


async def test_what_comes_back_while_its_first_push_waits_is_pushed_once(away: Away) -> None:
    browser = await away.browser("bob")
    browser.answers = [Answer(503, headers={"Retry-After": "7200"})]
    made = await away.tell("bob")
    await away.pass_by()
    until = away.world.now + timedelta(hours=1)
    wish = Wish(place=Place.SNOOZED, until=until)
    await centre.change(away.world.actor("bob"), made.id, wish)
    away.world.later(hours=1)

    assert await ring(away.world) == 1
    await away.pass_by(hours=2)
    await away.pass_by(minutes=10)

    assert len(browser.shown) == 1
    assert len(browser.requests) == 2


async def test_whose_tokens_are_revoked_is_pushed_nothing_until_a_page_subscribes_again(
    away: Away,
) -> None:
    browser, other = await away.browser("bob"), await away.browser("eve")
    for user_id in ("bob", "eve"):
        await away.tell(user_id)
        await users.disconnect(away.world.node, user_id, revoke=user_id == "bob")

    await away.pass_by()

    assert (len(browser.requests), len(other.shown)) == (0, 1)
    assert sorted(await away.verdicts()) == ["no_browser", "sent"]
    subscription = push.Subscription(browser.endpoint, **browser.subscription["keys"])
    page = push.Page("conversations", None, None)
    anew = replace(away.world.actor("bob"), issued_at=away.world.now.timestamp() + 1)
    await push.subscribe(anew, subscription, page)
    await away.tell("bob")
    await away.pass_by()
    assert len(browser.shown) == 1


async def test_another_user_on_the_same_browser_gets_her_own_and_nothing_of_before(
    away: Away,
) -> None:
    browser = await away.browser("bob")
    browser.answers = [Answer(503)]
    await away.tell("bob", "For Bob")
    await away.pass_by()

    await PushSubscription.all().delete()
    keys = browser.subscription["keys"]
    page = push.Page("conversations", None, None)
    subscription = push.Subscription(browser.endpoint, **keys)
    await push.subscribe(away.world.actor("eve"), subscription, page)
    await away.tell("eve", "For Eve")
    await away.pass_by(seconds=60)

    assert [shown["message"] for shown in browser.shown] == ["For Eve"]
    assert "unsubscribed" in await away.verdicts()


@pytest.mark.parametrize(
    "hours",
    [
        {"from": "00:00", "to": "23:59", "timeZone": "Mars/Base"},
        {"from": "00:00", "until": "23:59", "timeZone": "UTC"},
        {"from": 0, "to": 1439, "timeZone": "UTC"},
    ],
)
async def test_hours_that_this_node_does_not_know_hold_nobody_up(
    away: Away, hours: dict[str, Any]
) -> None:
    """Another node, with newer tables of time zones or of another version, has stored them."""
    browsers = [await away.browser(each) for each in ("ada", "bob")]
    await quiet.change(away.world.actor("ada"), quiet=quiet.quiet_hours("00:00", "23:59", "UTC"))
    await Preferences.filter(user_id="ada").update(push={"quiet": hours, "off": []})

    for user_id in ("ada", "bob"):
        await away.tell(user_id)
    await away.pass_by()

    assert [len(each.shown) for each in browsers] == [1, 1]


async def test_one_that_cannot_be_decided_holds_nobody_up_and_is_let_go_of(away: Away) -> None:
    browsers = [await away.browser(name) for name in ("ada", "bob", "eve", "zoe")]
    for name in ("ada", "bob", "eve", "zoe"):
        await away.tell(name)
    await Preferences.create(user_id="bob", push=["by hand"])

    await away.pass_by()

    assert [len(each.shown) for each in browsers] == [1, 0, 1, 1]
    assert await away.waits() == 1
    away.world.later(hours=25)
    assert await away.worker.work() == 1
    await away.worker.finish()
    await Retention(lambda: away.world.now, timedelta(days=30)).sweep()
    assert not await away.waits()


async def test_a_browser_that_changes_hands_while_its_service_is_busy_shows_nothing_of_before(
    away: Away,
) -> None:
    browser = await away.browser("bob")
    await away.tell("bob", "For Bob")
    busy = await away.in_line(browser)

    subscription = push.Subscription(browser.endpoint, **browser.subscription["keys"])
    await push.subscribe(
        away.world.actor("eve"), subscription, push.Page("conversations", None, None)
    )
    for _ in range(busy.at_once):
        busy.slots.release()
    await away.worker.finish()

    assert browser.shown == []
    assert await away.verdicts() == ["unsubscribed"]


async def test_a_deleted_user_leaves_nothing_to_push(away: Away) -> None:
    from realtime.domain import deletion

    browser = await away.browser("bob")
    await away.tell("bob")

    await deletion.delete(away.world.node, "bob")
    await away.pass_by()

    assert not browser.requests
    assert not await Outbox.exists()


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (QuietHours(time(22), time(7), "UTC"), "23:30", "07:00+1"),
        (QuietHours(time(22), time(7), "UTC"), "06:59", "07:00"),
        (QuietHours(time(22), time(7), "UTC"), "07:00", None),
        (QuietHours(time(22), time(7), "UTC"), "21:59", None),
        (QuietHours(time(22), time(7), "UTC"), "22:00", "07:00+1"),
        (QuietHours(time(9), time(17), "UTC"), "12:00", "17:00"),
        (QuietHours(time(0), time(6), "Asia/Kolkata"), "19:00", "00:30+1"),
        (QuietHours(time(1), time(3), "Pacific/Auckland"), "13:00", "14:00"),
    ],
)
def test_quiet_hours_end_in_her_own_zone(hours: QuietHours, now: str, until: str | None) -> None:
    def at(text: str) -> datetime:
        clock, _, days = text.partition("+")
        day = datetime.combine(datetime(2026, 1, 5, tzinfo=UTC), time.fromisoformat(clock), UTC)
        return day + timedelta(days=int(days or 0))

    assert hours.until(at(now)) == (None if until is None else at(until))


@pytest.mark.parametrize("night", ["2026-03-29T01:30", "2026-10-25T00:30"])
def test_quiet_hours_live_through_the_change_of_clocks(night: str) -> None:
    hours = QuietHours(time(1), time(5), "Europe/Berlin")
    now = datetime.fromisoformat(night).replace(tzinfo=UTC)

    ends = hours.until(now)

    assert ends is not None
    assert now < ends < now + timedelta(hours=5)
    assert hours.until(ends) is None


@pytest.mark.parametrize(
    ("now", "until"),
    [("00:15", "00:30"), ("00:30", None), ("01:15", "01:30"), ("01:30", None)],
)
def test_quiet_hours_that_end_in_an_hour_that_comes_twice_end_twice(
    now: str, until: str | None
) -> None:
    hours = QuietHours(time(22), time(2, 30), "Europe/Berlin")

    def at(clock: str) -> datetime:
        return datetime.fromisoformat(f"2026-10-25T{clock}+00:00")

    assert hours.until(at(now)) == (until and at(until))


async def test_preferences_of_before_are_those_of_now(away: Away) -> None:
    await away.browser("bob")
    await Preferences.create(user_id="bob", choices={"pushOnNewMessage": False}, push=None)
    pair = await away.pair("ada", "bob")

    await away.world.say("ada", pair.id, "Hi")

    assert await outcome(away) == "off"
