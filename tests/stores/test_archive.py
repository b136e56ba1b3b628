"""An application's data come here and go away again, on both databases."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from realtime.domain import (
    centre,
    conversations,
    deletion,
    histories,
    messages,
    notifications,
    overview,
    receipts,
)
from realtime.domain.centre import Counts, Wish
from realtime.domain.choosing import State
from realtime.domain.conversations import create_group, direct_with
from realtime.domain.messages import Content
from realtime.domain.notifications import Choice, Notice
from realtime.domain.places import Place
from realtime.models import Conversation, Message, Notification, Participant, User
from realtime.stores.archive.kinds import KINDS
from realtime.stores.archive.storing import Storing
from realtime.stores.archive.talks import Overtaken
from realtime.stores.database import Database
from tests.domain.centre import badge, ring, tell, titles
from tests.domain.world import World
from tests.stores.archives import brought, taken, written

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"

USERS = [{"id": "ada", "name": "Ada", "email": "ada@x.example"}, {"id": "bob"}, {"id": "cy"}]
CHAT = [{"id": 7, "participantIds": ["ada", "bob"]}]


def said(number: int, sender: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "conversationId": 7,
        "senderId": sender,
        "content": f"No. {number}",
        "createdAt": at,
        **more,
    }


TALK = [
    said(2, "bob", "2024-03-01T10:00:02Z"),
    said(1, "ada", "2024-03-01T10:00:00.250Z", readAt="2024-03-01T10:00:01Z"),
    said(3, "bob", "2024-03-01 13:00:05+01:00", editedAt="2024-03-01T12:30:00Z"),
]


async def history(world: World, user_id: str, conversation_id: Any) -> list[Any]:
    actor = world.actor(user_id)
    conversation = await conversations.access(actor, conversation_id)
    return list((await histories.page(actor, conversation, limit=500)).items)


async def test_messages_stand_in_the_order_of_their_dates_whatever_that_of_the_file(
    world: World, tmp_path: Path
) -> None:
    folder = written(tmp_path, users=USERS, conversations=CHAT, messages=TALK)

    found, new = await brought(world.database, folder)

    assert (found.mistakes, found.notes) == ([], [])
    assert new == {"users": 3, "conversations": 1, "members": 2, "messages": 3}
    (chat,) = (await overview.mine(world.actor("ada"), limit=9)).items
    listed = await history(world, "ada", chat.conversation.id)
    assert [(each.seq, each.content) for each in listed] == [
        (1, "No. 1"), (2, "No. 2"), (3, "No. 3"),
    ]  # fmt: skip
    assert listed[0].created_at.isoformat() == "2024-03-01T10:00:00.250000+00:00"
    assert listed[0].read_at.isoformat() == "2024-03-01T10:00:01+00:00"
    assert listed[2].edited_at.isoformat() == "2024-03-01T12:30:00+00:00"
    assert (chat.unread, chat.last) == (2, listed[2])
    assert chat.last_message_at == listed[2].created_at
    assert await receipts.unread_count(world.actor("bob")) == 0


async def test_a_second_time_nothing_is_new_even_if_a_date_is_told_otherwise(
    world: World, tmp_path: Path
) -> None:
    folder = written(tmp_path, users=USERS, conversations=CHAT, messages=TALK)
    await brought(world.database, folder)
    again = [TALK[0], TALK[1], {**TALK[2], "createdAt": "2024-03-01T12:00:05.001Z"}]
    written(tmp_path, messages=[*again, said(4, "ada", "2024-03-02")])

    _, new = await brought(world.database, folder)

    assert {kind: count for kind, count in new.items() if count} == {"messages": 1}
    assert await Message.all().order_by("seq").values_list("seq", flat=True) == [1, 2, 3, 4]


async def test_two_people_who_talk_already_go_on_in_their_conversation(
    world: World, tmp_path: Path
) -> None:
    theirs = await direct_with(world.actor("bob"), "ada")
    twice = [*CHAT, {"id": 8, "participantIds": ["bob", "ada"]}]
    more = {**said(9, "ada", "2024-03-05"), "conversationId": 8}
    unnamed = {**said(10, "bob", "2024-03-06", receiverId="ada"), "conversationId": None}
    folder = written(tmp_path, conversations=twice, messages=[*TALK, more, unnamed])

    await brought(world.database, folder)

    assert await Conversation.all().count() == 1
    listed = await history(world, "ada", theirs)
    assert [each.content for each in listed] == ["No. 1", "No. 2", "No. 3", "No. 9", "No. 10"]
    assert {each.receiver.id for each in listed if each.receiver} == {"ada", "bob"}


async def test_a_title_a_third_one_or_whoever_left_make_a_group(
    world: World, tmp_path: Path
) -> None:
    groups = [
        {"id": "titled", "title": "Lunch", "participantIds": ["ada", "bob"]},
        {"id": "three"},
        {"id": "left", "participantIds": ["ada", "bob"]},
        {"id": "said", "participantIds": ["ada", "bob"], "isGroup": True},
    ]
    members = [{"conversationId": "three", "userId": each} for each in ("ada", "bob", "cy")]
    talk = [{**said(1, "cy", "2024-03-01"), "conversationId": "left"}]

    folder = written(tmp_path, conversations=groups, members=members, messages=talk)
    found, _ = await brought(world.database, folder)

    assert await Conversation.filter(low_id=None).count() == 4
    assert "known by id alone: ada, bob, cy" in found.notes[0]


async def test_who_has_read_up_to_where_is_kept(world: World, tmp_path: Path) -> None:
    group = [{"id": 7, "title": "Lunch", "participantIds": ["ada", "bob", "cy"]}]
    talk = [said(n, "ada", f"2024-03-0{n}") for n in (1, 2, 3)]
    reads = [
        {"conversationId": 7, "userId": "bob", "messageId": 2},
        {"conversationId": 7, "userId": "cy", "readAt": "2024-03-01T12:00:00Z"},
    ]
    folder = written(tmp_path, conversations=group, messages=talk, reads=reads)

    await brought(world.database, folder)

    for user_id, unread in (("ada", 0), ("bob", 1), ("cy", 2)):
        assert await receipts.unread_count(world.actor(user_id)) == unread
    read = await Message.all().order_by("seq").values_list("read_at", flat=True)
    assert [at is not None for at in read] == [True, False, False]
    assert read[0].isoformat() == "2024-03-01T12:00:00+00:00"


async def test_of_several_lines_about_one_reader_the_furthest_counts(
    world: World, tmp_path: Path
) -> None:
    """Many applications have a row for each message that somebody has read."""
    read = [{"conversationId": 7, "userId": "cy", "messageId": number} for number in (1, 3, 2)]
    group = [{"id": 7, "participantIds": ["ada", "bob", "cy"]}]

    await brought(
        world.database,
        written(tmp_path, users=USERS, conversations=group, messages=TALK, reads=read),
    )

    assert (await Participant.get(user_id="cy")).read_seq == 3


async def test_notifications_keep_their_types_of_json_and_what_made_them(
    world: World, tmp_path: Path
) -> None:
    told = [
        {
            "id": "n1",
            "userId": "ada",
            "type": "ORDER",
            "title": "Shipped",
            "referenceId": 7,
            "relatedJobId": "7",
            "data": "text",
            "createdAt": "2024-03-01",
        },
        {"id": 2, "userId": "bob", "type": "x", "messageId": 1, "createdAt": "2024-03-02"},
        {"id": 3, "userId": "ada", "type": "x", "createdAt": "2024-02-02", "readAt": "2024-02-03"},
    ]
    folder = written(tmp_path, conversations=CHAT, messages=TALK, notifications=told)

    await brought(world.database, folder)

    old, order = reversed(await notifications.listed(world.actor("ada"), Choice(), limit=9))
    assert (order.reference, order.related_job_id, order.data) == (7, "7", "text")
    assert (old.type, old.read_at is None) == ("x", False)
    (made,) = await notifications.listed(world.actor("bob"), Choice(groups=False), limit=9)
    assert (made.type, made.actor and made.actor.name) == ("NEW_MESSAGE", "ada")
    assert made.conversation_id is not None
    assert await notifications.unshown(world.actor("ada"), limit=9) == ()


LATER = datetime(2300, 1, 1, tzinfo=UTC)


async def test_notifications_stay_where_they_were_put(world: World, tmp_path: Path) -> None:
    bob = world.actor("bob")
    for place in Place:
        made = await tell(world, "bob", title=place, type=place)
        until = LATER if place is Place.SNOOZED else None
        await centre.change(bob, made.id, Wish(place=place, until=until))
    for number in range(3):
        await tell(world, "bob", group_key="post:7", title="liked", actor_id=f"user{number}")
    counted, first = await badge(world, "bob"), await taken(world.database, tmp_path / "first")
    here = {state: await titles(world, "bob", state) for state in State}

    async with await Database.open(f"sqlite://{tmp_path / 'other.db'}") as other:
        await other.create_tables()
        found, _ = await brought(other, tmp_path / "first")
        await brought(other, tmp_path / "first")
        second = await taken(other, tmp_path / "second")
        elsewhere = World(other)
        there = {state: await titles(elsewhere, "bob", state) for state in State}
        assert await badge(elsewhere, "bob") == counted
        elsewhere.now = LATER
        assert await ring(elsewhere) == 1
        assert "snoozed" in await titles(elsewhere, "bob", State.UNREAD)
        await elsewhere.stop()

    assert found.mistakes == []
    assert second["notifications"] == first["notifications"]
    assert there == here
    (group,) = [each for each in first["notifications"] if "groupKey" in each]
    assert (group["count"], group["groupKey"]) == (3, "post:7")


async def test_what_has_a_date_yet_to_come_may_have_it_and_to_have_read_all_is_no_date(
    database: Database, tmp_path: Path
) -> None:
    at = {"createdAt": "2024-03-01"}
    told = {"id": 1, "userId": "ada", "type": "x", **at, "expiresAt": "9999-12-31"}
    snoozed = {"id": 2, "userId": "ada", "type": "x", **at, "snoozedUntil": "9999-12-30"}
    reads = [{"conversationId": 7, "userId": "ada", "readAt": "9999-12-31T00:00:00Z"}]
    talk = {"conversations": CHAT, "messages": TALK, "reads": reads}

    found, new = await brought(database, written(tmp_path, **talk, notifications=[told, snoozed]))

    assert found.mistakes == []
    assert new["notifications"] == 2
    assert (await Participant.get(user_id="ada")).read_seq == 3
    read = await Message.filter(sender_id="bob").values_list("read_at", flat=True)
    assert all(at <= datetime.now(UTC) for at in read)


async def test_notifications_and_reads_may_come_without_any_message(
    world: World, tmp_path: Path
) -> None:
    told = {"id": 1, "userId": "bob", "type": "X", "title": "Hi", "createdAt": "2024-03-01"}
    read = {"conversationId": 7, "userId": "ada", "readAt": "2024-03-01"}
    folder = written(tmp_path, conversations=CHAT, reads=[read], notifications=[told])

    found, new = await brought(world.database, folder)

    assert found.mistakes == []
    assert (new["conversations"], new["notifications"]) == (1, 1)
    assert await titles(world, "bob") == ["Hi"]


async def test_what_was_put_away_is_read_and_what_is_over_has_come_back(
    world: World, tmp_path: Path
) -> None:
    told = [
        {"id": n, "userId": "bob", "type": "X", "title": name, "createdAt": "2024-03-01", name: at}
        for n, (name, at) in enumerate(
            {
                "dismissedAt": "2024-03-02",
                "archivedAt": "2024-03-02",
                "snoozedUntil": "2024-03-02",
            }.items()
        )
    ]

    await brought(world.database, written(tmp_path, notifications=told))

    assert await titles(world, "bob", State.UNREAD) == ["snoozedUntil"]
    assert await badge(world, "bob") == Counts(unread=1, unseen=1, urgent=0)
    assert await ring(world) == 0
    assert world.told == []


async def test_history_is_no_news_and_what_is_said_next_follows_it(
    world: World, tmp_path: Path
) -> None:
    ada = world.actor("ada")
    theirs = await direct_with(ada, "bob")
    await messages.send(ada, theirs, Content("before"))
    before = (await Conversation.get(id=theirs)).last_change
    folder = written(tmp_path, conversations=CHAT, messages=TALK)
    world.told.clear()

    await brought(world.database, folder)

    assert world.told == []
    assert (await Conversation.get(id=theirs)).last_change == before
    after = await messages.send(ada, theirs, Content("after"))
    assert (after.seq, after.change) == (5, before + 1)


async def test_who_is_brought_into_a_group_may_write_at_once(world: World, tmp_path: Path) -> None:
    group, _ = await create_group(world.actor("ada"), ["ada", "bob"], title="Lunch")
    await messages.send(world.actor("ada"), group.id, Content("remembered"))
    members = [{"conversationId": str(group.id), "userId": "cy"}]

    await brought(world.database, written(tmp_path, members=members))

    assert (await messages.send(world.actor("cy"), group.id, Content("Hi"))).seq == 2


async def test_what_is_known_of_a_user_stays_and_what_is_not_is_filled_in(
    world: World, tmp_path: Path
) -> None:
    await User.create(id="ada", name="Countess")
    await User.create(id="bob", deleted_at=world.now)
    users = [USERS[0], {"id": "bob", "name": "Bob"}]

    await brought(world.database, written(tmp_path, users=users))

    ada, bob = await User.get(id="ada"), await User.get(id="bob")
    assert (ada.name, ada.email) == ("Countess", "ada@x.example")
    assert (bob.name, bob.deleted_at) == (None, world.now)


def a_talk_and_a_lunch(folder: Path) -> Path:
    """Of Ada's: a conversation of two, part of a group, and what was told her and of her."""
    group = {"id": 8, "title": "Lunch", "participantIds": ["ada", "bob", "cy"]}
    told = {"type": "LIKE", "createdAt": "2024-03-01T10:00:00Z"}
    return written(
        folder,
        users=USERS,
        conversations=[*CHAT, group],
        messages=[
            *TALK,
            said(4, "ada", "2024-03-01T10:00:00Z", conversationId=8),
            said(5, "cy", "2024-03-01T10:00:00Z", conversationId=8),
        ],
        reads=[{"conversationId": 8, "userId": "cy", "messageId": 4}],
        notifications=[
            {"id": 1, "userId": "ada", "actorId": "bob", **told},
            {"id": 2, "userId": "bob", "actorId": "ada", **told},
            {"id": 3, "userId": "bob", "messageId": 4, **told},
            {"id": 4, "userId": "bob", "messageId": 5, **told},
            {"id": 5, "userId": "bob", "messageId": 1, **told},
        ],
    )


