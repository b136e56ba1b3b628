"""Unread counts are arithmetic; here they are compared with the messages one by one."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from realtime.domain import (
    conversations,
    deletion,
    groups,
    histories,
    messages,
    overview,
    receipts,
    relayed,
)
from realtime.models import Message, Participant
from tests.domain.world import World

PEOPLE = ("ada", "bob", "eve")


async def unread_one_by_one(user_id: str, conversation_id: UUID) -> int:
    """The others' messages that are there and not read: neither by all nor by her."""
    part = await Participant.get(conversation_id=conversation_id, user_id=user_id)
    unread = Message.filter(conversation_id=conversation_id, deleted_at=None, read_at=None)
    return await unread.filter(seq__gt=part.read_seq).exclude(sender_id=user_id).count()


async def counts(world: World, user_id: str) -> tuple[int, list[int]]:
    """What the badge says and what each conversation's row in the list says."""
    actor = world.actor(user_id)
    listed = (await overview.mine(actor, limit=20)).items
    return await receipts.unread_count(actor), [each.unread for each in listed]


async def test_the_second_and_third_of_three_are_read(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    ids = [str((await world.say("ada", pair.id, text)).id) for text in "123"]

    await relayed.read(world.node, pair.id, ids[1:])

    history = await histories.page(world.actor("bob"), pair, limit=10)
    assert [each.read_at is not None for each in history.items] == [False, True, True]
    assert await counts(world, "bob") == (1, [1])
    await messages.delete(world.actor("ada"), UUID(ids[2]))
    assert await counts(world, "bob") == (1, [1])
    await relayed.read(world.node, pair.id, ids[:1])
    assert await counts(world, "bob") == (0, [0])
    assert (await Participant.get(conversation_id=pair.id, user_id="bob")).read_seq == 3


async def test_who_says_more_than_she_reads_has_the_others_unread(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    for sender in ("bob", "ada", "ada", "bob", "ada"):
        await world.say(sender, pair.id, "Hi")

    assert await counts(world, "ada") == (2, [2])
    await receipts.mark_read(world.actor("bob"), pair.id)
    assert await counts(world, "ada") == (2, [2])
    assert await counts(world, "bob") == (0, [0])


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_counts_are_those_of_the_messages(world: World, seed: int) -> None:
    chance = random.Random(seed)
    places = [
        (await world.group(*PEOPLE)).id,
        (await conversations.start(world.actor("ada"), "bob")).id,
    ]
    for _ in range(60):
        await something(world, chance, chance.choice(places))
        for person in PEOPLE:
            expected = [
                await unread_one_by_one(part.user_id, part.conversation_id)
                for part in await Participant.filter(user_id=person)
            ]
            total, listed = await counts(world, person)
            assert (total, sorted(listed)) == (sum(expected), sorted(expected))


async def test_what_a_deleted_user_had_said_is_unread_no_more(world: World) -> None:
    group = await world.group(*PEOPLE)
    for sender in ("ada", "bob", "ada"):
        await world.say(sender, group.id, "Hi")

    await deletion.delete(world.node, "ada")

    assert await counts(world, "eve") == (1, [1])
    await groups.remove(world.node, group.id, "eve")
    assert await counts(world, "eve") == (0, [])
    assert await counts(world, "bob") == (0, [0])


async def something(world: World, chance: random.Random, conversation_id: UUID) -> None:
    """Somebody speaks, reads, or deletes; or the application says what is read."""
    here = [part.user_id for part in await Participant.filter(conversation_id=conversation_id)]
    said = await Message.filter(conversation_id=conversation_id, deleted_at=None)
    what = chance.choice(("say", "say", "say", "read", "apart", "delete"))
    if what == "say" or not said:
        await world.say(chance.choice(here), conversation_id, "Hi")
    elif what == "read":
        reader = world.actor(chance.choice(here))
        await receipts.mark_read(reader, conversation_id, chance.choice(said).id)
    elif what == "apart":
        some = chance.sample(said, min(len(said), chance.randint(1, 3)))
        await relayed.read(world.node, conversation_id, [str(each.id) for each in some])
    else:
        gone = chance.choice(said)
        await messages.delete(world.actor(gone.sender_id), gone.id)
