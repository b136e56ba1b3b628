"""Bulk calls: however much there is, they end, and others have their turn meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from realtime.domain import (
    conversations,
    deletion,
    notifications,
    preferences,
    receipts,
    relayed,
    rooms,
)
from realtime.domain.choosing import Choice
from realtime.domain.events import AllNotificationsRead, MessagesRead, OwnChanged
from realtime.domain.ids import new_id
from realtime.domain.steps import ROWS
from realtime.models import Conversation, Message, Notification, Participant, RoomMember, User
from realtime.stores.database import Database
from realtime.together import Together
from tests.domain.world import World
from tests.statements import heard

MANY = 12 * ROWS
"""Many times what one step takes."""

MOST_VALUES = 2 * ROWS + 24
"""Of one statement. PostgreSQL takes 32 767: what takes one for each row there is must fail."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/many.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def world(url: str) -> AsyncIterator[World]:
    async with await Database.open(url) as database:
        await database.create_tables()
        made = World(database)
        yield made
        await made.stop()


async def insert(model: type[Any], rows: list[Any]) -> None:
    """Many rows at once; how they came to be is no matter here."""
    await model.bulk_create(rows, batch_size=1000)


async def said(world: World, conversation_id: UUID, sender: str, count: int = MANY) -> None:
    """So many messages of somebody's, unread by all others."""
    at, row = world.now, await Conversation.get(id=conversation_id)
    await insert(
        Message,
        [
            Message(
                id=new_id(),
                conversation_id=conversation_id,
                seq=row.last_seq + n,
                change=row.last_change + n,
                sender_id=sender,
                content="Hi",
                created_at=at,
                updated_at=at,
            )
            for n in range(1, count + 1)
        ],
    )
    counts = {"last_seq": row.last_seq + count, "last_change": row.last_change + count}
    await Conversation.filter(id=conversation_id).update(**counts)


async def notified(world: World, user: str, count: int = MANY) -> None:
    await world.node.people.known(user)
    at = world.now
    rows = [
        Notification(id=new_id(), user_id=user, type="X", text=str(n), created_at=at)
        for n in range(count)
    ]
    await insert(Notification, rows)


@contextmanager
def in_small_statements() -> Iterator[None]:
    """However much there is, no statement has many values, nor lists that have."""
    with heard() as statements:
        yield
    assert statements
    for text, values in statements:
        count = sum(len(each) if isinstance(each, list | tuple) else 1 for each in values)
        assert count <= MOST_VALUES, text


async def turns_during(call: Coroutine[Any, Any, Any]) -> int:
    """How often somebody else could write while a call went on."""
    await User.get_or_create(id="else")
    turns, bulk = 0, asyncio.ensure_future(call)
    with in_small_statements():
        while not bulk.done():
            await User.filter(id="else").update(name=str(turns))
            turns += 1
        await bulk
    return turns


async def test_reading_much_is_told_in_small_events_and_lets_others_write(world: World) -> None:
    room = await world.group("ada", "bob", "cy")
    await said(world, room.id, "bob")

    first = await turns_during(receipts.mark_read(world.actor("ada"), room.id))
    assert world.heard(MessagesRead) == []  # Cy has yet to read them
    last = await turns_during(receipts.mark_read(world.actor("cy"), room.id))

    events = world.heard(MessagesRead)
    assert max(len(event.message_ids) for event in events) <= ROWS
    assert len({id_ for event in events for id_ in event.message_ids}) == MANY
    changes = [event.change for event in events]
    assert changes == sorted(set(changes))
    assert await Message.filter(read_at=None).count() == 0
    assert await receipts.unread_count(world.actor("ada")) == 0
    assert min(first, last) >= MANY // ROWS // 2


async def test_who_leaves_settles_much_in_steps(world: World) -> None:
    room = await world.group("ada", "bob", "cy")
    await said(world, room.id, "bob", 3 * ROWS)
    await said(world, room.id, "ada", 1)
    await receipts.mark_read(world.actor("ada"), room.id)

    await conversations.remove(world.actor("app"), room.id, "cy")
    await receipts.settle(world.actor("cy"), room.id)

    sizes = [len(event.message_ids) for event in world.heard(MessagesRead)]
    assert sum(sizes) == 3 * ROWS
    assert max(sizes) <= ROWS  # a step that took long is followed by smaller ones
    assert await Message.filter(read_at=None).count() == 1  # Ada's, which Bob has not read