async def test_who_was_deleted_here_is_not_brought_back_by_the_files(
    world: World, tmp_path: Path
) -> None:
    folder = a_talk_and_a_lunch(tmp_path)
    await brought(world.database, folder)
    await deletion.delete(world.node, "ada")

    found, _ = await brought(world.database, folder)

    assert found.notes == ["Deleted here, so left out with all that is theirs: ada."]
    assert await Message.filter(deleted_at=None).values_list("content", flat=True) == ["No. 5"]
    assert await Participant.filter(user_id="ada").count() == 0
    assert await Conversation.filter(low_id__isnull=False).count() == 0
    assert await Notification.all().values_list("user_id", "actor_id") == [("bob", "cy")]


@pytest.mark.parametrize("step", ["_users", "_talks"])
async def test_who_is_deleted_while_they_are_brought_is_not_brought_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder, so_far = a_talk_and_a_lunch(tmp_path), getattr(Storing, step)

    async def and_she_is_deleted(storing: Storing) -> None:
        await so_far(storing)
        await deletion.delete(world.node, "ada")

    with monkeypatch.context() as during:
        during.setattr(Storing, step, and_she_is_deleted)
        with pytest.raises(Overtaken, match="Deleted here meanwhile: ada"):
            await brought(world.database, folder)
    await brought(world.database, folder)

    assert await Message.filter(deleted_at=None).values_list("content", flat=True) == ["No. 5"]
    assert await Participant.filter(user_id="ada").count() == 0
    assert await Conversation.filter(low_id__isnull=False).count() == 0
    (told,) = await Notification.all()
    assert (told.user_id, told.actor_id) == ("bob", "cy")


