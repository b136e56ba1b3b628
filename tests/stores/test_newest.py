"""Lists follow the newest message that is there, whatever is said and deleted, in any order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from realtime.domain import conversations, deletion, messages, overview
from realtime.domain.records import Conversation, Message
from realtime.models import Conversation as Row
from realtime.models import Message as MessageRow
from realtime.stores.writer.commit import Commit
from tests.domain.world import World


@pytest.fixture(params=["at once", "carefully"])
async def pair(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> Conversation:
    """A conversation whose messages take one of the writer's two ways."""
    if request.param == "carefully":

        async def not_at_once(*_: object) -> None: ...

        monkeypatch.setattr(Commit, "at_once", not_at_once)
    return await conversations.start(world.actor("ada"), "bob")


async def say(world: World, pair: Conversation, text: str, *, after: float) -> Message:
    world.later(seconds=after)
    return await world.say("ada", pair.id, text)


async def shown(world: World, conversation_id: UUID) -> Message | None:
    """What Bob's list shows; what orders and dates it belongs to that message."""
    (listed,) = (await overview.mine(world.actor("bob"), limit=10)).items
    row = await Row.get(id=conversation_id)
    kept = MessageRow.filter(conversation_id=conversation_id, deleted_at=None)
    newest = await kept.order_by("-seq").first()
    assert row.newest_seq == (newest.seq if newest else 0)
    assert (listed.last.id if listed.last else None) == (newest.id if newest else None)
    assert listed.last_message_at == row.last_message_at == (newest.created_at if newest else None)
    assert listed.updated_at == row.updated_at == (newest or row).created_at
    return listed.last


async def test_the_newest_is_deleted_then_all_are(world: World, pair: Conversation) -> None:
    said = [await say(world, pair, text, after=10) for text in ("One", "Two", "Three")]
    ada = world.actor("ada")

    for gone, left in ((said[1], said[2]), (said[2], said[0]), (said[0], None)):
        await messages.delete(ada, gone.id)
        assert await shown(world, pair.id) == left

    assert await overview.chats(world.actor("bob"), limit=10) == ()
    assert await shown(world, pair.id) is None
    fourth = await say(world, pair, "Four", after=10)
    assert fourth.created_at == world.now
    assert await shown(world, pair.id) == fourth


@pytest.mark.parametrize(("behind", "expected"), [(5, 5), (15, 0)])
async def test_a_node_whose_clock_is_behind_sends_after_a_deletion(
    world: World, pair: Conversation, behind: float, expected: float
) -> None:
    first = await say(world, pair, "One", after=10)
    gone = await say(world, pair, "Two", after=10)
    await messages.delete(world.actor("ada"), gone.id)

    third = await say(world, pair, "Three", after=-behind)

    assert third.created_at == first.created_at + timedelta(seconds=expected)
    assert await shown(world, pair.id) == third


async def test_sending_and_deleting_at_once(world: World, pair: Conversation) -> None:
    said = [await say(world, pair, str(n), after=1) for n in range(10)]

    for _ in range(5):
        newest = said.pop()
        sent, _ = await asyncio.gather(
            say(world, pair, "More", after=1), messages.delete(world.actor("ada"), newest.id)
        )
        assert await shown(world, pair.id) == sent
        await messages.delete(world.actor("ada"), sent.id)
        assert await shown(world, pair.id) == said[-1]


async def test_what_a_deleted_user_said_last_in_a_group(world: World) -> None:
    group = await world.group("ada", "bob", "eve")
    world.later(seconds=1)
    kept = await world.say("eve", group.id, "Stays")
    world.later(seconds=1)
    await world.say("ada", group.id, "Goes")

    await deletion.delete(world.node, "ada")

    last = await shown(world, group.id)
    assert last is not None
    assert last.id == kept.id
    await deletion.delete(world.node, "eve")
    assert await shown(world, group.id) is None
