"""Every stored change has a number, its conversation's or its user's, and can be told again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain import (
    conversations,
    deletion,
    groups,
    journal,
    messages,
    notifications,
    preferences,
    receipts,
    relayed,
    replay,
    unaware,
)
from realtime.domain.errors import UnknownMessage
from realtime.domain.events import (
    Event,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationCreated,
)
from realtime.domain.ids import new_id
from realtime.domain.journal import Kind
from realtime.domain.records import Conversation, Notice
from realtime.models import Conversation as Row
from realtime.models import Journal, Message, User
from realtime.stores import retention
from tests.domain.world import World

HELLO = Notice("GENERAL", "Hello", "World")


@pytest.fixture
async def choir(world: World) -> Conversation:
    """Ada and Bob, with a message of each; the group's making was change 1."""
    made = await world.group("ada", "bob")
    await world.say("ada", made.id, "One")
    await world.say("bob", made.id, "Two")
    return made


async def numbers(conversation_id: UUID) -> list[int]:
    """Every number of a conversation in the database, from both tables."""
    sent = await Message.filter(conversation_id=conversation_id).values_list("change", flat=True)
    others = await Journal.filter(conversation_id=conversation_id).values_list("change", flat=True)
    return sorted([*sent, *others])


def ordered(world: World, key: str) -> list[int]:
    """The numbers that were announced for a key."""
    return [event.order[1] for event in world.told if event.order and event.order[0] == key]


async def test_every_verb_takes_the_next_number_and_tells_it(
    world: World, choir: Conversation
) -> None:
    ada, bob, id_ = world.actor("ada"), world.actor("bob"), choir.id
    one, two = await Message.filter(conversation_id=id_).order_by("seq")

    await messages.edit(ada, one.id, "Once")
    await receipts.mark_read(bob, id_)
    await messages.delete(bob, two.id)
    await conversations.add(world.actor("app"), id_, "eve")
    await world.say("eve", id_, "Three")
    await relayed.delete(world.node, id_, str(one.id))
    await groups.remove(world.node, id_, "bob")

    kinds = (
        await Journal.filter(conversation_id=id_).order_by("change").values_list("kind", flat=True)
    )
    assert kinds == ["joined", "edited", "read", "deleted", "joined", "deleted", "left"]
    last = (await Row.get(id=id_)).last_change
    assert await numbers(id_) == list(range(1, last + 1))
    assert ordered(world, str(id_)) == list(range(1, last + 1))


async def test_what_changes_nothing_takes_no_number(world: World, choir: Conversation) -> None:
    bob = world.actor("bob")
    before = await receipts.mark_read(bob, choir.id) and await numbers(choir.id)

    await receipts.mark_read(bob, choir.id)
    await conversations.add(world.actor("app"), choir.id, "bob")
    await groups.remove(world.node, choir.id, "nobody")
    with pytest.raises(UnknownMessage):
        await messages.edit(world.actor("ada"), choir.id, "No message")

    assert await numbers(choir.id) == before


async def test_reading_many_is_one_entry_with_a_range(world: World, choir: Conversation) -> None:
    for n in range(5):
        await world.say("ada", choir.id, str(n))

    read = await receipts.mark_read(world.actor("bob", "phone"), choir.id)

    entry = await Journal.get(conversation_id=choir.id, kind=Kind.READ)
    assert (entry.first_seq, entry.last_seq, entry.ids) == (1, 7, None)
    assert (entry.about_id, entry.session) == ("bob", "phone")
    assert len(read) == 6


async def test_changes_at_once_have_a_number_each(world: World, choir: Conversation) -> None:
    (one, _) = await Message.filter(conversation_id=choir.id).order_by("seq")
    ada = world.actor("ada")

    await asyncio.gather(
        *(messages.edit(ada, one.id, str(n)) for n in range(5)),
        *(world.say("bob", choir.id, str(n)) for n in range(5)),
        receipts.mark_read(world.actor("bob"), choir.id),
    )

    last = (await Row.get(id=choir.id)).last_change
    assert await numbers(choir.id) == list(range(1, last + 1))


