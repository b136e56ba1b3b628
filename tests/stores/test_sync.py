"""What somebody who was away is told of what was stored: all of it, once, as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from realtime.dialects.base import Request
from realtime.dialects.words import Words
from realtime.domain import (
    announcements,
    conversations,
    deletion,
    groups,
    journal,
    messages,
    notifications,
    receipts,
    sync,
)
from realtime.domain.choosing import Choice
from realtime.domain.errors import BrokenCursor, ForeignCursor
from realtime.domain.events import Event
from realtime.domain.ids import new_id
from realtime.domain.messages import Content
from realtime.domain.records import Notice
from realtime.domain.sync import Synced
from realtime.gateway.everyone import Since, changes_since
from realtime.models import Conversation as ConversationRow
from realtime.models import Journal, Message, Participant
from realtime.models.raw import rows
from tests.domain.world import World
from tests.statements import heard

HELLO = Notice("GENERAL", "Hello", "World")


async def cursor_of(world: World, user_id: str) -> str:
    """One for now."""
    return (await sync.begin(world.actor(user_id))).cursor


async def pages(world: World, user_id: str, cursor: str, limit: int = 500) -> list[Synced]:
    """From a cursor to the end."""
    found = [await sync.since(world.actor(user_id), cursor, limit=limit)]
    while found[-1].more:
        found.append(await sync.since(world.actor(user_id), found[-1].cursor, limit=limit))
    return found


async def told(world: World, user_id: str, cursor: str, limit: int = 500) -> list[Event]:
    """What all pages say."""
    read = await pages(world, user_id, cursor, limit)
    assert not any(page.reload for page in read)
    return [change.event for page in read for change in page.changes]


def names(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_everything_that_concerns_her_is_told_in_its_order(world: World, limit: int) -> None:
    choir, ada, bob = await world.group("ada", "bob"), world.actor("ada"), world.actor("bob")
    one = await world.say("ada", choir.id, "One")
    cursor = await cursor_of(world, "bob")

    two = await world.say("ada", choir.id, "Two")
    await messages.edit(ada, one.id, "Once")
    await messages.delete(ada, one.id)
    await receipts.mark_read(bob, choir.id)
    await notifications.notify(world.node, ["bob"], HELLO)
    (hello,) = await notifications.listed(bob, Choice(messages=False), limit=1)
    await notifications.mark_read(bob, hello.id)
    await conversations.add(world.actor("app"), choir.id, "eve")

    events = await told(world, "bob", cursor, limit)
    assert names(events) == [
        "MessageSent",
        "MessageDeleted",  # the edit of what is no more says nothing
        "MessagesRead",
        "NotificationCreated",
        "NotificationRead",
        "MembershipChanged",
    ]
    assert events[0].message == (await told(world, "bob", cursor))[0].message  # type: ignore[attr-defined]
    assert events[0].message.id == two.id  # type: ignore[attr-defined]
    assert events[0].message.read_at is not None  # type: ignore[attr-defined]
    assert [each.message_id for each in events[0].notifications] == [two.id]  # type: ignore[attr-defined]


async def test_nothing_new_is_nothing_and_the_cursor_moves_on(world: World) -> None:
    await world.group("ada", "bob")
    (page,) = await pages(world, "ada", await cursor_of(world, "ada"))

    assert (page.changes, page.more, page.reload) == ((), False, False)
    assert await told(world, "ada", page.cursor) == []


async def test_what_was_sent_and_deleted_meanwhile_is_not_told(world: World) -> None:
    choir, ada = await world.group("ada", "bob"), world.actor("ada")
    cursor = await cursor_of(world, "bob")
    gone = await world.say("ada", choir.id, "Oops")
    kept = await world.say("ada", choir.id, "Kept")
    await messages.delete(ada, gone.id)
    await messages.edit(ada, kept.id, "Kept well")

    (sent,) = await told(world, "bob", cursor)

    assert (sent.message.id, sent.message.content) == (kept.id, "Kept well")  # type: ignore[attr-defined]


async def test_what_is_not_hers_is_not_told(world: World) -> None:
    cursor = await cursor_of(world, "eve")
    choir = await world.group("ada", "bob")
    await world.say("ada", choir.id, "Hush")
    await notifications.notify(world.node, ["bob"], HELLO)
    await groups.remove(world.node, choir.id, "bob")

    assert await told(world, "eve", cursor) == []


async def test_who_was_taken_out_is_told_that_and_nothing_after(world: World) -> None:
    choir = await world.group("ada", "bob", "eve")
    cursor = await cursor_of(world, "bob")
    await world.say("ada", choir.id, "Before")
    await groups.remove(world.node, choir.id, "bob")
    await world.say("ada", choir.id, "After")

    kept, left = await told(world, "bob", cursor)

    # Of what was said she keeps the notification, as her list does.
    assert names([kept, left]) == ["NotificationCreated", "ParticipantRemoved"]
    assert kept.notification.text == "Before"  # type: ignore[attr-defined]
    assert left.user_id == "bob"  # type: ignore[attr-defined]


async def test_who_comes_back_between_two_pages_hears_that_she_did(world: World) -> None:
    choir, other = await world.group("ada", "bob"), await world.group("ada", "bob")
    cursor = await cursor_of(world, "bob")
    await world.say("ada", choir.id, "Missed")
    await world.say("ada", other.id, "One")
    await world.say("ada", other.id, "Two")
    await groups.remove(world.node, choir.id, "bob")
    first = await sync.since(world.actor("bob"), cursor, limit=1)
    await conversations.add(world.actor("app"), choir.id, "bob")

    rest = await pages(world, "bob", first.cursor, limit=1)
    later = await told(world, "bob", rest[-1].cursor)

    assert names([each.event for each in first.changes]) == ["NotificationCreated"]
    # She is to read the conversation anew: what it had in the first page's range was not told.
    assert names(later) == ["MembershipChanged"]


async def test_the_other_of_a_pair_hears_that_it_ended(world: World) -> None:
    pair = await conversations.start(world.actor("ada"), "bob")
    await messages.send(world.actor("ada"), pair.id, Content("Hi"))
    cursor = await cursor_of(world, "bob")

    await deletion.delete(world.node, "ada")

    (page,) = await pages(world, "bob", cursor)
    (change,) = page.changes
    assert (change.entry.kind, change.entry.ids) == (journal.Kind.LEFT, (str(pair.id),))


async def test_many_together_name_each(world: World) -> None:
    await notifications.notify(world.node, ["bob"], HELLO)
    await notifications.notify(world.node, ["bob"], HELLO)
    bob, cursor = world.actor("bob"), await cursor_of(world, "bob")
    ids = {str(each.id) for each in await notifications.listed(bob, Choice(), limit=9)}

    await notifications.mark_all_read(bob)
    await notifications.delete_read(bob)

    (page,) = await pages(world, "bob", cursor)
    assert [set(change.entry.ids) for change in page.changes] == [ids, ids]


async def test_an_expired_notification_is_not_told(world: World) -> None:
    cursor = await cursor_of(world, "bob")
    soon = world.now + timedelta(minutes=1)
    await notifications.notify(world.node, ["bob"], Notice("GENERAL", "Now!", expires_at=soon))
    assert names(await told(world, "bob", cursor)) == ["NotificationCreated"]

    world.later(minutes=2)

    assert await told(world, "bob", cursor) == []


async def test_a_page_that_would_say_too_much_ends_earlier(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "HEAVIEST", 3)
    choir, bob = await world.group("ada", "bob"), world.actor("bob")
    for n in range(5):
        await world.say("ada", choir.id, str(n))
    cursor = await cursor_of(world, "ada")
    await receipts.mark_read(bob, choir.id)  # five at once
    await world.say("bob", choir.id, "Read")

    read = await pages(world, "ada", cursor)

    assert [names([each.event for each in page.changes]) for page in read] == [
        ["MessagesRead"],
        ["MessageSent"],
    ]


# Cursors


async def test_a_cursor_counts_for_nobody_else_and_not_when_changed(world: World) -> None:
    cursor = await cursor_of(world, "ada")
    changed = cursor[:-6] + ("AAAAAA" if cursor[-6:] != "AAAAAA" else "BBBBBB")

    with pytest.raises(ForeignCursor):
        await sync.since(world.actor("eve"), cursor, limit=5)
    with pytest.raises((BrokenCursor, ForeignCursor)):
        await sync.since(world.actor("ada"), changed, limit=5)


@pytest.mark.parametrize(
    "given", ["", "x", "…", "A" * 40, "A" * 9_000, "MSBh", "\x00", "%%%", "A" * 41, "-_" * 30]
)
async def test_what_is_no_cursor_is_refused(world: World, given: str) -> None:
    with pytest.raises(BrokenCursor):
        await sync.since(world.actor("ada"), given, limit=5)


async def test_a_cursor_of_another_epoch_means_reading_anew(world: World) -> None:
    cursor = await cursor_of(world, "ada")
    await journal.epochs.Epoch.filter(id=1).update(name="another", secret="00" * 32)

    found = await sync.since(world.actor("ada"), cursor, limit=5)

    assert (found.changes, found.more, found.reload) == ((), False, True)
    assert await told(world, "ada", found.cursor) == []


async def test_a_cursor_from_before_what_was_let_go_means_reading_anew(world: World) -> None:
    choir = await world.group("ada", "bob")
    old = await cursor_of(world, "bob")
    await groups.remove(world.node, choir.id, "bob")
    young = await cursor_of(world, "bob")
    await conversations.add(world.actor("app"), choir.id, "eve")
    await conversations.add(world.actor("app"), choir.id, "bob")
    kept = await cursor_of(world, "bob")

    # Three of the four: the making, and both that the old cursor and one that the young one needs.
    assert await journal.forget(world.now + timedelta(days=1), most=3) == 3

    assert (await sync.since(world.actor("bob"), old, limit=9)).reload
    assert (await sync.since(world.actor("bob"), young, limit=9)).reload
    assert not (await sync.since(world.actor("bob"), kept, limit=9)).reload


async def test_a_cursor_of_a_future_that_was_undone_means_reading_anew(world: World) -> None:
    """A file or a server that was set back to a copy of before."""
    epoch, future = await journal.epochs.current(), str(10**9)
    if world.on_postgres:
        future = f"{future}:{future}:"
    cursor = sync.Cursor(epoch.name, future).signed("ada", epoch.secret)

    assert (await sync.since(world.actor("ada"), cursor, limit=9)).reload


# How much is asked


async def test_the_database_is_asked_as_often_for_many_as_for_one(world: World) -> None:
    choir, ada, bob = await world.group("ada", "bob"), world.actor("ada"), world.actor("bob")
    first = await world.say("ada", choir.id, "Zero")
    asked = []
    for count in (1, 20):
        cursor = await cursor_of(world, "bob")
        for n in range(count):
            group = await world.group("ada", "bob", f"extra-{n}")
            await world.say(f"extra-{n}", group.id, "Hi")
            await groups.remove(world.node, group.id, f"extra-{n}")
            await world.say("ada", group.id, str(n))
            await messages.edit(ada, first.id, str(n))
            await receipts.mark_read(bob, group.id)
            await notifications.notify(world.node, ["bob"], HELLO)
        fresh = World(world.database)  # a node that remembers nobody
        with heard() as statements:
            assert len(await told(fresh, "bob", cursor)) == 7 * count
        asked.append(len(statements))
        await fresh.stop()

    assert asked[0] == asked[1] <= 16


async def test_who_takes_part_in_thousands_is_asked_for_once(world: World) -> None:
    rows = [ConversationRow(id=new_id(), last_change=1) for _ in range(2_000)]
    choir = await world.group("ada", "bob")
    await ConversationRow.bulk_create(rows, batch_size=500)
    await Participant.bulk_create(
        [Participant(id=new_id(), conversation_id=row.id, user_id="bob") for row in rows],
        batch_size=500,
    )
    cursor = await cursor_of(world, "bob")
    await world.say("ada", choir.id, "Hi")

    with heard() as statements:
        assert names(await told(world, "bob", cursor)) == ["MessageSent"]

    assert len(statements) <= 12


async def test_what_was_there_before_the_journal_is_nothing_new(world: World) -> None:
    choir = await world.group("ada", "bob")
    await world.say("ada", choir.id, "Ancient")
    await Message.all().update(change=0, position=0, committed_in=0)
    await Journal.all().update(position=0, committed_in=0)
    cursor = await cursor_of(world, "bob")
    new = await world.say("ada", choir.id, "New")

    (sent,) = await told(world, "bob", cursor, limit=1)

    assert sent.message.id == new.id  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("limit", [1, 500])
async def test_positions_that_begin_again_lose_nothing(world: World, limit: int) -> None:
    """Rows that were copied without their sequence."""
    choir = await world.group("ada", "bob")
    for n in range(5):
        await world.say("ada", choir.id, str(n))
    cursor = await cursor_of(world, "bob")
    await rows("SELECT setval('positions_id_seq', 1)")
    new = [(await world.say("ada", choir.id, f"new {n}")).id for n in range(3)]

    assert [each.message.id for each in await told(world, "bob", cursor, limit)] == new  # type: ignore[attr-defined]


@pytest.mark.parametrize("integer_ids", [False, True])
async def test_ids_of_users_are_what_the_deployment_says(world: World, integer_ids: bool) -> None:
    request = Request(world.actor("7"), Words(integer_ids=integer_ids), "conversations")
    cursor = await cursor_of(world, "7")
    choir = await world.group("7", "8")
    await world.say("8", choir.id, "Hi")
    await receipts.mark_read(world.actor("7"), choir.id)
    await groups.remove(world.node, choir.id, "8")

    reply = await changes_since(request, Since(since=cursor))

    ids = [8, [7, 8]] if integer_ids else ["8", ["7", "8"]]
    joined, sent, _, read, gone = reply.payload["changes"]
    assert sent["message"]["senderId"] == ids[0]
    assert sorted(joined["userIds"]) == ids[1]
    assert read["readerId"] in ids[1]
    assert gone["userIds"] == [ids[0]]


async def test_what_everybody_was_told_is_told_to_each(world: World) -> None:
    await world.node.people.all_known(["ada", "bob"])
    cursors = {each: await cursor_of(world, each) for each in ("ada", "bob")}
    await announcements.broadcast(world.node, Notice("NEWS", title="News", actor_id="ada"))
    await world.work.finish()

    (told_bob,) = await told(world, "bob", cursors["bob"])
    assert told_bob.notification.user_id == "bob"  # type: ignore[attr-defined]
    assert await told(world, "ada", cursors["ada"]) == []
    bob = world.actor("bob")
    (shown,) = await notifications.listed(bob, Choice(), limit=5)
    await notifications.delete(bob, shown.id)
    assert names(await told(world, "bob", cursors["bob"])) == ["OwnChanged"]
