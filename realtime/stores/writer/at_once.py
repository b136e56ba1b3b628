"""A batch in one statement: what PostgreSQL can decide while it holds the rows.

One round trip instead of six, in a transaction of its own. In plain words: lock the conversations
in the order of their ids; number the drafts that came with the version of the conversation that
still holds, after those that are there, leaving out what a client id shows to be a retry; store
them with times that never run backwards; move each conversation on; and make a notification for
each of the given people who does not refuse it; where pushes are sent, a row of the outbox beside
it for whom a browser wants to be woken; and where other backends are told, one for each of them.
What is left out comes back without numbers, and goes the careful way: the answer to a retry, a
conversation whose people have changed or that is gone, a sender who takes no part.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.domain.ids import new_id
from realtime.domain.outbox import LIFE, PUSH
from realtime.domain.records import NEW_MESSAGE, notice_data, preview
from realtime.stores.writer import webhooks
from realtime.stores.writer.entry import Entry
from realtime.stores.writer.rows import Key, Present, key_of

SENT_AS = """
    SELECT * FROM (
        SELECT * FROM messages WHERE {d}.client_id IS NOT NULL
            AND (sender_id, conversation_id, client_id)
                >= ({d}.sender_id, {d}.conversation_id, {d}.client_id)
        ORDER BY sender_id, conversation_id, client_id LIMIT 1
    ) nearest
    WHERE (nearest.sender_id, nearest.conversation_id, nearest.client_id)
        = ({d}.sender_id, {d}.conversation_id, {d}.client_id)
"""
"""The message that has the client id of a draft `d`: the first entry of the unique index from there
on, if it is that. Said as three equations, all indexes of the conversation look alike to a planner
without statistics: it took one that reads the whole conversation, and the prepared plan stayed."""

# The rows travel as one JSON text: an array per column costs asyncpg three times as much to encode.
#
# held: NO KEY, so that whoever only refers to a conversation need not wait; in the order of ids, so
# that two nodes cannot lock each other. Where it had to wait, it reads what the other committed;
# the rest of the statement does not. So a retry that another node stored meanwhile is not seen:
# then the unique index refuses the statement, and the batch goes the careful way.
#
# The scalar subqueries are looked up row by row in an index. As joins, a planner without statistics
# (a new database) would read the whole tables instead. Positions are drawn in the order of the
# drafts, which is the order of their numbers.
#
# outbox: looked up for each notification in an index too, so that users whose browsers want nothing
# cost nothing more. Its id is the notification's: one for each.
STORE = f"""
    WITH draft AS MATERIALIZED (
        SELECT * FROM json_to_recordset($1::json) AS d(n int, id uuid, conversation_id uuid,
            version bigint, sender_id text, kind text, content text, attachments jsonb,
            client_id text, session text, at timestamptz)
    ), held AS MATERIALIZED (
        SELECT id, version, last_seq, last_change, last_message_at FROM conversations
        WHERE id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ), numbered AS MATERIALIZED (
        SELECT d.*, h.last_seq + row_number() OVER earlier AS seq,
            h.last_change + row_number() OVER earlier AS change,
            greatest(h.last_message_at, max(d.at) OVER earlier) AS created_at
        FROM draft d JOIN held h ON h.id = d.conversation_id AND h.version = d.version
        WHERE (
            SELECT m.id FROM ({SENT_AS.format(d="d")}) m
        ) IS NULL
        WINDOW earlier AS (PARTITION BY d.conversation_id ORDER BY d.n)
    ), stored AS (
        INSERT INTO messages (id, conversation_id, seq, change, position, committed_in, sender_id,
            kind, content, attachments, client_id, session, created_at, updated_at)
        SELECT id, conversation_id, seq, change, nextval('positions_id_seq'),
            pg_current_xact_id()::text::bigint, sender_id, kind, content, attachments, client_id,
            session, created_at, created_at
        FROM (SELECT * FROM numbered ORDER BY n) placed
    ), advanced AS (
        UPDATE conversations c SET last_seq = last.seq, newest_seq = last.seq,
            last_change = last.change, last_message_at = last.at, updated_at = last.at
        FROM (
            SELECT conversation_id, max(seq) AS seq, max(change) AS change, max(created_at) AS at
            FROM numbered GROUP BY conversation_id
        ) last
        WHERE c.id = last.conversation_id AND c.id = ANY($2::uuid[])
    ), notice AS MATERIALIZED (
        SELECT w.id, w.n, w.user_id, m.id AS message_id, w.in_group, m.sender_id, w.text, w.data,
            m.created_at, m.at
        FROM json_to_recordset($3::json)
            AS w(id uuid, n int, user_id text, in_group bool, text text, data jsonb)
        JOIN numbered m ON m.n = w.n
        WHERE (
            SELECT p.choices->'notifyOnNewMessage' FROM notification_preferences p
            WHERE p.user_id = w.user_id
        ) IS DISTINCT FROM 'false'::jsonb
    ), noticed AS (
        INSERT INTO notifications (id, user_id, actor_id, message_id, in_group, type, text, data,
            created_at, priority)
        SELECT id, user_id, sender_id, message_id, in_group, $4, text, data, created_at, 'normal'
        FROM notice
    ){{more}}
    SELECT n, seq, change, nullif(created_at, at),
        (SELECT array_agg(w.user_id) FROM notice w WHERE w.n = m.n)
    FROM numbered m ORDER BY n