async def test_positions_grow_with_the_numbers_in_both_tables(
    world: World, choir: Conversation
) -> None:
    (one, _) = await Message.filter(conversation_id=choir.id).order_by("seq")
    await messages.edit(world.actor("ada"), one.id, "Once")
    await world.say("bob", choir.id, "Three")

    rows = [
        *await Message.filter(conversation_id=choir.id),
        *await Journal.filter(conversation_id=choir.id),
    ]
    rows.sort(key=lambda row: row.change)

    positions = [row.position for row in rows]
    assert positions == sorted(set(positions))


async def test_what_is_a_users_own_is_numbered_by_user(world: World) -> None:
    ada = world.actor("ada")
    await notifications.notify(world.node, ["ada", "bob"], HELLO)
    (told,) = await notifications.notify(world.node, ["ada"], HELLO)
    await notifications.mark_read(ada, told.id)
    await notifications.mark_all_read(ada)
    await notifications.mark_all_read(ada)
    await notifications.delete(ada, told.id)
    await notifications.delete_read(ada)
    await preferences.change(ada, {"notifyOnNewMessage": False})

    kinds = await Journal.filter(user_id="ada").order_by("change").values_list("kind", flat=True)
    assert kinds == [
        "notified", "notified", "notification_read", "all_notifications_read",
        "notifications_deleted", "notifications_deleted", "preferences",
    ]  # fmt: skip
    assert (await User.get(id="ada")).last_change == 7
    assert ordered(world, "user:ada") == [1, 2, 3, 4, 5, 6, 7]
    assert ordered(world, "user:bob") == [1]


async def test_two_switches_at_once_both_hold(world: World) -> None:
    ada = world.actor("ada")

    await asyncio.gather(*(preferences.change(ada, {key: False}) for key in preferences.DEFAULTS))

    assert not any((await preferences.of(ada)).values())


async def test_a_conversation_is_told_again_from_what_is_stored(
    world: World, choir: Conversation
) -> None:
    one, two = await Message.filter(conversation_id=choir.id).order_by("seq")
    await messages.edit(world.actor("ada"), one.id, "Once")
    await receipts.mark_read(world.actor("bob"), choir.id)
    await messages.delete(world.actor("bob"), two.id)
    await conversations.add(world.actor("app"), choir.id, "eve")

    again = await replay.of_conversation(world.node, choir.id, 1, 7)

    told = {event.order[1]: event for event in world.told if event.order}
    assert list(again) == sorted(again)
    assert {n: type(event) for n, event in again.items()} == {
        n: type(event) for n, event in told.items()
    } | {3: type(None)}
    first = again[2]
    assert isinstance(first, MessageSent)
    assert first.message.content == "Once"  # as it is now
    assert [each.user_id for each in first.notifications] == ["bob"]


async def test_what_is_a_users_own_is_told_again(world: World) -> None:
    ada = world.actor("ada")
    kept, gone = [(await notifications.notify(world.node, ["ada"], HELLO))[0] for _ in range(2)]
    await notifications.mark_read(ada, kept.id)
    await notifications.delete(ada, gone.id)

    again = await replay.of_user(world.node, "ada", 1, 4)

    assert again[2] is None
    created: Event | None = again[1]
    assert isinstance(created, NotificationCreated)
    assert created.notification.id == kept.id
    assert [type(again[n]).__name__ for n in (3, 4)] == ["NotificationRead", "OwnChanged"]


async def test_what_is_told_again_of_a_group_is_for_those_alone_that_know_groups(
    world: World, choir: Conversation
) -> None:
    await world.node.joined.join(choir.id, "bob", "bob's tab")
    sent = await world.say("ada", choir.id, "La")
    await unaware.tell(world.node, "bob", choir.id, [sent.change])
    (entry,) = await Journal.filter(user_id="bob", kind=Kind.NOTIFIED)

    event = (await replay.of_user(world.node, "bob", 1, entry.change))[entry.change]

    assert isinstance(event, NotificationCreated)
    heard_in = {name for name, each in load().items() if list(each.encode(event, Words()))}
    assert heard_in == {"conversations"}


async def test_what_a_deleted_user_has_said_in_a_group_is_deleted_in_one_change(
    world: World, choir: Conversation
) -> None:
    await world.say("bob", choir.id, "Between")
    again = await world.say("ada", choir.id, "Again")
    before = await world.say("ada", choir.id, "Taken back")
    await messages.delete(world.actor("ada"), before.id)
    one = await Message.get(conversation_id=choir.id, seq=1)

    await deletion.delete(world.node, "ada")

    (told,) = world.heard(MessagesDeleted)
    assert told.message_ids == (one.id, again.id)
    entry = await Journal.get(conversation_id=choir.id, change=told.change)
    assert (entry.kind, entry.about_id) == (Kind.DELETED, "ada")
    last = (await Row.get(id=choir.id)).last_change
    assert await numbers(choir.id) == list(range(1, last + 1))
    assert ordered(world, str(choir.id)) == list(range(1, last + 1))


