"""The writer's statements in SQLite's words. ``BEGIN IMMEDIATE`` has locked everything already."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiosqlite
import orjson

from realtime.stores import faults
from realtime.stores.writer.rows import Key, Last, Locked, MessageRow, NotificationRow, Stored

# Lists travel as one JSON parameter, so that the text of a statement, and its plan, stay the same.
LOCK = """
    SELECT id, version, last_seq, last_message_at FROM conversations
    WHERE id IN (SELECT value FROM json_each(?))
"""

COLUMNS = """
    m.id, m.conversation_id, m.sender_id, m.client_id, m.seq, m.kind, m.content, m.attachments,
    m.created_at, m.updated_at, m.edited_at, m.read_at
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
    SELECT user_id FROM notification_preferences
    WHERE user_id IN (SELECT value FROM json_each(?))
        AND json_type(choices, '$.notifyOnNewMessage') = 'false'
"""

INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, attachments,
        client_id, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
"""

INSERT_NOTIFICATIONS = """
    INSERT INTO notifications (id, user_id, actor_id, message_id, type, text, data, created_at,
        priority)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'normal')
"""

ADVANCE = """
    UPDATE conversations SET last_seq = ?2, last_message_at = ?3, updated_at = ?3 WHERE id = ?1
"""

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def try_again(error: BaseException) -> bool:
    """Whether another process held the file for too long, or we gave up to wait."""
    return isinstance(error, TimeoutError) or faults.sqlite_code(error) in BUSY


def bad_text(error: BaseException) -> bool:
    """Whether the database refused a lone surrogate."""
    return isinstance(error, UnicodeEncodeError)


class SqliteStatements:
    """The writer's statements on an aiosqlite connection inside a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        rows = await self._rows(LOCK, conversation_ids)
        return {UUID(id_): Locked(version, seq, _time(at)) for id_, version, seq, at in rows}

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        return [_stored(row) for row in await self._rows(STORED_AS, [*map(list, keys)])]

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        return [_stored(row) for row in await self._rows(STORED_WITH, ids)]

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        rows = await self._rows(NOTIFIED, message_ids)
        return [(UUID(id_), UUID(message_id), user_id) for id_, message_id, user_id in rows]

    async def muted(self, user_ids: Iterable[str]) -> set[str]:
        return {user_id for (user_id,) in await self._rows(MUTED, list(user_ids))}

    async def insert_messages(self, rows: Sequence[MessageRow]) -> None:
        await self._many(INSERT_MESSAGES, rows)

    async def insert_notifications(self, rows: Sequence[NotificationRow]) -> None:
        await self._many(INSERT_NOTIFICATIONS, rows)

    async def advance(self, lasts: Sequence[Last]) -> None:
        await self._many(ADVANCE, lasts)

    async def _rows(self, query: str, values: Sequence[Any]) -> Iterable[Any]:
        listed = orjson.dumps(values).decode()
        return await self._connection.execute_fetchall(query, (listed,))

    async def _many(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        await self._connection.executemany(query, [tuple(map(_value, row)) for row in rows])


def _value(value: Any) -> Any:
    """A value as Tortoise stores it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, orjson.Fragment):
        return orjson.dumps(value).decode()
    return value.isoformat(" ") if isinstance(value, datetime) else value


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).astimezone(UTC)


def _stored(row: Any) -> Stored:
    id_, conversation_id, *others, created_at, updated_at, edited_at, read_at = row
    times = (_time(at) for at in (created_at, updated_at, edited_at, read_at))
    return Stored(UUID(id_), UUID(conversation_id), *others, *times)
