"""Writes conversations with their people and messages, as far as they are not there yet.

Messages of one conversation are numbered in the order of their dates, after those that are there.
They are what was said before, not news: they have a number and no change (see ``models/journal``),
so that nobody who is connected is told of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from realtime.domain.ids import new_id
from realtime.models import Conversation, Message, Participant
from realtime.models.raw import rows
from realtime.stores.archive.insert import append, insert
from realtime.stores.archive.pages import Page
from realtime.stores.writer.rows import Key, Locked, Statements

NO_PAIR_GROWS = """
    NOT EXISTS (
        SELECT 1 FROM conversations c WHERE c.id = r.conversation_id
            AND c.low_id IS NOT NULL AND r.user_id NOT IN (c.low_id, c.high_id)
    )
"""

THERE = "SELECT id FROM messages WHERE id IN uuids(?)"

CHANGED = "UPDATE conversations SET version = version + 1 WHERE id IN uuids(?)"
"""Whoever remembers a conversation has to see that its people have changed."""


class Overtaken(Exception):  # noqa: N818 - told to whoever imports
    """What the files were checked against has changed meanwhile."""


Held = Mapping[str, Locked]
"""Conversations that nobody else can write to meanwhile, and what their next messages follow."""

Sent = tuple[str, str, str]
"""A message by its conversation, sender and client id."""


@dataclass(frozen=True, slots=True)
class _Database:
    """Where a page goes, in one transaction."""

    statements: Statements
    transaction: TransactionalDBClient


async def put(
    page: Page, statements: Statements, transaction: TransactionalDBClient, now: str
) -> Counter[str]:
    """Store a page; gives how much of it is new, by its kind. Raises Overtaken."""
    to = _Database(statements, transaction)
    begun = {row[0]: Locked(1, 0, 0, None) for row in page.conversations}
    first = await _numbered([row for row in page.messages if row[0] in begun], begun, to)
    made = await _made(page.conversations, begun, to, now)
    held = await _held(page, made, to)
    others = await _numbered([row for row in page.messages if row[0] not in made], held, to)
    said = [row for row in first if row["conversation_id"] in made] + others
    joined = await _join(page.members, made, to, now)
    await append(Message, said, transaction)
    if changed := {UUID(id_): held[id_] for id_ in {row["conversation_id"] for row in others}}:
        await statements.advance(changed)
    return Counter(conversations=len(made), members=joined, messages=len(said))


async def _made(given: Sequence[Row], begun: Held, to: _Database, now: str) -> set[str]:
    """Those that are new, which nobody else can know yet: they are stored as they will be, since
    to write a row twice takes as long as to write two."""
    conversations = [_conversation(row, begun[row[0]], now) for row in given]
    made = await insert(Conversation, conversations, to.transaction, returning="id")
    return {str(row["returned"]) for row in made}


async def _held(page: Page, made: set[str], to: _Database) -> Held:
    """The other conversations of a page."""
    known = {row[0] for row in (*page.members, *page.messages)} - made
    if not known:
        return {}
    locked = await to.statements.lock(sorted(map(UUID, known)))
    if gone := len(known) - len(locked):
        raise Overtaken(
            f"{gone} of the conversations in these files were begun or deleted here meanwhile:"
            " start the import again, and it goes on where it was."
        )
    return {str(id_): row for id_, row in locked.items()}


async def _join(given: Sequence[Row], made: set[str], to: _Database, now: str) -> int:
    """Gives how many are new."""
    first: dict[tuple[str, str], Row] = {}
    for row in given:
        if row[0] in made:
            first.setdefault((row[0], row["user_id"]), row)
    await append(Participant, [_participant(row, now) for row in first.values()], to.transaction)
    others = [_participant(row, now) for row in given if row[0] not in made]
    joined = await insert(
        Participant, others, to.transaction, where=NO_PAIR_GROWS, returning="conversation_id"
    )
    if joined:
        changed = sorted({str(row["returned"]) for row in joined})
        await rows(CHANGED, changed, connection=to.transaction)
    return len(first) + len(joined)


async def _numbered(given: Sequence[Row], held: Held, to: _Database) -> list[dict[str, Any]]:
    """Those that are not there, neither by our id nor by the application's."""
    if not given:
        return []
    found = await rows(THERE, [row["id"] for row in given], connection=to.transaction)
    there = {str(row["id"]) for row in found}
    sent = await _sent([row for row in given if row["id"] not in there], held, to)
    fresh = [row for row in given if _first(row["id"], there) and _first(_key(row), sent)]
    return [_message(row, held[row[0]]) for row in fresh]


async def _sent(given: Sequence[Row], held: Held, to: _Database) -> set[Sent]:
    """Which of them are there by their client ids: none where nothing was said yet."""
    wanted = [
        Key(UUID(row[0]), row["sender_id"], row["client_id"])
        for row in given
        if held[row[0]].last_seq and row["client_id"] is not None
    ]
    there = await to.statements.stored_as(wanted) if wanted else ()
    return {(str(row.conversation_id), row.sender_id, row.client_id or "") for row in there}


def _first(key: Any, before: set[Any]) -> bool:
    """Whether it was not there before; a message without a client id is like no other."""
    if key in before:
        return False
    if key is not None:
        before.add(key)
    return True


def _key(row: Row) -> Sent | None:
    return row["client_id"] and (row[0], row["sender_id"], row["client_id"])


def _conversation(row: Row, begun: Locked, now: str) -> dict[str, Any]:
    created = row["created_at"] or now
    last = begun.last_at and begun.last_at.isoformat(" ")
    return {
        "id": row["id"],
        "low_id": row["low"],
        "high_id": row["high"],
        "title": row["title"],
        "last_seq": begun.last_seq,
        "newest_seq": begun.last_seq,
        "version": begun.version,
        "last_message_at": last,
        "created_at": created,
        "updated_at": last or created,
    }


def _participant(row: Row, now: str) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "conversation_id": row[0],
        "user_id": row["user_id"],
        "read_seq": 0,
        "joined_at": row["joined_at"] or now,
    }


def _message(row: Row, held: Locked) -> dict[str, Any]:
    """The next message of a conversation; lists show when the latest of them was said."""
    held.last_seq += 1
    at = datetime.fromisoformat(row["at"])
    held.last_at = at if held.last_at is None else max(held.last_at, at)
    return {
        "id": row["id"],
        "conversation_id": row[0],
        "seq": held.last_seq,
        "sender_id": row["sender_id"],
        "kind": row["kind"],
        "content": row["content"],
        "attachments": row["attachments"],
        "client_id": row["client_id"],
        "created_at": row["at"],
        "updated_at": row["edited_at"] or row["read_at"] or row["at"],
        "edited_at": row["edited_at"],
        "read_at": row["read_at"],
        "read_apart": False,
    }
