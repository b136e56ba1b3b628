"""What was stored before pages were counted by arithmetic is counted right after the migration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from realtime.domain.ids import new_id
from realtime.models import Conversation, Message, Notification
from realtime.stores import migrations
from realtime.stores.database import Database
from tests.stores.older import Older

AT = "'2026-01-05 12:00:{:02}+00:00'"

PEOPLE = f"INSERT INTO users (id, created_at) VALUES ('ada', {AT}), ('bob', {AT})".format(0, 0)
CONVERSATION = """
    INSERT INTO conversations (id, low_id, high_id, last_seq, version, created_at, updated_at)
    VALUES ('{id}', {pair}, {said}, 1, {at}, {later})
"""
PART = """
    INSERT INTO participants (id, conversation_id, user_id, read_seq, joined_at)
    VALUES ('{id}', '{conversation}', '{user}', {read}, {at})
"""
MESSAGE = """
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, created_at,
        updated_at, read_at, deleted_at)
    VALUES ('{id}', '{conversation}', {seq}, 'ada', 'text', 'Hi', {at}, {at}, {read}, {deleted})
"""
NOTIFICATION = """
    INSERT INTO notifications (id, user_id, message_id, type, priority, created_at)
    VALUES ('{id}', 'bob', '{message}', 'NEW_MESSAGE', 'normal', {at})
"""


class Before:
    """Writes rows into the tables as they were."""

    def __init__(self, database: Database) -> None:
        self._run = database.client.execute_script

    async def pair(self, said: int, read: int) -> str:
        """Ada and Bob, who has read so far."""
        return await self._conversation("'ada', 'bob'", said, read)

    async def group(self, said: int) -> str:
        """Ada and Bob, who has read nothing."""
        return await self._conversation("NULL, NULL", said, 0)

    async def _conversation(self, pair: str, said: int, read: int) -> str:
        id_, at, later = str(new_id()), AT.format(0), AT.format(59)
        await self._run(CONVERSATION.format(id=id_, pair=pair, said=said, at=at, later=later))
        for user, seq in (("ada", 0), ("bob", read)):
            part = PART.format(id=new_id(), conversation=id_, user=user, read=seq, at=at)
            await self._run(part)
        return id_

    async def say(self, to: str, seq: int, *, read: bool = False, deleted: bool = False) -> None:
        """Ada says something that Bob was told of, and that was read or deleted since."""
        at = AT.format(seq)
        marks = {"read": at if read else "NULL", "deleted": at if deleted else "NULL"}
        id_ = new_id()
        await self._run(MESSAGE.format(id=id_, conversation=to, seq=seq, at=at, **marks))
        await self._run(NOTIFICATION.format(id=new_id(), message=id_, at=at))


@asynccontextmanager
async def before_it(url: str, folder: Path, older: Older) -> AsyncIterator[Before]:
    """A database as it was, with Ada and Bob in it."""
    older.before(2)
    await migrations.migrate(url, folder)
    async with await Database.open(url) as database:
        await database.client.execute_script(PEOPLE)
        yield Before(database)


async def test_what_the_application_had_called_read_is_known(
    empty_url: str, tmp_path: Path, older: Older
) -> None:
    async with before_it(empty_url, tmp_path, older) as before:
        pair = await before.pair(said=4, read=1)
        for seq, (read, deleted) in enumerate(
            ((True, False), (False, False), (True, False), (True, True)), start=1
        ):
            await before.say(pair, seq, read=read, deleted=deleted)

    older.as_now()
    await migrations.migrate(empty_url, tmp_path)

    async with await Database.open(empty_url):
        rows = await Message.all().order_by("seq")
        assert [row.read_apart for row in rows] == [False, False, True, False]


async def test_lists_follow_the_newest_message_that_is_there(
    empty_url: str, tmp_path: Path, older: Older
) -> None:
    async with before_it(empty_url, tmp_path, older) as before:
        group = await before.group(said=2)
        await before.say(group, 1)
        await before.say(group, 2, deleted=True)
        pair = await before.pair(said=1, read=0)
        await before.say(pair, 1, deleted=True)

    older.as_now()
    await migrations.migrate(empty_url, tmp_path)

    async with await Database.open(empty_url):
        told, first = await Conversation.get(id=group), await Message.get(conversation=group, seq=1)
        assert (told.newest_seq, told.last_message_at) == (1, first.created_at)
        assert told.updated_at == first.created_at != told.created_at
        silent = await Conversation.get(id=pair)
        assert (silent.newest_seq, silent.last_message_at) == (0, None)
        assert silent.updated_at == silent.created_at
        of_group = await Notification.filter(in_group=True).values_list("message__seq", flat=True)
        assert sorted(of_group) == [1, 2]
