"""Writes what the ledger has and the database has not, in small transactions, each of which can be
the last: whoever starts again goes on from there.

Messages of one conversation are numbered in the order of their dates, after those that are there.
They are what was said before, not news: they have a number and no change (see ``models/journal``),
so that nobody who is connected is told of them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.models import Model
from tortoise.transactions import in_transaction

from realtime.domain.ids import new_id
from realtime.domain.records import NEW_MESSAGE, notice_data
from realtime.domain.steps import portions
from realtime.models import Conversation, Message, Notification, Participant, User
from realtime.models.raw import rows
from realtime.stores.archive import reads
from realtime.stores.archive.insert import insert
from realtime.stores.archive.ledger import Ledger, stored
from realtime.stores.database import Database
from realtime.stores.writer.postgres import PostgresStore
from realtime.stores.writer.rows import Key, Locked, Statements
from realtime.stores.writer.sqlite import SqliteStore

Progress = Callable[[int], object]

NO_PAIR_GROWS = """
    NOT EXISTS (
        SELECT 1 FROM conversations c WHERE c.id = r.conversation_id
            AND c.low_id IS NOT NULL AND r.user_id NOT IN (c.low_id, c.high_id)
    )
"""

FILL = """
    (id) DO UPDATE SET name = coalesce(users.name, excluded.name),
        email = coalesce(users.email, excluded.email),
        avatar = coalesce(users.avatar, excluded.avatar),
        last_seen_at = coalesce(users.last_seen_at, excluded.last_seen_at)
    WHERE users.deleted_at IS NULL AND (
        users.name IS NULL AND excluded.name IS NOT NULL
        OR users.email IS NULL AND excluded.email IS NOT NULL
        OR users.avatar IS NULL AND excluded.avatar IS NOT NULL
        OR users.last_seen_at IS NULL AND excluded.last_seen_at IS NOT NULL
    )
"""

MESSAGES = """
    SELECT m.*, c.id AS conversation_id, c.fresh
    FROM messages m JOIN conversations c ON c.key = m.key ORDER BY m.at, m.n
"""

NOTIFICATIONS = """
    SELECT n.row, m.id AS message_id, m.sender_id, c.id AS conversation_id, c.low
    FROM notifications n LEFT JOIN messages m ON m.given_id = n.message
    LEFT JOIN conversations c ON c.key = m.key ORDER BY n.n
