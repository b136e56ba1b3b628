"""The writer's database on PostgreSQL: one round trip a step, however long the batch."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient

from realtime.domain.records import NEW_MESSAGE
from realtime.stores.hooks import connection_of
from realtime.stores.postgres.connection import LOST
from realtime.stores.writer import at_once, webhooks
from realtime.stores.writer.at_once import SENT_AS, rows_json
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

# NO KEY: whoever only refers to a conversation (a new participant's foreign key) need not wait.
LOCK = """
    SELECT id, version, last_seq, last_change, last_message_at FROM conversations
    WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

# Rows travel as one JSON text: an array per column costs asyncpg three times as much to encode.
# LATERAL: one look into the unique index per key. As a join, a planner without statistics (a new
# database) reads the whole table for a batch of a hundred keys.
STORED_AS = f"""
    SELECT {COLUMNS}
    FROM json_to_recordset($1::json) AS k(conversation_id uuid, sender_id text, client_id text)
    CROSS JOIN LATERAL (
        {SENT_AS.format(d="k")}
    ) AS m
"""  # noqa: S608 - no value is part of it

STORED_WITH = f"SELECT {COLUMNS} FROM messages m WHERE m.id = ANY($1::uuid[])"  # noqa: S608

NOTIFIED = "SELECT id, message_id, user_id FROM notifications WHERE message_id = ANY($1::uuid[])"

MUTED = """
    SELECT user_id, false AS wakeable FROM notification_preferences
    WHERE user_id = ANY($1::text[]) AND choices->'notifyOnNewMessage' = 'false'::jsonb
"""

REACH = f"""
    {MUTED} UNION SELECT user_id, true FROM push_subscriptions WHERE user_id = ANY($1::text[])
"""  # noqa: S608 - no value is part of it

INSERT_MESSAGES = """
    INSERT INTO messages (id, conversation_id, seq, change, position, committed_in, sender_id, kind,
        content, attachments, client_id, session, created_at, updated_at)
    SELECT id, conversation_id, seq, change, nextval('positions_id_seq'),
        pg_current_xact_id()::text::bigint, sender_id, kind, content, attachments, client_id,
        session, created_at, created_at
    FROM json_to_recordset($1::json) AS r(id uuid, conversation_id uuid, seq bigint, change bigint,
        sender_id text, kind text, content text, attachments jsonb, client_id text,
        session text, created_at timestamptz)
"""

INSERT_NOTIFICATIONS = """
    INSERT INTO notifications (id, user_id, actor_id, message_id, in_group, type, text, data,
        created_at, priority)
    SELECT id, user_id, actor_id, message_id, in_group, type, text, data, created_at, 'normal'
    FROM json_to_recordset($1::json) AS r(id uuid, user_id text, actor_id text, message_id uuid,
        in_group bool, type text, text text, data jsonb, created_at timestamptz)
"""

INSERT_PUSHES = """
    INSERT INTO outbox (id, kind, user_id, notification_id, message_id, due_at, expires_at,
        created_at)
    SELECT id, kind, user_id, id, message_id, due_at, expires_at, created_at
    FROM json_to_recordset($1::json) AS r(id uuid, kind text, user_id text, message_id uuid,
        due_at timestamptz, expires_at timestamptz, created_at timestamptz)
"""

INSERT_WEBHOOKS = f"""
    INSERT INTO outbox ({webhooks.COLUMNS})
    SELECT {webhooks.COLUMNS}
    FROM json_to_recordset($1::json) AS r(id uuid, kind text, target text, user_id text,
        message_id uuid, order_key text, order_no bigint, body jsonb, due_at timestamptz,
        expires_at timestamptz, created_at timestamptz)
"""  # noqa: S608 - no value is part of it

ADVANCE = """
    UPDATE conversations c SET last_seq = r.seq, newest_seq = r.seq, last_change = r.change,
        last_message_at = r.at, updated_at = r.at
    FROM json_to_recordset($1::json)
        AS r(conversation_id uuid, seq bigint, change bigint, at timestamptz)
    WHERE c.id = r.conversation_id
"""

