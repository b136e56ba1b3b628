"""Memberships are remembered: late at most by a second, and never where it matters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import conversations, memberships, messages
from realtime.domain.errors import NotParticipant, UnknownConversation
from realtime.domain.ids import new_id
from realtime.domain.memberships import FRESH_FOR, Memberships, load_all, ordered
from realtime.domain.messages import Content
from realtime.domain.records import Conversation, Person
from realtime.models import Conversation as Row
from realtime.models import Participant, User
from realtime.together import AT_ONCE
from tests.domain.world import World
from tests.patience import PATIENCE
from tests.statements import heard

SINCE = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Watch:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def conversation(*user_ids: str, conversation_id: UUID | None = None) -> Conversation:
    people = tuple(Person(user_id, user_id) for user_id in user_ids)
    return Conversation(conversation_id or new_id(), 1, people, False, None, SINCE)


async def let_in_elsewhere(conversation_id: UUID, user_id: str) -> None:
    """What another node does: this one is not told."""
    await Participant.create(id=new_id(), conversation_id=conversation_id, user_id=user_id)
    conversation = await Row.get(id=conversation_id)
    await Row.filter(id=conversation_id).update(version=conversation.version + 1)


async def put_out_elsewhere(conversation_id: UUID, user_id: str) -> None:
    await Participant.filter(conversation_id=conversation_id, user_id=user_id).delete()
    conversation = await Row.get(id=conversation_id)
    await Row.filter(id=conversation_id).update(version=conversation.version + 1)


async def test_for_a_second_nobody_asks_the_database(world: World) -> None:
    watch = Watch()
    memory = Memberships(watch)
    made = await world.group("ada", "bob")
    await memory.current(made.id)
    await put_out_elsewhere(made.id, "bob")

    watch.now = FRESH_FOR / 2
    assert (await memory.current(made.id)).person("bob") is not None

    watch.now = FRESH_FOR * 2
    assert (await memory.current(made.id)).person("bob") is None


async def test_a_change_told_is_known_at_once(world: World) -> None:
    memory = Memberships()
    made = await world.group("ada", "bob")
    await memory.current(made.id)
    await put_out_elsewhere(made.id, "bob")

    memory.forget(made.id)

    assert (await memory.current(made.id)).person("bob") is None


async def test_who_was_let_in_elsewhere_is_found_at_once(world: World) -> None:
    made = await world.group("ada", "bob")
    await world.node.people.known("eve")
    with pytest.raises(NotParticipant):
        await conversations.access(world.actor("eve"), made.id)

    await let_in_elsewhere(made.id, "eve")

    found = await conversations.access(world.actor("eve"), made.id)
    assert [person.id for person in found.people] == ["ada", "bob", "eve"]


async def test_who_was_put_out_elsewhere_writes_nothing_though_the_cache_has_her(
    world: World,
) -> None:
    made = await world.group("ada", "bob")
    await world.say("bob", made.id, "In")
    await put_out_elsewhere(made.id, "bob")
    assert (await world.node.memberships.get(made.id)).person("bob") is not None

    with pytest.raises(NotParticipant):
        await world.say("bob", made.id, "Out")

    assert (await world.say("ada", made.id, "Next")).seq == 2


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await world.group("ada", "bob")
    reads = 0

    async def slowly(ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        nonlocal reads
        reads += 1
        found = await load_all(ids)
        if reads == 1:  # the change comes after our read, and before we remember it
            await put_out_elsewhere(made.id, "bob")
            memory.forget(made.id)
        return found

    monkeypatch.setattr("realtime.domain.memberships.load_all", slowly)
    memory = Memberships()
    found = await memory.reload(made.id)

    assert reads == 2
    assert found.person("bob") is None


async def test_a_conversation_is_read_while_others_go_on_changing(world: World) -> None:
    """On a busy node some conversation always changes: nobody is to wait for that to end."""
    made = await world.group("ada", "bob")
    memory = Memberships()
    read = asyncio.create_task(memory.reload(made.id))

    async with asyncio.timeout(PATIENCE):
        while not read.done():  # in each turn of the loop another one changes
            memory.forget(new_id())
            await asyncio.sleep(0)

    assert read.result().id == made.id
    assert await memory.get(made.id) is read.result()


async def test_a_conversation_is_remembered_while_others_go_on_changing_their_names(
    world: World,
) -> None:
    made = await world.group("ada", "bob")
    memory = Memberships()
    read = asyncio.create_task(memory.current(made.id))

    async with asyncio.timeout(PATIENCE):
        while not read.done():
            memory.forget_person("zoe")
            await asyncio.sleep(0)

    assert await memory.get(made.id) is read.result()


async def test_whoever_is_taken_out_while_she_joins_is_not_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await world.group("ada", "bob")
    world.node.memberships.forget(made.id)
    meanwhile: list[Conversation] = []

    async def read_too_early(*ids: Any, **options: Any) -> dict[UUID, Conversation]:
        found = await load_all(*ids, **options)
        if not meanwhile:
            meanwhile.extend(found.values())
            await conversations.remove(world.actor("app"), made.id, "bob")
        return found

    monkeypatch.setattr(memberships, "load_all", read_too_early)
    with pytest.raises(NotParticipant):
        await conversations.join(world.actor("bob", "tab"), made.id)

    assert meanwhile[0].person("bob") is not None
    assert await world.node.joined.users([made.id]) == {made.id: set()}


async def test_a_name_that_changes_while_it_is_read_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing would ever forget it: a conversation's version is not of its people's names."""
    made = await world.group("ada", "bob")
    memory = Memberships()
    read: list[Conversation] = []

    async def read_too_early(*ids: Any, **options: Any) -> dict[UUID, Conversation]:
        found = await load_all(*ids, **options)
        if not read:
            read.extend(found.values())
            await User.filter(id="bob").update(name="Bob")
            memory.forget_person("bob")
        return found

    monkeypatch.setattr(memberships, "load_all", read_too_early)
    await memory.get(made.id)

    assert [person.name for person in (await memory.get(made.id)).people] == ["ada", "Bob"]


