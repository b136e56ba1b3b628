"""The writer's database on SQLite. ``BEGIN IMMEDIATE`` has locked everything already."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aiosqlite
import orjson
from tortoise.backends.base.client import TransactionalDBClient

from realtime.domain.records import NEW_MESSAGE
from realtime.models.raw import DRAW_POSITIONS, FIRST_POSITION
from realtime.stores import faults
from realtime.stores.hooks import connection_of
from realtime.stores.writer import webhooks
from realtime.stores.writer.entry import Entry
from realtime.stores.writer.rows import (
    COLUMNS,
    Key,
    Locked,
    Present,
    Reach,
    Stored,
    push_rows,
    reached,
)

# Lists travel as one JSON parameter, so that the text of a statement, and its plan, stay the same.
LOCK = """
    SELECT id, version, last_seq, last_change, last_message_at FROM conversations
    WHERE id IN (SELECT value FROM json_each(?))
"""

# CROSS keeps the order: the keys first, then the index, never all messages.
STORED_AS = f"""
    SELECT {COLUMNS} FROM json_each(?) k CROSS JOIN messages m
    ON m.conversation_id = json_extract(k.value, '$[0]')
        AND m.sender_id = json_extract(k.value, '$[1]')
        AND m.client_id = json_extract(k.value, '$[2]')
"""  # noqa: S608 - no value is part of it

STORED_WITH = f"SELECT {COLUMNS} FROM messages m WHERE m.id IN (SELECT value FROM json_each(?))"  # noqa: S608

NOTIFIED = """
    SELECT id, message_id, user_id FROM notifications
    WHERE message_id IN (SELECT value FROM json_each(?))
"""

MUTED = """
    SELECT user_id, false FROM notification_preferences
    WHERE user_id IN (SELECT value FROM json_each(?1))
        AND json_type(choices, '$.notifyOnNewMessage') = 'false'
"""

REACH = f"""
    {MUTED} UNION SELECT user_id, true FROM push_subscriptions
    WHERE user_id IN (SELECT value FROM json_each(?1))
"""  # noqa: S608 - no value is part of it

INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, seq, change, position, committed_in, sender_id, kind,
        content, attachments, client_id, session, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
"""

INSERT_NOTIFICATIONS = """
    INSERT INTO notifications (id, user_id, actor_id, message_id, in_group, type, text, data,
        created_at, priority)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'normal')
"""

INSERT_PUSHES = """
    INSERT INTO outbox (id, kind, user_id, notification_id, message_id, due_at, expires_at,
        created_at)
    VALUES (:id, :kind, :user_id, :id, :message_id, :due_at, :expires_at, :created_at)
"""

INSERT_WEBHOOKS = f"""
    INSERT INTO outbox ({webhooks.COLUMNS})
    VALUES (:id, :kind, :target, :user_id, :message_id, :order_key, :order_no, :body, :due_at,
        :expires_at, :created_at)
"""  # noqa: S608 - no value is part of it

ADVANCE = """
    UPDATE conversations SET last_seq = ?2, newest_seq = ?2, last_change = ?3,
        last_message_at = ?4, updated_at = ?4
    WHERE id = ?1
"""

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SqliteStore:
    """Store of ``rows.py``. Without round trips to save, every batch goes the careful way."""

    def __init__(self, wakes: timedelta | None, tells: Sequence[str] = ()) -> None:
        self._wakes = wakes
        self._tells = tells

    def statements(self, transaction: TransactionalDBClient) -> "SqliteStatements":
        return SqliteStatements(connection_of(transaction), self._wakes, self._tells)

    async def at_once(self, entries: Sequence[Entry], present: Present) -> None:
        """Leave them all as they are."""

    def try_again(self, error: BaseException) -> bool:
        """Another process held the file for too long, or we gave up to wait."""
        return isinstance(error, TimeoutError) or faults.sqlite_code(error) in BUSY

    def bad_text(self, error: BaseException) -> bool:
        """A lone surrogate."""
        return isinstance(error, UnicodeEncodeError)


