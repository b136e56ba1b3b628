"""Notifications that count up: one row for a group, as long as it is unread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from realtime.domain import centre, deletion, grouping, notifications, users
from realtime.domain.centre import Wish
from realtime.domain.choosing import Choice
from realtime.domain.events import NotificationChanged, NotificationCreated
from realtime.domain.places import Place
from realtime.domain.records import Notice, Notification, Person
from realtime.models import Notification as Row
from realtime.models import NotificationActor, Outbox
from tests.domain.centre import badge, cursor, synced, titles
from tests.domain.world import World

LIKED = Notice(
    "LIKE",
    title="Ada liked your post",
    group_key="post:7",
    group_title="{count} people liked your post",
    group_text="{actor} and {others} others",
)


async def like(world: World, actor_id: str | None, *user_ids: str) -> Notification:
    """Somebody likes the post of these; the first one's notification."""
    from dataclasses import replace

    told = replace(LIKED, actor_id=actor_id)
    return (await notifications.notify(world.node, user_ids or ("bob",), told))[0]


async def test_twelve_people_are_one_row_that_counts_up(world: World) -> None:
    await users.upsert(world.node, [("user12", {"name": "Zoë"})])
    since = await cursor(world, "bob")
    made = [await like(world, f"user{number}") for number in range(1, 13)]

    (shown,) = await notifications.listed(world.actor("bob"), Choice(), limit=10)

    assert len({each.id for each in made}) == 1
    assert (made[0].title, made[0].count) == ("Ada liked your post", 1)
    assert (shown.title, shown.text) == ("12 people liked your post", "Zoë and 11 others")
    assert (shown.count, shown.actor and shown.actor.id) == (12, "user12")
    assert (await badge(world, "bob")).unread == 1
    assert len(world.heard(NotificationCreated)) == 1
    changed = world.heard(NotificationChanged)
    assert [each.change for each in changed] == list(range(2, 13))
    assert changed[-1].notification == made[-1]
    assert await synced(world, "bob", since) == ["NotificationCreated"] + 11 * [
        "NotificationChanged"
    ]


async def test_somebody_who_is_counted_changes_nothing_and_nobody_always_counts(
    world: World,
) -> None:
    await like(world, "ada")
    await like(world, "eve")
    world.told.clear()

    assert (await like(world, "ada")).count == 2
    assert world.told == []
    assert (await like(world, None)).count == 3
    assert (await like(world, None)).count == 4
    assert await Row.all().count() == 1


@pytest.mark.parametrize("how", ["read", "archived", "snoozed", "old", "expired", "other"])
async def test_what_is_read_put_away_or_old_counts_no_more(world: World, how: str) -> None:
    bob, made = world.actor("bob"), await like(world, "ada")
    if how == "read":
        await notifications.mark_read(bob, made.id)
    elif how in {"archived", "snoozed"}:
        until = world.now + timedelta(days=1) if how == "snoozed" else None
        await centre.change(bob, made.id, Wish(place=Place(how), until=until))
    elif how == "old":
        world.later(hours=25)
    elif how == "expired":
        await Row.filter(id=made.id).update(expires_at=world.now)
    else:
        await Row.filter(id=made.id).update(group_key="post:8")

    assert (await like(world, "eve")).count == 1

    assert await Row.all().count() == 2


async def test_each_user_has_her_own_count(world: World) -> None:
    crowd = [f"user{number}" for number in range(700)]
    await like(world, "ada", *crowd[:3])

    await like(world, "eve", *crowd)

    counts = [row.group_count for row in await Row.all().order_by("id")]
    assert counts == [2, 2, 2] + 697 * [1]
    assert await NotificationActor.all().count() == 703


async def test_what_was_seen_is_unseen_when_it_counts_up(world: World) -> None:
    await like(world, "ada")
    await centre.see_all(world.actor("bob"))
    assert (await badge(world, "bob")).unseen == 0

    await like(world, "eve")

    assert (await badge(world, "bob")).unseen == 1
    assert await Outbox.all().count() == 0, "nobody is woken again"


async def test_who_was_deleted_is_counted_nowhere(world: World) -> None:
    await like(world, "ada", "bob", "cy")
    await like(world, "eve", "bob")

    await deletion.delete(world.node, "ada")

    assert await titles(world, "bob") == []
    assert await titles(world, "cy") == []
    assert await NotificationActor.all().count() == 0


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{count} people", "3 people"),
        ("{actor} and {others} others", "{count} and 2 others"),
        ("{other} {actor.id} {0} {} {", "{other} {actor.id} {0} {} {"),
    ],
)
def test_a_template_says_what_it_names_and_nothing_else(template: str, text: str) -> None:
    assert grouping.worded(template, 3, Person("ada", "{count}")) == text