async def test_who_gives_up_waiting_for_an_answer_keeps_it_from_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    made = await world.group("ada", "bob")

    async def slowly(ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        await asked.wait()
        return await load_all(ids)

    monkeypatch.setattr("realtime.domain.memberships.load_all", slowly)
    memory = Memberships()
    who_asks, who_gives_up, who_waits = (
        asyncio.ensure_future(memory.current(made.id)) for _ in range(3)
    )
    await asyncio.sleep(0)
    who_gives_up.cancel()
    await asyncio.sleep(0)
    asked.set()

    assert (await who_asks).id == (await who_waits).id == made.id


async def test_an_unknown_conversation_is_not_remembered(world: World) -> None:
    with pytest.raises(UnknownConversation):
        await Memberships().current(new_id())


async def test_the_memory_is_bounded() -> None:
    memory = Memberships(size=3)
    made = [conversation("ada", "bob") for _ in range(5)]
    for each in made:
        memory.remember(each)

    for other in ("bob", "carl", "dora", "emil"):
        memory.remember_pair("ada", other, made[0].id)

    assert [each.id in memory._known for each in made] == [False] * 2 + [True] * 3
    assert memory.pair("ada", "bob") is None
    assert memory.pair("emil", "ada") == made[0].id


async def test_a_changed_person_is_forgotten_wherever_she_takes_part() -> None:
    memory = Memberships()
    hers, theirs = conversation("ada", "bob"), conversation("bob", "carl")
    memory.remember(hers)
    memory.remember(theirs)

    memory.forget_person("ada")

    assert list(memory._known) == [theirs.id]
    assert "ada" not in memory._of_user


async def test_a_pair_that_another_node_deleted_is_made_anew_by_the_next_message(
    world: World,
) -> None:
    ada = world.actor("ada")
    first = await messages.send_to(ada, "bob", Content("Hi"))
    await Row.filter(id=first.conversation_id).delete()

    second = await messages.send_to(ada, "bob", Content("Hi again"))

    assert second.conversation_id != first.conversation_id
    assert second.seq == 1
    assert world.node.memberships.pair("ada", "bob") == second.conversation_id


async def test_a_conversation_that_another_node_deleted_is_forgotten_by_who_writes_there(
    world: World,
) -> None:
    choir = await world.group("ada", "bob")
    await Row.filter(id=choir.id).delete()

    with pytest.raises(UnknownConversation):
        await world.say("ada", choir.id, "La")

    assert choir.id not in world.node.memberships._known


async def test_a_deleted_persons_pairs_are_forgotten() -> None:
    memory = Memberships()
    memory.remember_pair("ada", "bob", new_id())
    memory.remember_pair("bob", "carl", new_id())

    memory.forget_pairs("ada")

    assert memory.pair("ada", "bob") is None
    assert memory.pair("carl", "bob") is not None


def test_a_pair_has_one_order() -> None:
    assert ordered("b", "a") == ordered("a", "b") == ("a", "b")
    assert ordered("10", "9") == ("10", "9"), "as strings, on every node"


async def test_a_thousand_who_ask_at_once_are_one_question(world: World) -> None:
    watch = Watch()
    memory = Memberships(watch)
    made = await world.group("ada", "bob")

    for _ in range(2):  # of what is not known, and of what is known for long
        with heard() as statements:
            found = await asyncio.gather(*(memory.current(made.id) for _ in range(1_000)))
        assert {id(each) for each in found} == {id(found[0])}
        assert len(statements) <= 2
        watch.now += FRESH_FOR
    await made_unknown(made.id)
    watch.now += FRESH_FOR
    faults = await asyncio.gather(
        *(memory.current(made.id) for _ in range(3)), return_exceptions=True
    )
    assert [type(fault) for fault in faults] == [UnknownConversation] * 3


async def test_what_is_asked_in_a_transaction_is_asked_for_nobody_else(world: World) -> None:
    memory = Memberships()
    first, second = await world.group("ada", "bob"), await world.group("ada", "bob")
    await world.node.people.known("eve")
    begun = asyncio.Event()

    async def beside() -> Conversation:
        await begun.wait()
        return await memory.current(second.id)

    asking = asyncio.create_task(beside())
    with suppress(LookupError):
        async with in_transaction():
            await let_in_elsewhere(second.id, "eve")
            begun.set()
            await memory.current(first.id)
            await asyncio.wait([asking], timeout=0.2)  # it has to wait until we are gone
            raise LookupError

    assert (await asking).person("eve") is None


async def test_those_who_come_back_at_once_into_a_conversation_each_are_a_few_questions(
    world: World,
) -> None:
    watch = Watch()
    memory = Memberships(watch)
    made = [(await world.group("ada", "bob")).id for _ in range(10)]
    await put_out_elsewhere(made[0], "bob")

    for _ in range(2):  # of what is not known, and of what is known for long
        with heard() as statements:
            found = await asyncio.gather(*map(memory.current, made))
        assert [each.id for each in found] == made
        assert [each.person("bob") is None for each in found] == [True, *[False] * 9]
        assert len(statements) <= 2
        watch.now += FRESH_FOR


async def made_unknown(conversation_id: UUID) -> None:
    await Row.filter(id=conversation_id).delete()


async def test_many_conversations_that_are_asked_for_at_once_are_few_questions(
    world: World,
) -> None:
    others = [f"user{number}" for number in range(100)]
    made = [await conversations.direct_with(world.actor("ada"), each) for each in others]
    memory = Memberships()

    with heard() as statements:
        found = await asyncio.gather(*(memory.between("ada", each) for each in others))
        known = await asyncio.gather(*(memory.current(each) for each in found if each))

    assert found == made
    assert [each.id for each in known] == made
    assert len(statements) <= 3 * (AT_ONCE + 1), "one for each pair, two for their conversations"
    assert await memory.between("bob", "carl") is None
