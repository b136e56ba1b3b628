"""Up to where everybody has read: by the lines of reads, and by the messages' own dates."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.models.raw import rows
from realtime.stores.archive.insert import as_text, source

GIVEN = """
    SELECT c.id AS conversation_id, r.user_id, m.id AS message_id, r.at
    FROM reads r JOIN conversations c ON c.key = r.key
    LEFT JOIN messages m ON m.given_id = r.message
"""

SPOKEN = """
    SELECT DISTINCT c.id FROM conversations c JOIN messages m ON m.key = c.key
    WHERE m.read_at IS NOT NULL
"""
"""Conversations whose messages say that they are read."""

# There may be a line for each message: of several that fit, UPDATE would take any one.
READ_UP_TO = """
    UPDATE participants SET read_seq = up_to.seq FROM (
        SELECT conversation_id, user_id, max(seq) AS seq FROM (
            SELECT r.conversation_id, r.user_id, coalesce(
                (SELECT m.seq FROM messages m
                    WHERE m.id = r.message_id AND m.conversation_id = r.conversation_id),
                (SELECT m.seq FROM messages m
                    WHERE m.conversation_id = r.conversation_id AND m.created_at <= r.at
                    ORDER BY m.seq DESC LIMIT 1)
            ) AS seq FROM {source}
        ) AS each_line GROUP BY conversation_id, user_id
    ) AS up_to
    WHERE participants.conversation_id = up_to.conversation_id
        AND participants.user_id = up_to.user_id AND up_to.seq > participants.read_seq
"""

READ_BY_ALL = """
    UPDATE messages SET read_at = CASE
        WHEN r.at > messages.created_at THEN r.at ELSE messages.created_at END
    FROM {source}
    WHERE messages.conversation_id = r.conversation_id
        AND messages.read_at IS NULL AND messages.deleted_at IS NULL
        AND messages.seq <= (
            SELECT min(p.read_seq) FROM participants p
            WHERE p.conversation_id = messages.conversation_id AND p.user_id <> messages.sender_id
        )
"""

# Messages that say that they are read say how far their readers have come: up to the last of these
# before the first that is not.
GO_ON = """
    WITH behind AS MATERIALIZED (
        SELECT p.id, p.conversation_id, p.user_id, p.read_seq, coalesce((
            SELECT m.seq FROM messages m WHERE m.conversation_id = p.conversation_id
                AND m.seq > p.read_seq AND m.sender_id <> p.user_id
                AND m.read_at IS NULL AND m.deleted_at IS NULL
            ORDER BY m.seq LIMIT 1
        ), c.last_seq + 1) AS unread_seq
        FROM participants p JOIN conversations c ON c.id = p.conversation_id
        WHERE p.conversation_id IN uuids(?)
    )
    UPDATE participants SET read_seq = up_to.seq FROM (
        SELECT b.id, (
            SELECT m.seq FROM messages m WHERE m.conversation_id = b.conversation_id
                AND m.seq > b.read_seq AND m.seq < b.unread_seq AND m.sender_id <> b.user_id
                AND m.read_at IS NOT NULL
            ORDER BY m.seq DESC LIMIT 1
        ) AS seq FROM behind b
    ) AS up_to
    WHERE participants.id = up_to.id AND up_to.seq > participants.read_seq
"""

# What is read though something before it is not counts as read by itself.
READ_APART = """
    UPDATE messages SET read_apart = true
    WHERE conversation_id IN uuids(?) AND read_at IS NOT NULL AND NOT read_apart AND seq > (
        SELECT min(p.read_seq) FROM participants p
        WHERE p.conversation_id = messages.conversation_id AND p.user_id <> messages.sender_id
    )
"""

COLUMNS = {
    "conversation_id": "uuid", "user_id": "text", "message_id": "uuid", "at": "timestamptz",
}  # fmt: skip


async def take(page: Sequence[Any], connection: BaseDBAsyncClient, now: str) -> None:
    """Move readers on, and note what all have read by that, until now; a page of what ``GIVEN``
    finds."""
    given = [dict(row) for row in page]
    from_given = source(COLUMNS)
    await rows(READ_UP_TO.format(source=from_given), as_text(given), connection=connection)
    latest = as_text(_latest(given, now))
    await rows(READ_BY_ALL.format(source=from_given), latest, connection=connection)


async def go_on(conversation_ids: list[str], connection: BaseDBAsyncClient) -> None:
    """Let readers be where the messages of these conversations say that they are."""
    await rows(GO_ON, conversation_ids, connection=connection)
    await rows(READ_APART, conversation_ids, connection=connection)


def _latest(given: Iterable[Mapping[str, Any]], now: str) -> list[dict[str, Any]]:
    """When the last of its readers has read each conversation, as far as they say."""
    at: dict[str, str | None] = {}
    for row in given:
        before = at.get(row["conversation_id"])
        given_at = row["at"] and min(row["at"], now)
        at[row["conversation_id"]] = max(filter(None, (before, given_at)), default=None)
    return [
        {"conversation_id": id_, "user_id": None, "message_id": None, "at": latest}
        for id_, latest in at.items()
    ]
