"""What somebody was typing ends when her node dies, told by one of the others."""

from __future__ import annotations

import pytest

from realtime.delivery.typists import Typists
from realtime.domain.events import TypingStarted, TypingStopped
from realtime.domain.ids import new_id
from realtime.domain.records import Conversation
from tests.domain.world import World


@pytest.fixture
async def choir(world: World) -> Conversation:
    return await world.group("ada", "bob")


@pytest.fixture
def said() -> list[tuple[str, str, bool]]:
    """What this node told the others."""
    return []


@pytest.fixture
def typists(world: World, said: list[tuple[str, str, bool]]) -> Typists:
    made = Typists(world.node, said.append, world.work.start)
    made.listen(world.announcer)
    return made


async def test_others_are_told_the_first_keystroke_and_the_end(
    world: World, typists: Typists, choir: Conversation, said: list[tuple[str, str, bool]]
) -> None:
    ada = choir.person("ada")
    assert ada is not None
    for _ in range(3):
        world.node.typing.started(ada, choir, "phone")
    assert typists.own() == [(str(choir.id), "ada")]
    world.node.typing.stopped(ada, choir, "phone")
    world.node.typing.stopped(ada, choir, "phone")

    assert said == [(str(choir.id), "ada", True), (str(choir.id), "ada", False)]
    assert typists.own() == []


async def test_who_types_on_another_node_is_known_until_the_end(
    typists: Typists, choir: Conversation
) -> None:
    assert not typists.elsewhere("bob", choir.id)
    typists.change("n2", [str(choir.id), "bob", True], mine=False)
    assert typists.elsewhere("bob", choir.id)
    assert not typists.elsewhere("ada", choir.id)

    typists.change("n2", [str(choir.id), "bob", False], mine=False)
    assert not typists.elsewhere("bob", choir.id)


async def test_when_a_node_is_buried_one_tells_that_its_people_type_no_more(
    world: World, typists: Typists, choir: Conversation
) -> None:
    typists.change("n2", [str(choir.id), "bob", True], mine=False)
    typists.gone("n2")
    typists.bury("n2", mine=True)
    await world.work.finish()

    (stopped,) = world.heard(TypingStopped)
    assert (stopped.person.id, stopped.conversation.id) == ("bob", choir.id)

    typists.bury("n2", mine=True)
    await world.work.finish()
    assert len(world.heard(TypingStopped)) == 1


async def test_the_others_only_forget_it(
    world: World, typists: Typists, choir: Conversation
) -> None:
    typists.replace("n2", [[str(choir.id), "bob"]], mine=False)
    typists.bury("n2", mine=False)
    typists.bury("n2", mine=True)
    await world.work.finish()

    assert world.heard(TypingStopped) == []


async def test_who_types_elsewhere_by_now_goes_on(
    world: World, typists: Typists, choir: Conversation
) -> None:
    bob = choir.person("bob")
    assert bob is not None
    typists.change("n2", [str(choir.id), "bob", True], mine=False)
    world.node.typing.started(bob, choir, "laptop")
    typists.bury("n2", mine=True)
    await world.work.finish()

    assert len(world.heard(TypingStarted)) == 1
    assert world.heard(TypingStopped) == []


async def test_of_a_conversation_that_is_gone_nothing_is_told(
    world: World, typists: Typists
) -> None:
    typists.replace("n2", [[str(new_id()), "bob"]], mine=False)
    typists.bury("n2", mine=True)
    await world.work.finish()

    assert world.heard(TypingStopped) == []


async def test_who_has_stopped_while_nodes_did_not_hear_one_another_is_told_to_have(
    world: World, typists: Typists, choir: Conversation
) -> None:
    ada, bob = [str(choir.id), "ada"], [str(choir.id), "bob"]
    typists.replace("n2", [ada, bob], mine=False)
    typists.replace("n2", [ada], mine=False)
    await world.work.finish()

    (stopped,) = world.heard(TypingStopped)
    assert stopped.person.id == "bob"
    assert typists.elsewhere("ada", choir.id)
