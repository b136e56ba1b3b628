"""A message makes a notification, in its own commit, for each receiver who has not joined."""

from __future__ import annotations

import asyncio

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import conversations, users
from realtime.domain.records import NEW_MESSAGE, PREVIEW_LENGTH, Conversation
from realtime.models import Notification, Preferences
from tests.domain.world import World
from tests.patience import PATIENCE
from tests.stores.chat import Chat


@pytest.fixture
async def group(chat: Chat) -> Conversation:
    return await chat.between("ada", "bob", "eve")


async def notified(chat: Chat) -> list[str]:
    """Who was told of the last message; the rows say the same."""
    told = chat.told[-1]
    rows = await Notification.filter(message_id=told.message.id).order_by("user_id")
    users = sorted(notification.user_id for notification in told.notifications)
    assert [row.user_id for row in rows] == users
    return users


async def test_everybody_but_the_sender_is_notified(chat: Chat, group: Conversation) -> None:
    await chat.send(group, "ada")

    assert await notified(chat) == ["bob", "eve"]


async def test_a_notification_says_who_wrote_what_and_where(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    message = (await chat.send(pair, "ada", "x" * 150)).message

    (record,) = chat.told[-1].notifications
    row = await Notification.get(id=record.id)
    assert record.type == row.type == NEW_MESSAGE
    assert record.actor == pair.person("ada")
    assert (row.actor_id, row.message_id) == ("ada", message.id)
    assert record.text == row.text == "x" * PREVIEW_LENGTH
    assert (record.title, record.link, record.priority) == (None, None, "normal")
    assert (row.title, row.link, row.priority) == (None, None, "normal")
    assert record.conversation_id == pair.id
    assert record.created_at == row.created_at == message.created_at
    assert record.data == row.data
    assert row.data == {
        "messageId": str(message.id),
        "conversationId": str(pair.id),
        "senderId": "ada",
    }


async def test_who_has_joined_is_not_notified_until_she_leaves(
    chat: Chat, group: Conversation
) -> None:
    await chat.joined.join(group.id, "bob", "phone")
    await chat.send(group, "ada")
    assert await notified(chat) == ["eve"]

    await chat.joined.drop("phone")
    await chat.send(group, "ada")
    assert await notified(chat) == ["bob", "eve"]


async def test_having_joined_another_conversation_changes_nothing(
    chat: Chat, group: Conversation
) -> None:
    other = await chat.between("ada", "bob")
    await chat.joined.join(other.id, "bob", "phone")

    await chat.send(group, "ada")

    assert await notified(chat) == ["bob", "eve"]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"notifyOnNewMessage": False}, ["eve"]),
        ({"notifyOnNewMessage": True}, ["bob", "eve"]),
        ({"notifyOnPriceDrop": False}, ["bob", "eve"]),
        ({}, ["bob", "eve"]),
    ],
)
async def test_who_wants_no_notifications_of_messages_gets_none(
    chat: Chat, group: Conversation, choices: dict[str, bool], expected: list[str]
) -> None:
    await Preferences.create(user_id="bob", choices=choices)

    await chat.send(group, "ada")

    assert await notified(chat) == expected


async def test_a_retry_notifies_nobody_again(chat: Chat, group: Conversation) -> None:
    for _ in range(2):
        await chat.send(group, "ada", client_id="c1")

    assert await Notification.all().count() == 2


async def test_a_silent_message_notifies_nobody(chat: Chat, group: Conversation) -> None:
    await chat.send(group, "ada", notify=False)

    assert await notified(chat) == []
    assert await Notification.all().count() == 0


@pytest.mark.parametrize("kind", ["postgres"])
async def test_nobody_waits_to_speak_while_the_application_names_people(world: World) -> None:
    """Ten thousand in one call take seconds, and all of them are held until it ends."""
    pair = await conversations.start(world.actor("ada"), "bob")
    named, said = asyncio.Event(), asyncio.Event()

    async def speaks() -> None:
        await named.wait()
        await world.say("ada", pair.id, "Hi")
        said.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(speaks())
        async with in_transaction():
            await users.upsert(world.node, [("ada", {"name": "Ada"}), ("bob", {"name": "Bob"})])
            named.set()
            async with asyncio.timeout(PATIENCE):
                await said.wait()

    assert await Notification.filter(user_id="bob").count() == 1
