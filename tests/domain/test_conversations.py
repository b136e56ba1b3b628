"""Conversations: the one of a pair, groups, who comes and who goes."""

from __future__ import annotations

import asyncio

import pytest

from realtime.domain import conversations, overview, receipts
from realtime.domain.errors import NotAGroup, NotParticipant, ToOneself, UnknownConversation
from realtime.domain.events import ConversationJoined, MembershipChanged, ParticipantRemoved
from realtime.domain.ids import new_id
from realtime.models import Conversation, Participant
from tests.domain.world import World


async def test_a_pair_has_one_conversation_whoever_starts_it(world: World) -> None:
    hers = await conversations.start(world.actor("ada"), "bob")
    his = await conversations.start(world.actor("bob"), "ada")

    assert hers.id == his.id
    assert hers.direct
    assert await Conversation.all().count() == 1


async def test_a_conversation_that_has_just_ended_is_not_known(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    await Conversation.filter(id=pair.id).delete()

    with pytest.raises(UnknownConversation):
        await overview.of(world.actor("ada"), pair)


async def test_a_conversation_that_is_remembered_and_was_deleted_begins_anew(world: World) -> None:
    ada = world.actor("ada")
    gone = await conversations.start(ada, "bob")
    await Conversation.filter(id=gone.id).delete()
    world.node.memberships.forget(gone.id)

    made = await conversations.start(ada, "bob")

    assert await Conversation.all().values_list("id", flat=True) == [made.id]


async def test_a_pair_made_elsewhere_at_the_same_moment_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await conversations.start(world.actor("ada"), "bob")
    world.node.memberships.forget_pairs("ada")
    found, blind = conversations.found_between, iter([True])

    async def late(one: str, other: str) -> object:
        return None if next(blind, False) else await found(one, other)

    monkeypatch.setattr(conversations, "found_between", late)

    assert await conversations.direct_with(world.actor("ada"), "bob") == made.id


async def test_nobody_talks_to_herself(world: World) -> None:
    with pytest.raises(ToOneself):
        await conversations.start(world.actor("ada"), "ada")


async def test_a_group_names_each_person_once(world: World) -> None:
    made = await world.group("ada", "bob", "ada")

    assert [person.id for person in made.people] == ["ada", "bob"]
    assert not made.direct
    assert made.partner("ada") is None


async def test_joining_is_silent_and_counts_once_per_person(world: World) -> None:
    made = await world.group("ada", "bob")
    for session in ("desk", "desk", "phone"):
        await world.node.presence.connected("ada", session)
        await conversations.join(world.actor("ada", session), made.id)

    assert world.heard(ConversationJoined) == []
    assert await conversations.present(world.actor("bob"), made.id) == ["ada"]


async def test_joining_aloud_is_told_each_time(world: World) -> None:
    made = await conversations.start(world.actor("ada"), "bob")
    for session in ("desk", "desk", "phone"):
        await conversations.join_aloud(world.actor("ada", session), made.id)

    assert [event.session for event in world.heard(ConversationJoined)] == ["desk", "desk", "phone"]


async def test_a_stranger_who_leaves_is_refused_after_she_has_left(world: World) -> None:
    made = await world.group("ada", "bob")
    bob = world.actor("bob", "desk")
    await conversations.join(bob, made.id)
    await conversations.remove(world.actor("app"), made.id, "bob")
    await world.node.joined.join(made.id, "bob", "desk")  # as a race would leave it

    with pytest.raises(NotParticipant):
        await conversations.leave(bob, made.id)

    assert await conversations.present(world.actor("ada"), made.id) == []


async def test_who_is_removed_is_out_of_the_room_and_told_to_be(world: World) -> None:
    made = await world.group("ada", "bob")
    await conversations.join(world.actor("bob", "desk"), made.id)

    now = await conversations.remove(world.actor("app"), made.id, "bob")

    assert [person.id for person in now.people] == ["ada"]
    assert now.version > made.version
    assert await conversations.present(world.actor("ada"), made.id) == []
    assert world.heard(ParticipantRemoved) == [ParticipantRemoved(made.id, "bob", 2)]
    with pytest.raises(NotParticipant):
        await world.say("bob", made.id, "Still here?")


async def test_removing_and_adding_twice_change_nothing(world: World) -> None:
    made = await world.group("ada", "bob")
    app = world.actor("app")

    first = await conversations.add(app, made.id, "eve")
    second = await conversations.add(app, made.id, "eve")
    third = await conversations.remove(app, made.id, "zoe")

    assert first.version == second.version == third.version == made.version + 1


async def test_neither_of_a_pair_can_be_taken_out(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")

    for user_id in ("ada", "bob", "nobody"):
        with pytest.raises(NotAGroup):
            await conversations.remove(world.actor("app"), pair.id, user_id)

    kept = await world.node.memberships.reload(pair.id)
    assert (kept.version, kept.people) == (pair.version, pair.people)
    assert world.heard(ParticipantRemoved) == []
    assert world.heard(MembershipChanged) == [MembershipChanged(pair.id, 1)]


async def test_a_pair_that_is_deleted_while_it_is_read_is_unknown(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    await Participant.filter(conversation_id=pair.id).delete()  # as read a moment after its row

    with pytest.raises(UnknownConversation):
        await world.node.memberships.reload(pair.id)


async def test_what_was_said_before_somebody_came_counts_as_read_by_her(world: World) -> None:
    made = await world.group("ada", "bob")
    await world.say("ada", made.id, "Before")

    await conversations.add(world.actor("app"), made.id, "eve")
    await world.say("ada", made.id, "After")

    assert await receipts.unread_count(world.actor("eve")) == 1
    assert await receipts.unread_count(world.actor("bob")) == 2


async def test_every_change_is_told_to_the_other_nodes(world: World) -> None:
    made = await world.group("ada", "bob")

    await conversations.add(world.actor("app"), made.id, "eve")
    await conversations.remove(world.actor("app"), made.id, "eve")

    assert world.heard(MembershipChanged) == [
        MembershipChanged(made.id, 1),
        MembershipChanged(made.id, 2),
        MembershipChanged(made.id),  # what happens to her sockets has its place
    ]
    assert world.heard(ParticipantRemoved) == [ParticipantRemoved(made.id, "eve", 3)]


@pytest.mark.parametrize("change", [conversations.add, conversations.remove])
async def test_an_unknown_conversation_cannot_change(world: World, change: object) -> None:
    with pytest.raises(UnknownConversation):
        await change(world.actor("app"), new_id(), "ada")  # type: ignore[operator]


async def test_two_who_start_at_once_have_one_conversation(world: World) -> None:
    started = await asyncio.gather(
        *(conversations.start(world.actor("ada"), "bob") for _ in range(5)),
        *(conversations.start(world.actor("bob"), "ada") for _ in range(5)),
    )

    assert len({conversation.id for conversation in started}) == 1
