"""The writer's statements in PostgreSQL's words: one round trip each, however long the batch."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from realtime.stores.writer_rows import Key, Last, Locked, MessageRow, NotificationRow, Stored

# NO KEY: whoever only refers to a conversation (a new participant's foreign key) need not wait.
LOCK = """
    SELECT id, version, last_seq, last_message_at FROM conversations
    WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

COLUMNS = """
    m.id, m.conversation_id, m.sender_id, m.client_id, m.seq, m.kind, m.content, m.attachments,
    m.created_at, m.updated_at, m.edited_at, m.read_at
"""

# LATERAL with OFFSET: one look into the unique index per key. Left to itself, a planner without
# statistics (a new database) reads the whole table for a batch of a hundred keys.
STORED_AS = f"""
    SELECT {COLUMNS} FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(conversation, sender, client)
    CROSS JOIN LATERAL (
        SELECT * FROM messages s WHERE s.conversation_id = k.conversation
            AND s.sender_id = k.sender AND s.client_id = k.client OFFSET 0
    ) AS m
"""  # noqa: E501, S608 - no value is part of it

STORED_WITH = f"SELECT {COLUMNS} FROM messages m WHERE m.id = ANY($1::uuid[])"  # noqa: S608

NOTIFIED = "SELECT id, message_id, user_id FROM notifications WHERE message_id = ANY($1::uuid[])"

MUTED = """
    SELECT user_id FROM notification_preferences
    WHERE user_id = ANY($1::text[]) AND choices->'notifyOnNewMessage' = 'false'::jsonb
"""

INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, attachments,
        client_id, created_at, updated_at)
    SELECT id, conversation, seq, sender, kind, content, attachments::jsonb, client, at, at
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::timestamptz[])
        AS r(id, conversation, seq, sender, kind, content, attachments, client, at)
"""

INSERT_NOTIFICATIONS = """
    INSERT INTO notifications (id, user_id, actor_id, message_id, type, text, data, created_at,
        priority)
    SELECT id, receiver, actor, message, type, text, data::jsonb, at, 'normal'
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[],
        $7::text[], $8::timestamptz[])
        AS r(id, receiver, actor, message, type, text, data, at)
"""

ADVANCE = """
    UPDATE conversations c SET last_seq = r.seq, last_message_at = r.at, updated_at = r.at
    FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS r(id, seq, at) WHERE c.id = r.id
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

BAD_TEXT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


def try_again(error: BaseException) -> bool:
    """Whether the same batch may succeed later, or has succeeded unheard."""
    return isinstance(error, UNKNOWN_OUTCOME) and not isinstance(error, asyncpg.DataError)


def bad_text(error: BaseException) -> bool:
    """Whether the database refused a NUL or a lone surrogate."""
    return isinstance(error, BAD_TEXT) or isinstance(error.__cause__, UnicodeEncodeError)


class PostgresStatements:
    """The writer's statements on an asyncpg connection inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        rows = await self._connection.fetch(LOCK, conversation_ids)
        return {id_: Locked(version, seq, at) for id_, version, seq, at in rows}

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        return [_stored(row) for row in await self._connection.fetch(STORED_AS, *_columns(keys))]

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        return [_stored(row) for row in await self._connection.fetch(STORED_WITH, ids)]

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        rows = await self._connection.fetch(NOTIFIED, message_ids)
        return [(_uuid(id_), _uuid(message_id), user_id) for id_, message_id, user_id in rows]

    async def muted(self, user_ids: Iterable[str]) -> set[str]:
        return {user_id for (user_id,) in await self._connection.fetch(MUTED, list(user_ids))}

    async def insert_messages(self, rows: Sequence[MessageRow]) -> None:
        await self._connection.execute(INSERT_MESSAGES, *_columns(rows))

    async def insert_notifications(self, rows: Sequence[NotificationRow]) -> None:
        await self._connection.execute(INSERT_NOTIFICATIONS, *_columns(rows))

    async def advance(self, lasts: Sequence[Last]) -> None:
        await self._connection.execute(ADVANCE, *_columns(lasts))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


def _uuid(value: UUID) -> UUID:
    """A plain UUID: orjson refuses asyncpg's own."""
    return UUID(int=value.int)


def _stored(row: Any) -> Stored:
    id_, conversation_id, *others = row
    return Stored(_uuid(id_), _uuid(conversation_id), *others)