async def test_a_conversation_of_two_takes_no_third(world: World, tmp_path: Path) -> None:
    theirs = await direct_with(world.actor("ada"), "bob")
    members = [{"conversationId": str(theirs), "userId": "cy"}]

    await brought(world.database, written(tmp_path, members=members))

    assert await Participant.filter(conversation_id=theirs).count() == 2


async def test_csv_has_the_names_in_its_first_line_and_takes_those_of_a_database(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "conversations.csv").write_text('id,participantIds\n7,"[""ada"",""bob""]"\n')
    (tmp_path / "messages.csv").write_text(
        "\ufeffid,conversation_id,sender_id,content,created_at,read_at,password\n"
        '1,7,ada,"two\nlines, ""quoted""",2024-03-01 10:00:00+00,,secret\n'
        "2,7,bob,Grüße,2024-03-01 10:00:01.5,,\n",
        encoding="utf-8",
    )

    found, new = await brought(world.database, tmp_path)

    assert new["messages"] == 2
    assert found.notes[0].endswith("messages.csv: not imported: password.")
    stored = await Message.all().order_by("seq").values_list("content", flat=True)
    assert list(stored) == ['two\nlines, "quoted"', "Grüße"]


UNKNOWN = '{"id":1,"conversationId":"c9","senderId":"a","content":"x","createdAt":"2024-01-01"}'

