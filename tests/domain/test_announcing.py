"""What is committed makes caches forget, then every listener hears it, even if one fails."""

from __future__ import annotations

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from realtime.domain import conversations, deletion
from realtime.domain.announcing import Announcer, gathered
from realtime.domain.events import (
    Event,
    MembershipChanged,
    ParticipantRemoved,
    PeopleChanged,
    RoomJoined,
    RoomLeft,
    UserDeleted,
)
from realtime.domain.ids import new_id
from realtime.domain.people import Profile
from realtime.models import User
from tests.domain.world import World

JOINED = RoomJoined("choir", "ada")
LEFT = RoomLeft("choir", "ada")


def fails(_event: Event) -> None:
    raise ZeroDivisionError


def test_caches_forget_before_anybody_hears() -> None:
    announcer, done = Announcer(), []
    announcer.listen(lambda _: done.append("heard"))
    announcer.forgets(RoomJoined, lambda _: done.append("forgot"))

    announcer.announce(JOINED)
    announcer.announce(LEFT)

    assert done == ["forgot", "heard", "heard"]


def test_a_listener_may_ask_for_one_kind_only() -> None:
    announcer, heard = Announcer(), []
    announcer.listen(heard.append, RoomLeft)

    announcer.announce(JOINED)
    announcer.announce(LEFT)

    assert heard == [LEFT]


def test_one_who_comes_late_hears_what_comes_after() -> None:
    announcer, early, late = Announcer(), [], []
    announcer.listen(early.append)
    announcer.announce(JOINED)
    announcer.listen(late.append)
    announcer.announce(LEFT)

    assert (early, late) == ([JOINED, LEFT], [LEFT])


def test_a_listener_that_raises_is_logged_and_stops_nobody() -> None:
    announcer, heard = Announcer(), []
    announcer.forgets(RoomJoined, fails)
    announcer.listen(fails)
    announcer.listen(heard.append)

    with capture_logs() as lines:
        announcer.announce(JOINED)
        announcer.announce(LEFT)

    assert heard == [JOINED, LEFT]
    told = [(line["event_type"], line["listener"], line["error"]) for line in lines]
    assert told == [
        (kind, "fails", "ZeroDivisionError") for kind in ("RoomJoined",) * 2 + ("RoomLeft",)
    ]
    assert all("test_announcing.py" in line["where"] for line in lines)


def test_what_a_listener_announces_comes_second_for_everybody() -> None:
    announcer, heard = Announcer(), []
    announcer.listen(lambda _: announcer.announce(LEFT), RoomJoined)
    announcer.listen(heard.append)

    announcer.announce(JOINED)

    assert heard == [JOINED, LEFT]


def test_what_happened_on_another_node_is_forgotten_and_not_told() -> None:
    announcer, forgot, heard = Announcer(), [], []
    announcer.forgets(RoomJoined, fails)
    announcer.forgets(RoomJoined, forgot.append)
    announcer.listen(heard.append)

    announcer.forget(JOINED)
    announcer.forget(LEFT)

    assert (forgot, heard) == ([JOINED], [])


async def test_who_was_removed_has_joined_nothing(world: World) -> None:
    choir = await world.group("ada", "bob")
    await conversations.join(world.actor("bob", "desk"), choir.id)

    world.node.announce(ParticipantRemoved(choir.id, "bob"))
    await world.work.finish()

    assert await world.node.joined.users([choir.id]) == {choir.id: set()}


async def test_who_is_deleted_is_removed_from_everywhere_in_one_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    remove = world.node.joined.remove

    async def counted(gone: list[tuple[UUID, str]]) -> None:
        calls.append(len(gone))
        await remove(gone)

    monkeypatch.setattr(world.node.joined, "remove", counted)
    rooms = [await world.group("ada", "bob") for _ in range(5)]
    for room in rooms:
        await conversations.join(world.actor("ada", "desk"), room.id)

    await deletion.delete(world.node, "ada")
    await world.work.finish()

    assert calls == [5]
    assert not any((await world.node.joined.users([room.id for room in rooms])).values())


async def test_a_joined_that_fails_is_logged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def remove(_gone: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(world.node.joined, "remove", remove)

    with capture_logs() as lines:
        world.node.announce(ParticipantRemoved(new_id(), "bob"))
        await world.work.finish()

    assert [line["error"] for line in lines] == ["ConnectionError"]


async def test_new_names_are_asked_for_wherever_they_show(world: World) -> None:
    choir = await world.group("ada", "bob")
    await User.filter(id="ada").update(name="Countess")

    world.node.announce(PeopleChanged(("ada",)))

    assert (await world.node.memberships.get(choir.id)).person("ada").name == "Countess"
    assert (await world.node.people.known("ada")).name == "Countess"


async def test_a_pair_whose_user_was_deleted_is_met_anew(world: World) -> None:
    met = await conversations.direct_with(world.actor("ada"), "bob")

    world.node.announce(UserDeleted("ada"))
    world.node.announce(MembershipChanged(met))

    assert world.node.memberships.pair("ada", "bob") is None


async def test_what_a_transaction_announces_is_told_after_it_in_order(world: World) -> None:
    with gathered(world.node) as node:
        node.announce(JOINED)
        node.announce(LEFT)
        assert world.told == []

    assert world.told == [JOINED, LEFT]


async def rolled_back(world: World, conversation_id: UUID) -> None:
    with gathered(world.node) as node:
        await node.people.seen(Profile("zoe", "Zoe"))
        node.announce(MembershipChanged(conversation_id))
        node.announce(ParticipantRemoved(conversation_id, "bob"))
        raise ConnectionError


async def test_what_is_rolled_back_was_never_told_known_or_forgotten(world: World) -> None:
    choir = await world.group("ada", "bob")
    world.told.clear()

    with pytest.raises(ConnectionError):
        await rolled_back(world, choir.id)
    await User.filter(id="zoe").delete()

    assert world.told == []
    assert choir.id in world.node.memberships._known
    assert (await world.node.people.named(["zoe"]))["zoe"].name == "zoe"