async def test_a_deleted_users_messages_are_told_again_and_deleted_once(
    world: World, choir: Conversation
) -> None:
    await deletion.delete(world.node, "ada")
    (told,) = world.heard(MessagesDeleted)

    await deletion.delete(world.node, "ada")

    assert world.heard(MessagesDeleted) == [told]
    replayed = await replay.of_conversation(world.node, choir.id, told.change, told.change)
    assert replayed == {told.change: told}


async def test_a_deleted_message_that_goes_with_its_conversation_meanwhile_says_nothing(
    world: World, choir: Conversation
) -> None:
    one = await Message.get(conversation_id=choir.id, seq=1)
    gone = await messages.delete(world.actor("ada"), one.id)
    await Message.filter(conversation_id=choir.id).delete()  # as a long pair's end begins

    assert await replay.of_conversation(world.node, choir.id, gone.change, gone.change) == {
        gone.change: None
    }


async def test_a_wide_receipt_is_told_again_in_events_of_500_at_most(world: World) -> None:
    choir = await world.group("ada", "bob", "cy")
    said = [await world.say("ada", choir.id, str(n)) for n in range(3)]
    await many(choir.id, first=4, last=700)
    await Row.filter(id=choir.id).update(last_seq=700)
    await world.say("ada", choir.id, "Last")
    await receipts.mark_read(world.actor("bob"), choir.id)
    await receipts.mark_read(world.actor("cy"), choir.id)
    (read,) = world.heard(MessagesRead)

    replayed = await replay.of_conversation(world.node, choir.id, read.change, read.change)

    dialect = load()["conversations"]
    again = replayed[read.change]
    assert again is not None
    ids = [wire.payload["messageIds"] for _, wire in dialect.encode(again, Words())]
    assert [len(each) for each in ids] == [500, 201]
    assert {str(each.id) for each in said} <= set(ids[0])


async def many(conversation_id: UUID, first: int, last: int) -> None:
    """Ada's messages with these numbers, which all have read."""
    now = datetime.now(UTC)
    await Message.bulk_create(
        Message(
            id=new_id(),
            conversation_id=conversation_id,
            sender_id="ada",
            seq=seq,
            change=0,
            position=0,
            committed_in=0,
            content="Read",
            created_at=now,
            updated_at=now,
            read_at=now,
        )
        for seq in range(first, last + 1)
    )


async def test_an_unknown_conversation_has_nothing_to_tell(world: World) -> None:
    assert await replay.of_conversation(world.node, UUID(int=7), 1, 9) == {}


async def test_old_entries_are_let_go_in_steps(world: World, choir: Conversation) -> None:
    for n in range(3):
        await preferences.change(world.actor("ada"), {"emailOnMarketingUpdates": n % 2 == 0})
    later = world.now + timedelta(days=31)

    assert [await journal.forget(later, most=3) for _ in range(3)] == [3, 1, 0]
    assert await Journal.all().count() == 0
    assert await Message.filter(conversation_id=choir.id).count() == 2


async def test_a_sweep_lets_go_of_what_is_older_than_was_asked_for(
    world: World, choir: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 2)
    monkeypatch.setattr(retention, "PAUSE", 0)
    for n in range(4):
        await preferences.change(world.actor("ada"), {"emailOnMarketingUpdates": n % 2 == 0})
    world.later(days=29)
    await preferences.change(world.actor("ada"), {"emailOnMarketingUpdates": True})
    world.later(days=2)

    swept = await retention.Retention(lambda: world.now, timedelta(days=30)).sweep()

    assert swept == 5
    assert await Journal.all().count() == 1


async def test_the_making_of_a_conversation_is_told_too(world: World) -> None:
    """Else other nodes would wait for its number before they said the first message."""
    made = await world.group("ada", "bob")
    said = await messages.send_to(world.actor("ada"), "eve", messages.Content("Hello"))

    assert ordered(world, str(made.id)) == [1]
    assert ordered(world, str(said.conversation_id)) == [1, 2]