async def test_a_step_takes_up_where_the_reader_is_by_then(world: World) -> None:
    room = await world.group("ada", "bob")
    await said(world, room.id, "bob", 4 * ROWS)

    ada = world.actor("ada")
    both = await asyncio.gather(*(receipts.mark_read(ada, room.id) for _ in range(2)))

    assert sum(map(len, both)) == len({*both[0], *both[1]}) == 4 * ROWS


async def test_many_notifications_are_read_and_deleted_in_steps(world: World) -> None:
    await notified(world, "ada")
    ada = world.actor("ada")

    first = await turns_during(notifications.mark_all_read(ada))
    assert await notifications.count(ada, Choice(read=False)) == 0
    assert len(world.heard(AllNotificationsRead)) == 1
    second = await turns_during(notifications.delete_read(ada))

    assert await Notification.filter(user_id="ada").count() == 0
    changes = [event.change for event in world.told if hasattr(event, "change")]
    assert changes == list(range(1, len(changes) + 1))  # each is told once, in order
    assert len(world.heard(OwnChanged)) > MANY // ROWS
    assert min(first, second) >= MANY // ROWS // 2


async def test_a_user_with_much_of_everything_can_be_deleted(world: World) -> None:
    group, pair = await world.group("ada", "bob", "cy"), await world.group("x")
    pair_id = await pair_of(world, "ada", "bob")
    await said(world, group.id, "ada")
    await said(world, pair_id, "bob")
    await notified(world, "ada", 2 * ROWS)
    mentioned = await Message.filter(sender_id="ada").limit(2 * ROWS)
    await insert(
        Notification,
        [
            Notification(
                id=new_id(),
                user_id="cy",
                actor_id="ada",
                message_id=each.id,
                type="NEW_MESSAGE",
                text="Hi",
                created_at=world.now,
            )
            for each in mentioned
        ],
    )

    gone: list[deletion.Deleted] = []

    async def delete() -> None:
        gone.append(await deletion.delete(world.node, "ada"))

    turns = await turns_during(delete())

    assert gone == [deletion.Deleted(1, MANY, 2 * ROWS, 0)]
    assert await Message.exclude(content="").count() == 0
    assert await Message.filter(conversation_id=pair_id).count() == 0
    assert await Message.filter(conversation_id=group.id, deleted_at=None).count() == 0
    assert await Notification.all().count() == 0
    assert await Participant.filter(user_id="ada").count() == 0
    assert await Conversation.filter(id=pair.id).exists()
    assert turns >= 2 * MANY // ROWS // 2
    assert await deletion.delete(world.node, "ada") == deletion.Deleted(0, 0, 0, 0)


async def pair_of(world: World, one: str, other: str) -> UUID:
    made = await conversations.start(world.actor(one), other)
    return made.id


async def test_a_user_in_very_many_conversations_can_be_deleted(world: World) -> None:
    await world.node.people.known("ada")
    rows = [Conversation(id=new_id()) for _ in range(2 * ROWS)]
    await insert(Conversation, rows)
    await insert(
        Participant,
        [Participant(id=new_id(), conversation_id=row.id, user_id="ada") for row in rows],
    )

    await deletion.delete(world.node, "ada")

    assert await Participant.all().count() == 0
    assert await Conversation.filter(version=2).count() == 2 * ROWS


async def test_very_many_people_are_asked_about_at_once(world: World) -> None:
    ids = [f"u{n}" for n in range(MANY)]
    await insert(User, [User(id=each) for each in ids])
    await insert(RoomMember, [RoomMember(id=new_id(), room="hall", user_id=ids[-1])])

    with in_small_statements():
        assert len(await world.node.people.named(ids)) == MANY
        await world.node.people.all_known(ids)
        assert len(await preferences.wanting("NEW_MESSAGE", ids)) == MANY
        asked = Together(rooms.of_each)
        found = await asyncio.gather(*(asked.of(each) for each in ids))
    assert found[-1] == ["hall"]


async def test_very_many_messages_are_told_to_be_read_in_small_events(world: World) -> None:
    room = await world.group("ada", "bob")
    await said(world, room.id, "bob")
    ids = [str(each) for each in await Message.all().values_list("id", flat=True)]

    with in_small_statements():
        await relayed.read(world.node, room.id, ids)

    assert {len(event.message_ids) for event in world.heard(MessagesRead)} == {ROWS}
    assert await Message.filter(read_at=None).count() == 0
