"""The badges of many are those that each one's lists would count, on both databases."""

from __future__ import annotations

from datetime import timedelta

from realtime.domain import (
    announcements,
    badges,
    blocks,
    centre,
    notifications,
    preferences,
    receipts,
)
from realtime.domain.centre import Wish
from realtime.domain.choosing import Choice
from realtime.domain.conversations import start
from realtime.domain.places import Place
from realtime.domain.records import Notice
from realtime.models import Broadcast, User
from tests.domain.world import World
from tests.statements import heard

NAMES = ("ada", "bob", "eve", "dan", "zoe")
REVIEW = Notice("NEW_REVIEW", text="Good", actor_id="dan")
NEWS = Notice("NEWS", text="We moved")


async def of_lists(world: World, user_id: str) -> int:
    """What she would count herself."""
    actor = world.actor(user_id)
    others = await notifications.count(actor, Choice(messages=False, read=False))
    return others + await receipts.unread_count(actor)


async def live(world: World) -> None:
    """Everything happens that a badge may depend on."""
    await world.node.people.all_known(NAMES)
    pair, group = await start(world.actor("ada"), "bob"), await world.group("ada", "bob", "eve")
    for n in range(3):
        await world.say("ada", pair.id, f"No. {n}")
        await world.say("eve", group.id, f"No. {n}")
    await receipts.mark_read(world.actor("ada"), group.id)
    soon = world.now + timedelta(minutes=1)
    for notice in (Notice("LIKE"), Notice("LIKE", expires_at=soon), Notice("LIKE")):
        made = await notifications.notify(world.node, ["bob", "eve"], notice)
    await notifications.mark_read(world.actor("bob"), made[0].id)
    await preferences.change(world.actor("eve"), {"notifyOnNewReview": False})
    await blocks.block(world.actor("bob"), "dan")
    expiring = Notice("NEWS", expires_at=soon)
    for told in (NEWS, REVIEW, expiring, NEWS):
        await announcements.broadcast(world.node, told)
    (newest, *_) = await notifications.listed(world.actor("zoe"), Choice(), limit=10)
    await centre.change(world.actor("zoe"), newest.id, Wish(place=Place.ARCHIVED))
    world.later(minutes=2)


async def test_they_are_those_of_their_own_lists(world: World) -> None:
    await live(world)
    later = await Broadcast.all().order_by("id").first()
    assert later is not None
    await User.filter(id="ada").update(created_at=later.stored_at + timedelta(seconds=60))

    found = await badges.of_users(world.node, [*NAMES, "nobody"])

    counted = {each: await of_lists(world, each) for each in NAMES}
    assert {each: found[each] for each in NAMES} == counted
    assert len(set(counted.values())) > 3
    assert found["nobody"] == 0


async def test_of_many_they_cost_no_more_statements_than_of_one(world: World) -> None:
    await live(world)

    asked = []
    for names in (["bob"], NAMES):
        with heard() as statements:
            await badges.of_users(world.node, names)
        asked.append(len(statements))

    assert asked[0] == asked[1]