"""  # noqa: S608 - no value is part of it

WAKES = f""", woken AS (
        INSERT INTO outbox (id, kind, user_id, notification_id, message_id, due_at, expires_at,
            created_at)
        SELECT w.id, '{PUSH}', w.user_id, w.id, w.message_id, w.at + $5::interval,
            w.at + $6::interval, w.at
        FROM notice w
        WHERE (
            SELECT s.user_id FROM push_subscriptions s WHERE s.user_id = w.user_id LIMIT 1
        ) IS NOT NULL
    )"""  # noqa: S608 - no value is part of it

PUSHING, TELLING = ("", WAKES), ("", webhooks.TELL)
STATEMENTS = {
    (bool(wakes), bool(tells)): STORE.format(
        more=wakes + tells.format(place="$7" if wakes else "$5")
    )
    for wakes in PUSHING
    for tells in TELLING
}
"""By whether messages are pushed, and whether other backends are told of them."""


async def store(
    client: BaseDBAsyncClient,
    entries: Sequence[Entry],
    present: Present,
    wakes: timedelta | None = None,
    tells: Sequence[str] = (),
) -> None:
    """Number and store what the database takes as it is; see ``rows.Store.at_once``.

    ``wakes``: how long after it a message is pushed; None where none is. ``tells``: the endpoints
    that hear of it.
    """
    simple = _simple(entries)
    if not simple:
        return
    notices = _notices(simple, present)
    more: tuple[Any, ...] = () if wakes is None else (wakes, LIFE)
    if tells:
        more = (*more, rows_json(webhooks.to_be_numbered(simple, tells)))
    async with client.acquire_connection() as connection:
        rows = await connection.fetch(
            STATEMENTS[wakes is not None, bool(tells)],
            rows_json([_draft_row(n, entry) for n, entry in enumerate(simple)]),
            sorted({entry.conversation.id for entry in simple}),
            rows_json([row for of_one in notices.values() for row in of_one]),
            NEW_MESSAGE,
            *more,
        )
    for n, seq, change, later, told in rows:
        entry = simple[n]
        entry.number(seq, change, later or entry.draft.created_at)
        for notice in notices.get(n, ()):
            if notice["user_id"] in (told or ()):
                entry.notify(notice["user_id"], notice["id"])


def _simple(entries: Sequence[Entry]) -> list[Entry]:
    """Those that nothing in this batch, and nothing we know, speaks against.

    A conversation of which two versions are known here is left out: settling one sender's before
    another's would change their order.
    """
    versions: dict[UUID, int] = {}
    disputed: set[UUID] = set()
    sent: set[Key] = set()
    simple = []
    for entry in entries:
        known, key = entry.conversation, key_of(entry.draft)
        if versions.setdefault(known.id, known.version) != known.version:
            disputed.add(known.id)
        if key is not None:
            if key in sent:
                continue
            sent.add(key)
        if known.person(entry.draft.sender.id) is not None:
            simple.append(entry)
    if not disputed:
        return simple
    return [each for each in simple if each.conversation.id not in disputed]


def _draft_row(n: int, entry: Entry) -> dict[str, Any]:
    draft = entry.draft
    return {
        "n": n,
        "id": draft.id,
        "conversation_id": entry.conversation.id,
        "version": entry.conversation.version,
        "sender_id": draft.sender.id,
        "kind": draft.kind,
        "content": draft.content,
        "attachments": entry.attachments,
        "client_id": draft.client_id,
        "session": draft.session,
        "at": draft.created_at,
    }


def _notices(entries: Sequence[Entry], present: Present) -> dict[int, list[dict[str, Any]]]:
    """The notifications to be made of each draft, by its place, as far as their users want them."""
    return {
        n: [
            {
                "id": new_id(),
                "n": n,
                "user_id": person.id,
                "in_group": not entry.conversation.direct,
                "text": preview(entry.draft.content),
                "data": notice_data(entry.draft.id, entry.conversation.id, entry.draft.sender.id),
            }
            for person in people
        ]
        for n, entry in enumerate(entries)
        if (people := entry.absent(present.get(entry.conversation.id, ())))
    }


def rows_json(rows: list[dict[str, Any]]) -> str:
    """Rows as the one JSON text in which they travel."""
    # The default is for asyncpg's own kind of UUID, which orjson does not know.
    return orjson.dumps(rows, default=str).decode()