class SqliteStatements:
    """Statements of ``rows.py`` on an aiosqlite connection inside a transaction."""

    def __init__(
        self, connection: aiosqlite.Connection, wakes: timedelta | None, tells: Sequence[str]
    ) -> None:
        self._connection = connection
        self._wakes = wakes
        self._tells = tells

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        rows = await self._rows(LOCK, conversation_ids)
        return {
            UUID(id_): Locked(version, seq, change, _time(at))
            for id_, version, seq, change, at in rows
        }

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        return [_stored(row) for row in await self._rows(STORED_AS, [*map(list, keys)])]

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        return [_stored(row) for row in await self._rows(STORED_WITH, ids)]

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        rows = await self._rows(NOTIFIED, message_ids)
        return [(UUID(id_), UUID(message_id), user_id) for id_, message_id, user_id in rows]

    async def reach(self, user_ids: Collection[str]) -> Reach:
        return reached(await self._rows(MUTED if self._wakes is None else REACH, list(user_ids)))

    async def insert(self, entries: Sequence[Entry]) -> None:
        first = await self._positions(len(entries))
        rows = [_message_row(entry, first + n) for n, entry in enumerate(entries)]
        await self._many(INSERT_MESSAGES, rows)
        notices = [row for entry in entries for row in _notice_rows(entry)]
        if notices:
            await self._many(INSERT_NOTIFICATIONS, notices)
        pushes = push_rows(entries, self._wakes)
        if pushes:
            await self._many_named(INSERT_PUSHES, pushes)
        if self._tells:
            await self._many_named(INSERT_WEBHOOKS, webhooks.rows_of(entries, self._tells))

    async def advance(self, locked: Mapping[UUID, Locked]) -> None:
        rows = [(id_, r.last_seq, r.last_change, r.last_at) for id_, r in locked.items()]
        await self._many(ADVANCE, rows)

    async def _positions(self, count: int) -> int:
        """Draw so many positions; gives the first."""
        await self._connection.execute(FIRST_POSITION)
        ((last,),) = await self._connection.execute_fetchall(DRAW_POSITIONS, (count,))
        return int(last) - count + 1

    async def _rows(self, query: str, values: Sequence[Any]) -> Iterable[Any]:
        listed = orjson.dumps(values).decode()
        return await self._connection.execute_fetchall(query, (listed,))

    async def _many_named(self, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
        named = [{name: _value(value) for name, value in row.items()} for row in rows]
        await self._connection.executemany(query, named)

    async def _many(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        await self._connection.executemany(query, [tuple(map(_value, row)) for row in rows])


def _message_row(entry: Entry, position: int) -> tuple[Any, ...]:
    message = entry.message
    assert message is not None, "only numbered messages are stored"  # noqa: S101
    return (
        message.id,
        message.conversation_id,
        message.seq,
        message.change,
        position,
        message.sender.id,
        message.kind,
        message.content,
        entry.attachments,
        message.client_id,
        entry.draft.session,
        message.created_at,
    )


def _notice_rows(entry: Entry) -> list[tuple[Any, ...]]:
    return [
        (
            each.id,
            each.user_id,
            entry.draft.sender.id,
            each.message_id,
            not entry.conversation.direct,
            NEW_MESSAGE,
            each.text,
            orjson.Fragment(orjson.dumps(each.data)),
            each.created_at,
        )
        for each in entry.notifications
    ]


def _value(value: Any) -> Any:
    """A value as Tortoise stores it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, orjson.Fragment | dict):
        return orjson.dumps(value).decode()
    return value.isoformat(" ") if isinstance(value, datetime) else value


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).astimezone(UTC)


def _stored(row: Any) -> Stored:
    id_, conversation_id, *others, created_at, updated_at, edited_at, deleted_at, read_at = row
    times = (_time(at) for at in (created_at, updated_at, edited_at, deleted_at, read_at))
    return Stored(UUID(id_), UUID(conversation_id), *others, *times)
