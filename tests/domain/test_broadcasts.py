"""What everybody is told is one row, until somebody does something with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.expressions import Q

from realtime.domain import (
    announcements,
    blocks,
    broadcasts,
    centre,
    deletion,
    notifications,
    sync,
    users,
)
from realtime.domain.actor import Actor
from realtime.domain.centre import Counts, Wish
from realtime.domain.choosing import Choice, State
from realtime.domain.errors import UnknownNotification
from realtime.domain.events import NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.places import Place
from realtime.domain.records import Notice
from realtime.models import Broadcast, BroadcastTouch, Notification, Outbox, User
from tests.domain.centre import badge, cursor, synced, tell, titles
from tests.domain.world import World
from tests.statements import heard

NEWS = Notice("NEWS", title="News", text="We moved", priority="urgent", data="as it is")


@pytest.fixture
async def bob(world: World) -> Actor:
    await world.node.people.all_known(["ada", "bob", "eve"])
    return world.actor("bob")


async def everybody(world: World, notice: Notice = NEWS) -> Broadcast:
    """Tell everybody, and wait until those who are there have heard."""
    made = await announcements.broadcast(world.node, notice)
    await world.work.finish()
    return made


async def test_it_is_in_every_list_and_badge_without_a_row(world: World, bob: Actor) -> None:
    await everybody(world)

    (shown,) = await notifications.listed(bob, Choice(), limit=10)

    assert (shown.title, shown.text, shown.data) == ("News", "We moved", "as it is")
    assert (shown.user_id, shown.read_at) == ("bob", None)
    for state in (State.INBOX, State.UNREAD, State.UNSEEN, State.ALL):
        assert await titles(world, "eve", state) == ["News"]
    for state in (State.SNOOZED, State.DISMISSED, State.ARCHIVED):
        assert await titles(world, "eve", state) == []
    assert await badge(world, "bob") == Counts(1, 1, 1)
    assert await notifications.count(bob, Choice(read=False, messages=False)) == 1
    assert await notifications.count(bob, Choice(read=True)) == 0
    assert await Notification.all().count() == await BroadcastTouch.all().count() == 0


async def test_who_is_there_is_told_once_with_the_id_that_her_list_has(
    world: World, bob: Actor
) -> None:
    await world.node.presence.connected("bob", "desk")
    await world.node.presence.connected("bob", "phone")
    await world.node.presence.connected("ada", "desk")

    await everybody(world)

    heard_of = [each.notification for each in world.heard(NotificationCreated)]
    assert len(heard_of) == 2
    told = {each.user_id: each.id for each in heard_of}
    assert sorted(told) == ["ada", "bob"]
    (shown,) = await notifications.listed(bob, Choice(), limit=10)
    assert told["bob"] == shown.id != told["ada"]


Touch = Callable[[Actor, UUID], Awaitable[object]]

TOUCHES: dict[str, Touch] = {
    "read": notifications.mark_read,
    "read all": lambda actor, _: notifications.mark_all_read(actor),
    "seen": lambda actor, _: centre.see_all(actor),
    "archived": lambda actor, id_: centre.change(actor, id_, Wish(place=Place.ARCHIVED)),
    "deleted": notifications.delete,
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_who_touches_it_has_a_row_of_her_own(world: World, bob: Actor, touch: Touch) -> None:
    await everybody(world)
    (shown,) = await notifications.listed(bob, Choice(), limit=10)

    await touch(bob, shown.id)

    left = await notifications.listed(bob, Choice(state=State.ALL), limit=10)
    deleted = touch is notifications.delete
    assert [each.id for each in left] == ([] if deleted else [shown.id])
    unread = int(touch is TOUCHES["seen"])
    assert await badge(world, "bob") == Counts(unread, 0, unread)
    assert await Notification.all().count() == (not deleted)
    assert await badge(world, "eve") == Counts(1, 1, 1), "nobody else's"
    await touch(bob, shown.id) if not deleted else None
    assert await BroadcastTouch.all().count() == 1


async def test_it_is_not_for_who_caused_it_came_later_or_wants_none(world: World) -> None:
    await world.node.people.all_known(["ada", "bob"])
    made = await everybody(world, Notice("NEW_REVIEW", title="Review", actor_id="ada"))
    await User.create(id="late")
    from realtime.domain import preferences

    await preferences.change(world.actor("bob"), {"notifyOnNewReview": False})

    for user_id in ("ada", "late", "bob"):
        assert await titles(world, user_id) == []
        assert (await badge(world, user_id)).unread == 0
        with pytest.raises(UnknownNotification):
            await notifications.mark_read(
                world.actor(user_id), broadcasts.id_for(made.id, "somebody")
            )


async def test_who_wants_nothing_of_its_maker_does_not_hear_it(world: World, bob: Actor) -> None:
    from dataclasses import replace

    await blocks.block(bob, "ada")
    since = await cursor(world, "bob")
    for user_id in ("bob", "eve"):
        await world.node.presence.connected(user_id, "desk")

    await everybody(world, replace(NEWS, actor_id="ada"))

    assert [each.notification.user_id for each in world.heard(NotificationCreated)] == ["eve"]
    assert await titles(world, "bob") == []
    assert await badge(world, "bob") == Counts(0, 0, 0)
    assert await synced(world, "bob", since) == []
    assert await titles(world, "eve") == ["News"]


async def test_it_expires(world: World, bob: Actor) -> None:
    from dataclasses import replace

    await everybody(world, replace(NEWS, expires_at=world.now + timedelta(hours=1)))
    assert await titles(world, "bob") == ["News"]
    world.later(hours=2)
    assert await titles(world, "bob") == []
    assert await badge(world, "bob") == Counts(0, 0, 0)


async def test_pages_have_each_once_in_its_place(world: World, bob: Actor) -> None:
    from dataclasses import replace

    for number in range(12):
        title = str(number)
        if number % 3:
            await tell(world, "bob", title=title)
        else:
            await everybody(world, replace(NEWS, title=title))
    whole = await notifications.listed(bob, Choice(), limit=20)
    expected = [each.title for each in whole]  # those of one millisecond are in any order
    assert sorted((each.id for each in whole), reverse=True) == [each.id for each in whole]
    assert {each.title for each in whole} == {str(number) for number in range(12)}

    for limit in (1, 2, 3, 5, 12, 20):
        paged: list[str | None] = []
        for offset in range(0, 14, limit):
            page = await notifications.listed(bob, Choice(), limit=limit, offset=offset)
            assert len(page) <= limit
            paged += [each.title for each in page]
        assert paged == expected, limit
        before, walked = None, list[str | None]()
        while True:
            part = await centre.page(bob, Choice(before=before), limit=limit)
            walked += [each.title for each in part.items]
            before = part.next
            if before is None:
                break
        assert walked == expected, limit


async def test_a_page_asks_as_much_however_far_it_is(world: World, bob: Actor) -> None:
    told = {"user_id": "bob", "type": "X", "created_at": world.now}
    await Notification.bulk_create([Notification(id=new_id(), **told) for _ in range(3_000)])
    for _ in range(3):
        await everybody(world)

    asked = []
    for offset in (0, 100, 2_900):
        with heard() as statements:
            assert len(await notifications.listed(bob, Choice(), limit=20, offset=offset)) == 20
        asked.append(len(statements))

    assert asked[0] == asked[1] == asked[2] <= 6


async def test_a_sync_tells_it_as_it_is_now(world: World, bob: Actor) -> None:
    since = await cursor(world, "bob")
    eve_since = await cursor(world, "eve")
    await everybody(world)
    (shown,) = await notifications.listed(bob, Choice(), limit=10)
    assert await synced(world, "bob", since) == ["NotificationCreated"]

    await notifications.mark_read(bob, shown.id)

    found = await sync.since(bob, since, limit=500)
    told, read = (each.event for each in found.changes)
    assert told.notification.id == read.notification_id == shown.id  # type: ignore[attr-defined]
    assert told.notification.read_at == world.now  # type: ignore[attr-defined]
    assert await synced(world, "bob", found.cursor) == []
    assert await synced(world, "eve", eve_since) == ["NotificationCreated"]
    await notifications.delete(bob, shown.id)
    assert "NotificationCreated" not in await synced(world, "bob", since)


async def test_those_from_when_she_was_away_are_replayed_once(world: World, bob: Actor) -> None:
    await everybody(world)
    assert [each.title for each in await notifications.unshown(bob, limit=10)] == ["News"]
    assert await notifications.unshown(bob, limit=10) == ()
    await User.filter(id="eve").update(last_seen_at=world.now + timedelta(seconds=1))
    assert await notifications.unshown(world.actor("eve"), limit=10) == (), "it was told her"


async def test_who_was_deleted_leaves_none(world: World, bob: Actor) -> None:
    from dataclasses import replace

    await everybody(world, replace(NEWS, actor_id="ada"))
    await everybody(world)
    await notifications.mark_all_read(bob)

    await deletion.delete(world.node, "ada")
    await deletion.delete(world.node, "bob")

    assert await titles(world, "eve") == ["News"]
    assert await BroadcastTouch.all().count() == await Notification.all().count() == 0


async def test_who_comes_back_and_reads_while_she_is_deleted_may_go_on_reading(
    world: World, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await everybody(world)
    untell = deletion._untell

    async def and_he_is_back(which: Q) -> int:
        gone = await untell(which)
        await users.upsert(world.node, [("bob", {"name": "Bob"})])
        await broadcasts.touch(bob, lambda _: True)
        return gone

    monkeypatch.setattr(deletion, "_untell", and_he_is_back)
    await deletion.delete(world.node, "bob")

    assert await notifications.mark_all_read(bob) == 1
    assert await badge(world, "bob") == Counts(0, 0, 0)


async def test_what_is_withdrawn_leaves_every_list_and_wakes_nobody(
    world: World, bob: Actor
) -> None:
    made, other = await everybody(world), await everybody(world)
    (shown,) = [
        each
        for each in await notifications.listed(bob, Choice(), limit=10)
        if each.id == broadcasts.id_for(made.id, "bob")
    ]
    await notifications.mark_read(bob, shown.id)
    await centre.change(bob, shown.id, Wish(place=Place.ARCHIVED))
    since = await cursor(world, "bob")
    eve_since = await cursor(world, "eve")
    at = world.now
    waiting = {"notification_id": made.id, "due_at": at, "expires_at": at, "created_at": at}
    await Outbox.create(id=made.id, kind="broadcast", **waiting)

    assert await announcements.withdraw(world.node, made.id) == 1

    for user_id in ("bob", "eve"):
        assert await titles(world, user_id) == ["News"]
        assert await titles(world, user_id, State.ARCHIVED) == []
        assert await badge(world, user_id) == Counts(1, 1, 1)
    assert await synced(world, "bob", since) == ["OwnChanged"]
    assert await synced(world, "eve", eve_since) == []
    assert [each.id for each in await Broadcast.all()] == [other.id]
    assert await Outbox.all().count() == await Notification.all().count() == 0
    with pytest.raises(UnknownNotification):
        await announcements.withdraw(world.node, made.id)


def test_the_id_for_a_user_is_one_of_its_time() -> None:
    made = new_id()
    ids = {broadcasts.id_for(made, user_id) for user_id in ("ada", "bob", "eve")}

    assert len(ids) == 3
    for each in ids:
        assert (each.version, each.variant) == (7, made.variant)
        assert each.int >> 80 == made.int >> 80
    assert broadcasts.id_for(made, "ada") in ids