MISTAKES = [
    ("messages.jsonl", '{"id":1', "line 1: this is no JSON"),
    ("messages.jsonl", '\ufeff{"id":1}', "line 1: senderId is missing"),
    ("messages.jsonl", "[]", "line 1: a line is a JSON object"),
    ("messages.jsonl", '\n{"id":1,"senderId":"a"}', "line 2: createdAt is missing"),
    (
        "messages.jsonl",
        '{"id":1,"senderId":"a","content":"x","createdAt":"2024-01-01"}',
        "line 1: conversationId or receiverId is missing",
    ),
    (
        "messages.jsonl",
        '{"id":1,"senderId":"a","receiverId":"b","content":" ","createdAt":"2024-01-01"}',
        "line 1: content: a message has a text, or attachments",
    ),
    (
        "messages.jsonl",
        '{"id":1,"senderId":"a","receiverId":"b","content":"\\u0000x","createdAt":"2024-01-01"}',
        "line 1: content: a control character",
    ),
    (
        "messages.jsonl",
        '{"id":1,"senderId":"a","receiverId":"a","content":"x","createdAt":"2024-01-01"}',
        "line 1: receiverId: nobody writes to herself",
    ),
    (
        "messages.jsonl",
        '{"id":1,"conversationId":"c9","senderId":"a","content":"x","createdAt":"2024-01-01"}\n'
        * 2,
        "line 2: 1 is in ",
    ),
    (
        "messages.jsonl",
        UNKNOWN,
        "line 1: there is no conversation c9",
    ),
    ("messages.jsonl", '{"id":1,"createdAt":"yesterday"}', "line 1: senderId is missing"),
    (
        "users.jsonl",
        '{"id":1,"lastSeenAt":"0001-01-01T00:00:00Z"}',
        "line 1: lastSeenAt: year 1 is",
    ),
    (
        "messages.jsonl",
        '{"id":1,"senderId":"a","receiverId":"b","content":"x","createdAt":"9999-12-31"}',
        "line 1: createdAt: more than 365 days ahead",
    ),
    (
        "notifications.jsonl",
        '{"id":1,"userId":"a","type":"x","createdAt":"2024-01-01","updatedAt":"9999-12-31"}',
        "line 1: updatedAt: more than 365 days ahead",
    ),
    ("reads.jsonl", '{"conversationId":1,"userId":"a"}', "line 1: messageId or readAt is missing"),
    (
        "notifications.jsonl",
        '{"id":1,"userId":"a","type":"x","messageId":"m9","createdAt":"2024-01-01"}',
        "line 1: there is no message m9",
    ),
    (
        "notifications.jsonl",
        '{"id":1,"userId":"a","type":"x","link":"javascript:x","createdAt":"2024-01-01"}',
        "line 1: link: a link is http(s)",
    ),
    (
        "notifications.jsonl",
        '{"id":1,"userId":"a","type":"x","createdAt":"2024-01-01",'
        '"dismissedAt":"2024-01-02","snoozedUntil":"2024-01-03"}',
        "line 1: dismissedAt, archivedAt and snoozedUntil: it is in one place only",
    ),
    ("users.jsonl", '{"id":""}', "line 1: id: a user id has 1 to 64 characters"),
    ("users.csv", "id,name\nada\n", "line 2: 1 values where the first line names 2"),
    ("users.csv", "id,name\nada,A\nada,B\n", "line 3: ada is in "),
    ("conversations.csv", "id,participantIds\n1,ada\n", "line 2: participantIds: this is no JSON"),
    (
        "conversations.csv",
        f"id,participantIds\n1,{'[' * 100_000}\n",
        "line 2: participantIds: this is no JSON",
    ),
    ("users.csv", 'id,name\nada,"A\nbob,B\n', "line 2: this is no CSV (unexpected end of data)"),
    ("users.csv", 'id,name\nada,"A \\"B\\""\n', "line 2: this is no CSV ("),
    ("users.csv", 'id,"name\nada,A\n', "line 1: this is no CSV ("),
    ("users.csv", f"id,name\nada,{'x' * 17_000_000}\n", "line 2: this is no CSV (field larger"),
]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(("name", "text", "sentence"), MISTAKES)
async def test_a_mistake_is_told_in_one_sentence_with_file_and_line_and_nothing_is_written(
    database: Database, tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    folder = tmp_path / "data"
    written(folder, users=[{"id": "fine"}] if not name.startswith("users") else [])
    (folder / "users.jsonl").unlink() if name.startswith("users") else None
    (folder / name).write_text(text)

    found, new = await brought(database, folder)

    assert found.mistakes[0].startswith(f"{folder / name}, {sentence}")
    assert found.mistakes[0].count("\n") == 0
    assert found.mistakes[0].endswith(".")
    assert sum(new.values()) == 0
    assert await User.all().count() == 0


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_where_users_must_exist_nobody_is_made_up(database: Database, tmp_path: Path) -> None:
    folder = written(tmp_path / "data", users=USERS[:1], conversations=CHAT)

    found, _ = await brought(database, folder, must_exist=True)

    assert found.mistakes == ["users: bob must exist (users.must_exist), and do not."]


async def test_what_is_exported_is_the_same_after_an_import_elsewhere(
    world: World, tmp_path: Path
) -> None:
    ada, bob = world.actor("ada"), world.actor("bob")
    pair = await direct_with(ada, "bob")
    group, _ = await create_group(ada, ["ada", "bob", "cy"], title="Lunch")
    for conversation_id in (pair, group.id):
        for number in range(5):
            world.later(seconds=1)
            content = Content(f"No. {number}", client_id=f"c{number}")
            sent = await messages.send(ada if number % 2 else bob, conversation_id, content)
            if number == 2:
                await receipts.mark_read(ada, conversation_id)
    await messages.edit(bob, sent.id, "Edited")
    await messages.delete(bob, (await Message.get(conversation_id=pair, seq=3)).id)
    await notifications.notify(world.node, ["cy"], Notice("ORDER", "Shipped", data={"id": 1}))
    first = await taken(world.database, tmp_path / "first")
    unread = [await receipts.unread_count(world.actor(each)) for each in ("ada", "bob", "cy")]

    async with await Database.open(f"sqlite://{tmp_path / 'other.db'}") as other:
        await other.create_tables()
        found, _ = await brought(other, tmp_path / "first")
        second = await taken(other, tmp_path / "second")
        elsewhere = World(other)
        there = [await receipts.unread_count(elsewhere.actor(u)) for u in ("ada", "bob", "cy")]
        await elsewhere.stop()

    assert (found.mistakes, found.notes) == ([], [])
    assert len(first["messages"]) == 9
    assert len(first["notifications"]) > 1
    for kind, rows in first.items():
        assert sorted(map(str, second[kind])) == sorted(map(str, rows)), kind
    assert there == unread


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_example_of_the_page_is_taken(database: Database, tmp_path: Path) -> None:
    example = re.findall(r"^\{.*\}$", PAGE.read_text(), re.MULTILINE)
    (tmp_path / "messages.jsonl").write_text("\n".join(example))

    _, new = await brought(database, tmp_path / "messages.jsonl")

    assert new["messages"] == len(example) > 0


def test_every_column_is_on_the_page() -> None:
    for name, row in KINDS.items():
        (line,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
        assert set(re.split(r", | or ", line.replace("*", ""))) == set(row.model_fields)