"""


class Storing:
    """Everything that a ledger has, into one database; ``new`` counts the rows by their kind."""

    def __init__(self, database: Database, ledger: Ledger, progress: Progress) -> None:
        self._store = (
            SqliteStore(None)
            if database.dialect == "sqlite"
            else PostgresStore(database.client, None)
        )
        self._ledger = ledger
        self._progress = progress
        self._now = datetime.now(UTC)
        self.new: Counter[str] = Counter()

    async def everything(self) -> None:
        """In the order in which one needs the other."""
        await self._users()
        await self._conversations()
        await self._members()
        await self._messages()
        await self._reads()
        await self._notifications()

    async def _users(self) -> None:
        now = stored(self._now)
        known = "SELECT * FROM users ORDER BY id"
        for page in self._ledger.pages(known):
            given = [
                {
                    "id": row["id"],
                    "name": row["name"],
                    "email": row["email"],
                    "avatar": row["avatar"],
                    "last_seen_at": row["seen_at"],
                    "created_at": row["created_at"] or now,
                }
                for row in page
            ]
            await self._insert("users", User, given, conflict=FILL)
        for page in self._ledger.pages("SELECT id FROM people ORDER BY id"):
            given = [{"id": row["id"], "created_at": now} for row in page]
            await self._insert("users", User, given, progress=False)

    async def _conversations(self) -> None:
        for page in self._ledger.pages("SELECT * FROM conversations WHERE NOT kept ORDER BY id"):
            given = [_conversation(row, stored(self._now)) for row in page]
            await self._insert("conversations", Conversation, given)

    async def _members(self) -> None:
        """Whoever remembers a conversation has to see that its people have changed."""
        members = """
            SELECT c.id, m.user_id, coalesce(m.joined_at, c.created_at) AS joined_at
            FROM members m JOIN conversations c ON c.key = m.key ORDER BY c.id, m.file, m.line
        """
        for page in self._ledger.pages(members):
            given = [
                {
                    "id": new_id(),
                    "conversation_id": row["id"],
                    "user_id": row["user_id"],
                    "read_seq": 0,
                    "joined_at": row["joined_at"] or stored(self._now),
                }
                for row in page
            ]
            async with self._page("members", len(page)) as transaction:
                joined = await insert(
                    Participant, given, transaction,
                    where=NO_PAIR_GROWS, returning="conversation_id",
                )  # fmt: skip
                self.new["members"] += len(joined)
                changed = sorted({str(row["returned"]) for row in joined})
                sql = "UPDATE conversations SET version = version + 1 WHERE id IN uuids(?)"
                await rows(sql, changed, connection=transaction)

    async def _messages(self) -> None:
        await self._find_fresh()
        for page in self._ledger.pages(MESSAGES):
            async with self._page("messages", len(page)) as transaction:
                statements = self._store.statements(transaction)
                wanted = sorted({row["conversation_id"] for row in page})
                locked = await statements.lock([UUID(id_) for id_ in wanted])
                held = {str(id_): row for id_, row in locked.items()}
                fresh = await _fresh(statements, [r for r in page if r["conversation_id"] in held])
                given = [_numbered(row, held[row["conversation_id"]]) for row in fresh]
                self.new["messages"] += len(await insert(Message, given, transaction))
                changed = {row["conversation_id"] for row in fresh}
                await statements.advance({UUID(id_): held[id_] for id_ in changed})

    async def _find_fresh(self) -> None:
        """In which conversations nothing has been said, so that nothing can be there already."""
        empty = self._ledger.rows("SELECT DISTINCT id FROM conversations")
        for portion in portions([row["id"] for row in empty]):
            found = Conversation.filter(id__in=portion, last_seq=0)
            for id_ in await found.values_list("id", flat=True):
                self._ledger.run("UPDATE conversations SET fresh = 1 WHERE id = ?", (str(id_),))

    async def _reads(self) -> None:
        """Who has read what, by the lines and by what the messages say themselves."""
        for page in self._ledger.pages(reads.GIVEN):
            async with self._page("reads", len(page)) as transaction:
                await reads.take(page, transaction)
        for portion in portions(row["id"] for row in self._ledger.rows(reads.SPOKEN)):
            async with in_transaction() as transaction:
                await reads.go_on(portion, transaction)

    async def _notifications(self) -> None:
        for page in self._ledger.pages(NOTIFICATIONS):
            given = [_notification(row) for row in page]
            await self._insert("notifications", Notification, given)

    async def _insert(
        self,
        kind: str,
        model: type[Model],
        given: Sequence[Mapping[str, Any]],
        *,
        conflict: str = "DO NOTHING",
        progress: bool = True,
    ) -> None:
        async with self._page(kind, len(given) if progress else 0) as transaction:
            self.new[kind] += len(await insert(model, given, transaction, conflict=conflict))

    @asynccontextmanager
    async def _page(self, kind: str, count: int) -> AsyncIterator[TransactionalDBClient]:
        """A transaction for some rows; others have their turn after it."""
        before = self.new[kind]
        try:
            async with in_transaction() as transaction:
                yield transaction
        except BaseException:
            self.new[kind] = before
            raise
        self._progress(count)
        await asyncio.sleep(0)


async def _fresh(statements: Statements, page: Sequence[Any]) -> list[Any]:
    """Those that are not there, neither by our id nor by the application's."""
    doubtful = [row for row in page if not row["fresh"]]
    there, sent = set[str](), set[Key]()
    if doubtful:
        ids = [UUID(row["id"]) for row in doubtful]
        there |= {str(row.id) for row in await statements.stored_with(ids)}
        keys = [key for row in doubtful if row["id"] not in there and (key := _key(row))]
        again = await statements.stored_as(keys) if keys else ()
        sent |= {Key(r.conversation_id, r.sender_id, r.client_id or "") for r in again}
    return [row for row in page if row["id"] not in there and not _said(row, sent)]


def _said(row: Any, sent: set[Key]) -> bool:
    """Whether there is one with this client id; then this is it."""
    key = _key(row)
    if key is None:
        return False
    again = key in sent
    sent.add(key)
    return again


def _key(row: Any) -> Key | None:
    if row["client_id"] is None:
        return None
    return Key(UUID(row["conversation_id"]), row["sender_id"], row["client_id"])


def _conversation(row: Any, now: str | None) -> dict[str, Any]:
    created = row["created_at"] or now
    return {
        "id": row["id"],
        "low_id": row["low"],
        "high_id": row["high"],
        "title": row["title"],
        "last_seq": 0,
        "version": 1,
        "created_at": created,
        "updated_at": created,
    }


def _numbered(row: Any, held: Locked) -> dict[str, Any]:
    """The next message of a conversation; lists show when the latest of them was said."""
    held.last_seq += 1
    at = datetime.fromisoformat(row["at"])
    held.last_at = at if held.last_at is None else max(held.last_at, at)
    return {
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "seq": held.last_seq,
        "sender_id": row["sender_id"],
        "kind": row["kind"],
        "content": row["content"],
        "attachments": row["attachments"] and orjson.Fragment(row["attachments"]),
        "client_id": row["client_id"],
        "created_at": row["at"],
        "updated_at": row["edited_at"] or row["read_at"] or row["at"],
        "edited_at": row["edited_at"],
        "read_at": row["read_at"],
        "read_apart": False,
    }


def _notification(row: Any) -> dict[str, Any]:
    """One that a message made has the message's type and ids, which every dialect looks for."""
    given: dict[str, Any] = orjson.loads(row["row"])
    message_id = row["message_id"]
    given |= {"message_id": message_id, "in_group": message_id is not None and row["low"] is None}
    if message_id is not None:
        made = notice_data(UUID(message_id), UUID(row["conversation_id"]), row["sender_id"])
        given |= {"type": NEW_MESSAGE, "data": made, "actor_id": row["sender_id"]}
    return given