UNKNOWN_OUTCOME = (
    *LOST,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What says nothing about the rows: the server went away, is full or chose another transaction."""

BAD_TEXT = asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError


class PostgresStore:
    """Store of ``rows.py``."""

    def __init__(
        self, client: BaseDBAsyncClient, wakes: timedelta | None, tells: Sequence[str] = ()
    ) -> None:
        self._client = client
        self._wakes = wakes
        self._tells = tells

    def statements(self, transaction: TransactionalDBClient) -> "PostgresStatements":
        return PostgresStatements(connection_of(transaction), self._wakes, self._tells)

    async def at_once(self, entries: Sequence[Entry], present: Present) -> None:
        await at_once.store(self._client, entries, present, self._wakes, self._tells)

    def try_again(self, error: BaseException) -> bool:
        return isinstance(error, UNKNOWN_OUTCOME) and not isinstance(error, asyncpg.DataError)

    def bad_text(self, error: BaseException) -> bool:
        """A NUL or a lone surrogate."""
        return isinstance(error, BAD_TEXT | orjson.JSONEncodeError)


class PostgresStatements:
    """Statements of ``rows.py`` on an asyncpg connection inside a transaction."""

    def __init__(self, connection: Any, wakes: timedelta | None, tells: Sequence[str]) -> None:
        self._connection = connection
        self._wakes = wakes
        self._tells = tells

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        rows = await self._connection.fetch(LOCK, conversation_ids)
        return {id_: Locked(*others) for id_, *others in rows}

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        asked = rows_json([key._asdict() for key in keys])
        return [_stored(row) for row in await self._connection.fetch(STORED_AS, asked)]

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        return [_stored(row) for row in await self._connection.fetch(STORED_WITH, ids)]

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        rows = await self._connection.fetch(NOTIFIED, message_ids)
        return [(_uuid(id_), _uuid(message_id), user_id) for id_, message_id, user_id in rows]

    async def reach(self, user_ids: Collection[str]) -> Reach:
        asked = MUTED if self._wakes is None else REACH
        return reached(await self._connection.fetch(asked, list(user_ids)))

    async def insert(self, entries: Sequence[Entry]) -> None:
        await self._connection.execute(INSERT_MESSAGES, rows_json(list(map(_message_row, entries))))
        notices = [row for entry in entries for row in _notice_rows(entry)]
        if notices:
            await self._connection.execute(INSERT_NOTIFICATIONS, rows_json(notices))
        pushes = push_rows(entries, self._wakes)
        if pushes:
            await self._connection.execute(INSERT_PUSHES, rows_json(pushes))
        if self._tells:
            told = webhooks.rows_of(entries, self._tells)
            await self._connection.execute(INSERT_WEBHOOKS, rows_json(told))

    async def advance(self, locked: Mapping[UUID, Locked]) -> None:
        rows = [
            {
                "conversation_id": id_,
                "seq": row.last_seq,
                "change": row.last_change,
                "at": row.last_at,
            }
            for id_, row in locked.items()
        ]
        await self._connection.execute(ADVANCE, rows_json(rows))


def _message_row(entry: Entry) -> dict[str, Any]:
    message = entry.message
    assert message is not None, "only numbered messages are stored"  # noqa: S101
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "change": message.change,
        "sender_id": message.sender.id,
        "kind": message.kind,
        "content": message.content,
        "attachments": entry.attachments,
        "client_id": message.client_id,
        "session": entry.draft.session,
        "created_at": message.created_at,
    }


def _notice_rows(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "user_id": each.user_id,
            "actor_id": entry.draft.sender.id,
            "message_id": each.message_id,
            "in_group": not entry.conversation.direct,
            "type": NEW_MESSAGE,
            "text": each.text,
            "data": each.data,
            "created_at": each.created_at,
        }
        for each in entry.notifications
    ]


def _uuid(value: UUID) -> UUID:
    """A plain UUID: orjson refuses asyncpg's own."""
    return UUID(int=value.int)


def _stored(row: Any) -> Stored:
    id_, conversation_id, *others = row
    return Stored(_uuid(id_), _uuid(conversation_id), *others)
