"""The writer's statements in PostgreSQL's words: one round trip each, however long the batch."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from realtime.stores.writer.rows import Key, Last, Locked, MessageRow, NotificationRow, Row, Stored

# NO KEY: whoever only refers to a conversation (a new participant's foreign key) need not wait.
LOCK = """
    SELECT id, version, last_seq, last_message_at FROM conversations
    WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

COLUMNS = """
    m.id, m.conversation_id, m.sender_id, m.client_id, m.seq, m.kind, m.content, m.attachments,
    m.created_at, m.updated_at, m.edited_at, m.read_at
"""

# Rows travel as one JSON text: an array per column costs asyncpg three times as much to encode.
# LATERAL with OFFSET: one look into the unique index per key. Left to itself, a planner without
# statistics (a new database) reads the whole table for a batch of a hundred keys.
STORED_AS = f"""
    SELECT {COLUMNS}
    FROM json_to_recordset($1::json) AS k(conversation_id uuid, sender_id text, client_id text)
    CROSS JOIN LATERAL (
        SELECT * FROM messages s
        WHERE s.sender_id = k.sender_id AND s.conversation_id = k.conversation_id
            AND s.client_id = k.client_id
        OFFSET 0
    ) AS m
"""  # noqa: S608 - no value is part of it

STORED_WITH = f"SELECT {COLUMNS} FROM messages m WHERE m.id = ANY($1::uuid[])"  # noqa: S608

NOTIFIED = "SELECT id, message_id, user_id FROM notifications WHERE message_id = ANY($1::uuid[])"

MUTED = """
    SELECT user_id FROM notification_preferences
    WHERE user_id = ANY($1::text[]) AND choices->'notifyOnNewMessage' = 'false'::jsonb
"""

INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, attachments,
        client_id, created_at, updated_at)
    SELECT id, conversation_id, seq, sender_id, kind, content, attachments, client_id,
        created_at, created_at
    FROM json_to_recordset($1::json) AS r(id uuid, conversation_id uuid, seq bigint,
        sender_id text, kind text, content text, attachments jsonb, client_id text,
        created_at timestamptz)
"""

INSERT_NOTIFICATIONS = """
    INSERT INTO notifications (id, user_id, actor_id, message_id, type, text, data, created_at,
        priority)
    SELECT id, user_id, actor_id, message_id, type, text, data, created_at, 'normal'
    FROM json_to_recordset($1::json) AS r(id uuid, user_id text, actor_id text, message_id uuid,
        type text, text text, data jsonb, created_at timestamptz)
"""

ADVANCE = """
    UPDATE conversations c SET last_seq = r.seq, last_message_at = r.at, updated_at = r.at
    FROM json_to_recordset($1::json) AS r(conversation_id uuid, seq bigint, at timestamptz)
    WHERE c.id = r.conversation_id
"""

UNKNOWN_OUTCOME = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What says nothing about the rows: the server went away, is full or chose another transaction."""

BAD_TEXT = asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError


def try_again(error: BaseException) -> bool:
    """Whether the same batch may succeed later, or has succeeded unheard."""
    return isinstance(error, UNKNOWN_OUTCOME) and not isinstance(error, asyncpg.DataError)


def bad_text(error: BaseException) -> bool:
    """Whether the database refused a NUL or a lone surrogate."""
    return isinstance(error, BAD_TEXT | orjson.JSONEncodeError)


class PostgresStatements:
    """The writer's statements on an asyncpg connection inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        rows = await self._connection.fetch(LOCK, conversation_ids)
        return {id_: Locked(version, seq, at) for id_, version, seq, at in rows}

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        return [_stored(row) for row in await self._connection.fetch(STORED_AS, _json(keys))]

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        return [_stored(row) for row in await self._connection.fetch(STORED_WITH, ids)]

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        rows = await self._connection.fetch(NOTIFIED, message_ids)
        return [(_uuid(id_), _uuid(message_id), user_id) for id_, message_id, user_id in rows]

    async def muted(self, user_ids: Iterable[str]) -> set[str]:
        return {user_id for (user_id,) in await self._connection.fetch(MUTED, list(user_ids))}

    async def insert_messages(self, rows: Sequence[MessageRow]) -> None:
        await self._connection.execute(INSERT_MESSAGES, _json(rows))

    async def insert_notifications(self, rows: Sequence[NotificationRow]) -> None:
        await self._connection.execute(INSERT_NOTIFICATIONS, _json(rows))

    async def advance(self, lasts: Sequence[Last]) -> None:
        await self._connection.execute(ADVANCE, _json(lasts))


def _json(rows: Sequence[Row]) -> str:
    # The default is for asyncpg's own kind of UUID, which orjson does not know.
    return orjson.dumps([row._asdict() for row in rows], default=str).decode()


def _uuid(value: UUID) -> UUID:
    """A plain UUID: orjson refuses asyncpg's own."""
    return UUID(int=value.int)


def _stored(row: Any) -> Stored:
    id_, conversation_id, *others = row
    return Stored(_uuid(id_), _uuid(conversation_id), *others)
