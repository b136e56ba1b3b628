"""The notification centre: each notification is in one place, and only the inbox is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain import centre, notifications
from realtime.domain.centre import Counts, Wish
from realtime.domain.choosing import Choice, State
from realtime.domain.errors import Malformed, NotYourNotification, UnknownNotification
from realtime.domain.events import NotificationChanged, NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.places import COLUMNS, Place, place_of
from realtime.models import Notification, Outbox
from tests.domain.centre import badge, cursor, ring, synced, tell, titles
from tests.domain.world import World
from tests.statements import heard

AWAY = [Place.DISMISSED, Place.ARCHIVED, Place.SNOOZED]


def wish(world: World, place: Place) -> Wish:
    """What brings it there."""
    until = world.now + timedelta(hours=1) if place is Place.SNOOZED else None
    return Wish(place=place, until=until)


@pytest.mark.parametrize("place", AWAY)
async def test_what_is_put_away_is_in_one_place_and_in_no_badge(world: World, place: Place) -> None:
    bob, made = world.actor("bob", "desk"), await tell(world, "bob")
    since = await cursor(world, "bob")

    moved = await centre.change(bob, made.id, wish(world, place))

    assert place_of(moved) is place
    assert moved.read_at == world.now
    for state in State:
        shown = state in {State.ALL, State(place)}
        assert await titles(world, "bob", state) == (["Hello"] if shown else []), state
    assert await badge(world, "bob") == Counts(0, 0, 0)
    assert await notifications.count(bob, Choice(read=False)) == 0
    (event,) = world.heard(NotificationChanged)
    assert (event.notification, event.session, event.order) == (moved, "desk", ("user:bob", 2))
    assert await synced(world, "bob", since) == ["NotificationChanged"]


@pytest.mark.parametrize("place", AWAY)
@pytest.mark.parametrize("before", AWAY)
async def test_it_leaves_one_place_for_another(world: World, before: Place, place: Place) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.change(bob, made.id, wish(world, before))

    await centre.change(bob, made.id, wish(world, place))

    row = await Notification.get(id=made.id)
    filled = [name for name in COLUMNS.values() if getattr(row, name) is not None]
    assert (len(filled), place_of(row)) == (1, place)
    assert await Outbox.all().count() == (place is Place.SNOOZED)


@pytest.mark.parametrize(("place", "unread"), [(Place.ARCHIVED, 0), (Place.SNOOZED, 1)])
async def test_it_can_be_moved_back(world: World, place: Place, unread: int) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.change(bob, made.id, wish(world, place))

    await centre.change(bob, made.id, Wish(place=Place.INBOX))

    assert await titles(world, "bob") == ["Hello"]
    assert (await badge(world, "bob")).unread == unread
    world.later(hours=2)
    assert await ring(world) == 0, "no alarm is left"


async def test_seen_is_not_read_and_read_is_seen(world: World) -> None:
    bob = world.actor("bob")
    await tell(world, "bob", priority="urgent")
    made, other = await tell(world, "bob"), await tell(world, "bob")
    await notifications.mark_read(bob, other.id)

    assert await badge(world, "bob") == Counts(unread=2, unseen=2, urgent=1)
    assert await centre.see_all(bob) == 2
    assert await badge(world, "bob") == Counts(unread=2, unseen=0, urgent=1)
    await centre.change(bob, made.id, Wish(read=True))
    assert await badge(world, "bob") == Counts(unread=1, unseen=0, urgent=1)
    await centre.change(bob, made.id, Wish(read=False, seen=False))
    assert await badge(world, "bob") == Counts(unread=2, unseen=1, urgent=1)


async def test_what_changes_nothing_tells_nobody(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.change(bob, made.id, Wish(place=Place.ARCHIVED))
    world.told.clear()
    world.later(minutes=1)

    await centre.change(bob, made.id, Wish(place=Place.ARCHIVED, read=True))

    assert world.told == []
    assert await centre.see_all(bob) == 0
    assert world.told == []


async def test_what_is_put_away_is_not_unread_and_time_goes_on(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    for wrong in (
        Wish(place=Place.SNOOZED),
        Wish(place=Place.SNOOZED, until=world.now),
        Wish(place=Place.ARCHIVED, read=False),
    ):
        with pytest.raises(Malformed):
            await centre.change(bob, made.id, wrong)
    assert await titles(world, "bob", State.UNREAD) == ["Hello"]


async def test_it_is_only_ones_own(world: World) -> None:
    made = await tell(world, "bob")

    with pytest.raises(NotYourNotification):
        await centre.change(world.actor("eve"), made.id, Wish(read=True))
    with pytest.raises(UnknownNotification):
        await centre.change(world.actor("bob"), new_id(), Wish(read=True))
    assert await centre.see_all(world.actor("eve")) == 0
    assert (await badge(world, "bob")).unseen == 1


async def test_reading_all_and_deleting_what_was_read_leave_the_archive(world: World) -> None:
    bob = world.actor("bob")
    kept, gone = await tell(world, "bob", title="Kept"), await tell(world, "bob")
    await centre.change(bob, kept.id, Wish(place=Place.ARCHIVED))
    await notifications.mark_read(bob, gone.id)

    assert await notifications.delete_read(bob) == 1

    assert await titles(world, "bob", State.ALL) == ["Kept"]


async def test_an_expired_one_is_in_no_place_and_no_badge(world: World) -> None:
    await tell(world, "bob", expires_at=world.now + timedelta(minutes=1))
    world.later(minutes=2)

    assert await badge(world, "bob") == Counts(0, 0, 0)
    assert await titles(world, "bob", State.ALL) == []


async def test_pages_stay_as_they_are_while_new_ones_come_in(world: World) -> None:
    bob = world.actor("bob")
    for number in range(5):
        await tell(world, "bob", title=str(number))
    first = await centre.page(bob, Choice(), limit=2)
    await tell(world, "bob", title="New")

    second = await centre.page(bob, Choice(before=first.next), limit=2)
    last = await centre.page(bob, Choice(before=second.next), limit=2)

    shown = [[each.title for each in page.items] for page in (first, second, last)]
    assert shown == [["4", "3"], ["2", "1"], ["0"]]
    assert last.next is None


async def test_what_is_on_the_next_page_has_not_been_shown(world: World) -> None:
    bob = world.actor("bob")
    for title in ("Older", "Newer"):
        await tell(world, "bob", title=title)

    await centre.page(bob, Choice(), limit=1)

    assert [each.title for each in await notifications.unshown(bob, limit=100)] == ["Older"]


async def test_a_badge_is_one_statement(world: World) -> None:
    for _ in range(3):
        await tell(world, "bob")
    with heard() as statements:
        assert (await badge(world, "bob")).unread == 3
    assert len(statements) == 1


async def test_what_was_snoozed_comes_back_once_as_new(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.see_all(bob)
    await centre.change(bob, made.id, wish(world, Place.SNOOZED))
    since = await cursor(world, "bob")
    world.told.clear()

    assert await ring(world) == 0, "too early"
    world.later(hours=1)
    assert await ring(world, workers=3) == 1

    (event,) = world.heard(NotificationCreated)
    assert event.notification.id == made.id
    assert (event.notification.read_at, event.notification.seen_at) == (None, None)
    assert await titles(world, "bob", State.UNSEEN) == ["Hello"]
    assert await synced(world, "bob", since) == ["NotificationCreated"]
    assert await ring(world) == 0
    assert len(world.heard(NotificationCreated)) == 1


async def test_what_comes_back_of_a_group_is_for_those_alone_that_know_groups(
    world: World,
) -> None:
    choir = await world.group("ada", "bob")
    await world.say("ada", choir.id, "La")
    (row,) = await Notification.all()
    await centre.change(world.actor("bob"), row.id, wish(world, Place.SNOOZED))
    world.told.clear()
    world.later(hours=1)
    await ring(world)

    (event,) = world.heard(NotificationCreated)

    heard_in = {name for name, each in load().items() if list(each.encode(event, Words()))}
    assert heard_in == {"conversations"}


async def test_an_alarm_of_a_worker_that_died_rings_by_another(world: World) -> None:
    from realtime.domain import outbox
    from realtime.domain.snoozing import SNOOZE
    from realtime.domain.snoozing import ring as ring_one

    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.change(bob, made.id, wish(world, Place.SNOOZED))
    world.later(hours=1)
    (held,) = await outbox.take("dead", [SNOOZE], 10, world.now)
    world.told.clear()

    assert await ring(world) == 0
    world.later(minutes=2)
    assert await ring(world) == 1
    await ring_one(world.node, held)

    assert len(world.heard(NotificationCreated)) == 1


async def test_an_alarm_rings_though_the_clock_was_set_back_since_it_was_due(world: World) -> None:
    from realtime.domain import outbox
    from realtime.domain.snoozing import SNOOZE
    from realtime.domain.snoozing import ring as ring_one

    bob, made = world.actor("bob"), await tell(world, "bob")
    await centre.change(bob, made.id, wish(world, Place.SNOOZED))
    world.later(hours=1)
    (alarm,) = await outbox.take("w", [SNOOZE], 10, world.now)
    world.later(seconds=-1)

    await ring_one(world.node, alarm)

    assert await titles(world, "bob", State.UNREAD) == ["Hello"]


async def test_the_last_snooze_counts(world: World) -> None:
    bob, made = world.actor("bob"), await tell(world, "bob")
    for hours in (1, 5):
        until = world.now + timedelta(hours=hours)
        await centre.change(bob, made.id, Wish(place=Place.SNOOZED, until=until))

    world.later(hours=2)
    assert await ring(world) == 0
    world.later(hours=4)
    assert await ring(world) == 1


async def test_what_was_deleted_or_has_expired_does_not_come_back(world: World) -> None:
    bob = world.actor("bob")
    made = await tell(world, "bob")
    short = await tell(world, "bob", expires_at=world.now + timedelta(minutes=1))
    until = world.now + timedelta(hours=1)
    for each in (made, short):
        await centre.change(bob, each.id, Wish(place=Place.SNOOZED, until=until))
    await notifications.delete(bob, made.id)
    world.told.clear()
    world.later(hours=1)

    await ring(world)

    assert world.heard(NotificationCreated) == []
    assert await Outbox.all().count() == 0
