"""Messages and receipts: who may change what, until when, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from realtime.domain import (
    blocks,
    conversations,
    groups,
    messages,
    notifications,
    overview,
    receipts,
)
from realtime.domain.actor import Actor, Rules
from realtime.domain.choosing import Choice
from realtime.domain.errors import (
    BlankMessage,
    Blocked,
    InvalidText,
    NotSender,
    TooLateToDelete,
    ToOneself,
    UnknownMessage,
)
from realtime.domain.events import MessageDeleted, MessageEdited, MessageSent, MessagesRead
from realtime.domain.messages import Content
from realtime.domain.ports import Check
from realtime.domain.settings import MessageSettings
from realtime.models import Conversation
from realtime.stores.database import Database
from tests.domain.world import World


@pytest.fixture
async def strict() -> AsyncIterator[World]:
    """A world in which messages can be deleted for five minutes."""
    async with await Database.open("sqlite://:memory:") as database:
        await database.create_tables()
        made = World(database, Rules(messages=MessageSettings(delete_window=5)))
        yield made
        await made.stop()


async def test_messages_are_told_in_their_order_without_gaps(world: World) -> None:
    choir = (await world.group("ada", "bob")).id

    await asyncio.gather(*(world.say("ada", choir, str(number)) for number in range(50)))

    assert [event.message.seq for event in world.heard(MessageSent)] == list(range(1, 51))


async def test_a_refused_text_to_a_person_makes_no_conversation(world: World) -> None:
    with pytest.raises(ToOneself):
        await messages.send_to(world.actor("ada"), "ada", Content("Hi"))
    for text in ("", "\x00"):
        with pytest.raises((BlankMessage, InvalidText)):
            await messages.send_to(world.actor("ada"), "bob", Content(text))

    assert await Conversation.all().count() == 0


async def test_a_deleted_message_takes_its_notification_along(world: World) -> None:
    message = await messages.send_to(world.actor("ada"), "bob", Content("Oops"))
    assert await notifications.count(world.actor("bob"), Choice()) == 1

    await messages.delete(world.actor("ada"), message.id)

    assert await notifications.count(world.actor("bob"), Choice()) == 0
    (told,) = world.heard(MessageDeleted)
    assert (told.message_id, told.sender_id) == (message.id, "ada")
    (seen,) = (await overview.mine(world.actor("bob"), limit=10)).items
    assert (seen.last, seen.unread) == (None, 0)


async def test_two_who_delete_at_once_delete_once(world: World) -> None:
    message = await messages.send_to(world.actor("ada"), "bob", Content("Oops"))
    ada = world.actor("ada")

    done = await asyncio.gather(
        *(messages.delete(ada, message.id) for _ in range(3)), return_exceptions=True
    )

    assert [type(each) for each in done].count(MessageDeleted) == 1
    assert [type(each) for each in done].count(UnknownMessage) == 2
    assert len(world.heard(MessageDeleted)) == 1


async def test_an_edit_tells_the_message_as_it_is_now(world: World) -> None:
    message = await messages.send_to(world.actor("ada"), "bob", Content("Lunhc?"))
    world.later(minutes=1)

    edited = await messages.edit(world.actor("ada"), message.id, " Lunch? ")

    assert (edited.content, edited.edited_at, edited.updated_at) == ("Lunch?", world.now, world.now)
    assert edited.created_at == message.created_at
    assert world.heard(MessageEdited)[0].message == edited


class Deliberating:
    """An application that allows everything, but while it thinks something happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._meanwhile = meanwhile

    def turn(self, sender_id: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def ask(self, proposal: Mapping[str, Any], check: Check) -> str:
        await self._meanwhile()
        return check(proposal["content"])


def asked_first(world: World, user_id: str, meanwhile: Callable[[], Awaitable[object]]) -> Actor:
    """A user of a node that asks the application first."""
    return Actor(user_id, replace(world.node, before=Deliberating(meanwhile)))


async def test_whoever_was_taken_out_while_the_application_was_asked_edits_nothing(
    world: World,
) -> None:
    choir = (await world.group("ada", "bob")).id
    said = await world.say("ada", choir, "Hi")
    ada = asked_first(world, "ada", lambda: groups.remove(world.node, choir, "ada"))

    with pytest.raises(UnknownMessage):
        await messages.edit(ada, said.id, "Ho")

    assert not world.heard(MessageEdited)


async def test_whoever_was_blocked_while_the_application_was_asked_edits_nothing(
    world: World,
) -> None:
    said = await messages.send_to(world.actor("ada"), "bob", Content("Hi"))
    ada = asked_first(world, "ada", lambda: blocks.block(world.actor("bob"), "ada"))

    with pytest.raises(Blocked):
        await messages.edit(ada, said.id, "Ho")

    assert not world.heard(MessageEdited)


async def test_only_the_sender_changes_a_message_and_a_stranger_finds_none(world: World) -> None:
    message = await messages.send_to(world.actor("ada"), "bob", Content("Mine"))

    with pytest.raises(NotSender):
        await messages.delete(world.actor("bob"), message.id)
    with pytest.raises(UnknownMessage):
        await messages.delete(world.actor("eve"), message.id)


async def test_a_former_member_cannot_delete_what_she_said(world: World) -> None:
    choir = (await world.group("ada", "bob")).id
    message = await world.say("ada", choir, "Bye")
    await conversations.remove(world.actor("app"), choir, "ada")

    with pytest.raises(UnknownMessage):
        await messages.delete(world.actor("ada"), message.id)


async def test_whoever_was_taken_out_on_another_node_changes_nothing_any_more(
    world: World,
) -> None:
    """This node has not heard of it yet; the row that is locked has."""
    choir = (await world.group("ada", "bob")).id
    message = await world.say("ada", choir, "Hi")
    late = await world.node.memberships.get(choir)
    await conversations.remove(world.actor("app"), choir, "ada")

    for change in (
        lambda ada: messages.edit(ada, message.id, "Ho"),
        lambda ada: messages.delete(ada, message.id),
    ):
        world.node.memberships.remember(late)
        with pytest.raises(UnknownMessage):
            await change(world.actor("ada"))

    assert not world.heard(MessageEdited)
    assert not world.heard(MessageDeleted)


async def test_whoever_was_blocked_on_another_node_edits_nothing_and_may_delete(
    world: World,
) -> None:
    message = await messages.send_to(world.actor("ada"), "bob", Content("Hi"))
    late = await world.node.memberships.get(message.conversation_id)
    await blocks.block(world.actor("bob"), "ada")

    world.node.memberships.remember(late)
    with pytest.raises(Blocked):
        await messages.edit(world.actor("ada"), message.id, "Ho")
    assert not world.heard(MessageEdited)

    world.node.memberships.remember(late)
    await messages.delete(world.actor("ada"), message.id)


async def test_an_edit_unreads_nothing_that_was_read_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    said = await world.say("ada", pair.id, "Lunhc?")
    editable = messages._editable

    async def read_meanwhile(actor: Actor, message_id: UUID) -> Any:
        found = await editable(actor, message_id)
        await receipts.mark_read(world.actor("bob"), pair.id)
        return found

    monkeypatch.setattr(messages, "_editable", read_meanwhile)
    await messages.edit(world.actor("ada"), said.id, "Lunch?")

    (event,) = world.heard(MessageEdited)
    assert (event.message.content, event.message.read_at) == ("Lunch?", world.now)


async def test_an_edit_tells_those_who_take_part_by_then(world: World) -> None:
    choir = (await world.group("ada", "bob")).id
    message = await world.say("ada", choir, "Hi")
    late = await world.node.memberships.get(choir)
    await groups.add(world.node, choir, "eve")
    world.node.memberships.remember(late)

    await messages.edit(world.actor("ada"), message.id, "Ho")

    (told,) = world.heard(MessageEdited)
    assert [each.id for each in told.conversation.people] == ["ada", "bob", "eve"]


async def test_a_message_can_be_deleted_until_the_window_closes(strict: World) -> None:
    ada = strict.actor("ada")
    one = await messages.send_to(ada, "bob", Content("One"))
    two = await messages.send_to(ada, "bob", Content("Two"))

    strict.later(minutes=5)
    await messages.delete(ada, one.id)
    strict.later(seconds=1)

    with pytest.raises(TooLateToDelete):
        await messages.delete(ada, two.id)


async def read(world: World, user_id: str, conversation_id: UUID, up_to: UUID | None = None) -> int:
    return len(await receipts.mark_read(world.actor(user_id), conversation_id, up_to))


async def test_a_group_has_read_what_all_but_the_sender_have(world: World) -> None:
    choir = (await world.group("ada", "bob", "eve")).id
    adas = await world.say("ada", choir, "Ada's")
    bobs = await world.say("bob", choir, "Bob's")

    assert await read(world, "eve", choir) == 0
    assert await read(world, "bob", choir) == 1
    assert await read(world, "ada", choir) == 1

    told = world.heard(MessagesRead)
    assert [(event.reader_id, event.message_ids) for event in told] == [
        ("bob", (adas.id,)),
        ("ada", (bobs.id,)),
    ]


async def test_two_who_read_at_once_miss_nothing_and_tell_it_once(world: World) -> None:
    choir = (await world.group("ada", "bob", "eve")).id
    for number in range(5):
        await world.say("ada", choir, str(number))

    await asyncio.gather(*(read(world, who, choir) for who in ("bob", "eve", "bob", "eve")))

    told = [each for event in world.heard(MessagesRead) for each in event.message_ids]
    assert len(told) == len(set(told)) == 5


async def test_reading_never_goes_back(world: World) -> None:
    room = await messages.send_to(world.actor("ada"), "bob", Content("One"))
    await messages.send_to(world.actor("ada"), "bob", Content("Two"))

    assert await read(world, "bob", room.conversation_id) == 2
    assert await read(world, "bob", room.conversation_id, room.id) == 0
    assert await receipts.unread_count(world.actor("bob")) == 0


async def test_a_message_of_another_conversation_is_no_place_to_read_to(world: World) -> None:
    here = await messages.send_to(world.actor("ada"), "bob", Content("Here"))
    there = await messages.send_to(world.actor("ada"), "eve", Content("There"))

    with pytest.raises(UnknownMessage):
        await read(world, "bob", here.conversation_id, there.id)


async def test_what_only_a_former_member_had_yet_to_read_is_read_when_she_leaves(
    world: World,
) -> None:
    choir = (await world.group("ada", "bob", "eve")).id
    sent = await world.say("ada", choir, "Who comes?")
    assert await read(world, "bob", choir) == 0

    await groups.remove(world.node, choir, "eve")

    assert [event.message_ids for event in world.heard(MessagesRead)] == [(sent.id,)]
