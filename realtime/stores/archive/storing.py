"""Writes what the ledger has and the database has not, in small transactions, each of which can be
the last: whoever starts again goes on from there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any
from uuid import UUID

import orjson
from tortoise.models import Model
from tortoise.transactions import in_transaction

from realtime.domain import snoozing
from realtime.domain.records import NEW_MESSAGE, notice_data
from realtime.domain.steps import portions
from realtime.models import Notification, Outbox, User
from realtime.stores.archive import gone, reads, talks
from realtime.stores.archive.abreast import Abreast
from realtime.stores.archive.files import Progress
from realtime.stores.archive.insert import insert
from realtime.stores.archive.ledger import Ledger
from realtime.stores.archive.pages import Page, pages
from realtime.stores.database import Database
from realtime.stores.writer.postgres import PostgresStore
from realtime.stores.writer.sqlite import SqliteStore

ABREAST = 2
"""Transactions at a time on PostgreSQL; SQLite has one writer."""

ANALYZE = "ANALYZE users, conversations, participants, messages, notifications"

ANALYZE_SECONDS = 300.0

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

NOTIFICATIONS = """
    SELECT n.row, m.id AS message_id, m.sender_id, c.id AS conversation_id, c.low
    FROM notifications n LEFT JOIN messages m ON m.given_id = n.message
    LEFT JOIN conversations c ON c.key = m.key ORDER BY n.n
"""


class Storing:
    """Everything that a ledger has, into one database; ``new`` counts the rows by their kind."""

    def __init__(self, database: Database, ledger: Ledger, progress: Progress) -> None:
        alone = database.dialect == "sqlite"
        self._store = SqliteStore(None) if alone else PostgresStore(database.client, None)
        self._abreast = 1 if alone else ABREAST
        self._database = database
        self._ledger = ledger
        self._progress = progress
        self._at = datetime.now(UTC)
        self._now = self._at.isoformat(" ")
        self.new: Counter[str] = Counter()

    async def everything(self) -> None:
        """In the order in which one needs the other. Raises Overtaken."""
        await self._users()
        await self._talks()
        await self._reads()
        await self._notifications()
        if self._database.dialect == "postgres" and self.new.total():
            await self._tell_planner()

    async def _users(self) -> None:
        for page in self._ledger.pages("SELECT * FROM users ORDER BY id"):
            given = [_user(row, self._now) for row in page]
            self._stored(len(page), users=await _insert(User, given, conflict=FILL))
        for page in self._ledger.pages("SELECT id FROM people ORDER BY id"):
            given = [{"id": row["id"], "created_at": self._now} for row in page]
            self._stored(0, users=await _insert(User, given))

    async def _talks(self) -> None:
        async with Abreast(self._abreast) as abreast:
            for page in pages(self._ledger):
                await abreast.begin(self._talk(page), after_all=page.goes_on)

    async def _talk(self, page: Page) -> None:
        async with in_transaction() as transaction:
            statements = self._store.statements(transaction)
            new = await talks.put(page, statements, transaction, self._now)
            await gone.nobody_of(page.people(), transaction)
        self._stored(len(page), **new)

    async def _reads(self) -> None:
        """Who has read what, by the lines and by what the messages say themselves."""
        for page in self._ledger.pages(reads.GIVEN):
            async with in_transaction() as transaction:
                await reads.take(page, transaction, self._now)
            self._stored(len(page))
        for portion in portions(row["id"] for row in self._ledger.each(reads.SPOKEN)):
            async with in_transaction() as transaction:
                await reads.go_on(portion, transaction)

    async def _notifications(self) -> None:
        for page in self._ledger.pages(NOTIFICATIONS):
            given = [_notification(row, self._at) for row in page]
            self._stored(len(page), notifications=await self._told(given))

    async def _told(self, given: Sequence[Mapping[str, Any]]) -> int:
        """Gives how many are new; of these, those that are snoozed have an alarm."""
        people = {row[name] for row in given for name in ("user_id", "actor_id")}
        async with in_transaction() as transaction:
            await gone.nobody_of(people - {None}, transaction)  # first: what refers to a message
            made = await insert(Notification, given, transaction, returning="id")
            new = {str(row["returned"]) for row in made}
            alarms = [
                snoozing.alarm_of(row["user_id"], UUID(row["id"]), until, self._at)
                for row in given
                if row["id"] in new and (until := _time(row["snoozed_until"])) is not None
            ]
            await Outbox.bulk_create(alarms)
        return len(new)

    async def _tell_planner(self) -> None:
        """PostgreSQL would learn within a minute how much there is, and read whole tables until
        then."""
        async with self._database.client.acquire_connection() as connection:
            await connection.execute(ANALYZE, timeout=ANALYZE_SECONDS)

    def _stored(self, count: int, **new: int) -> None:
        """So many lines are committed."""
        self.new.update(new)
        self._progress(count)


async def _insert(
    model: type[Model], given: Sequence[Mapping[str, Any]], *, conflict: str = "DO NOTHING"
) -> int:
    """Gives how many are new."""
    async with in_transaction() as transaction:
        return len(await insert(model, given, transaction, conflict=conflict))


def _user(row: Row, now: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "email": row["email"],
        "avatar": row["avatar"],
        "last_seen_at": row["seen_at"],
        "created_at": row["created_at"] or now,
    }


def _notification(row: Row, now: datetime) -> dict[str, Any]:
    """One that a message made has the message's type and ids, which every dialect looks for; one
    that was snoozed until a time that is over has come back unread."""
    given: dict[str, Any] = orjson.loads(row["row"])
    message_id = row["message_id"]
    given |= {"message_id": message_id, "in_group": message_id is not None and row["low"] is None}
    if message_id is not None:
        made = notice_data(UUID(message_id), UUID(row["conversation_id"]), row["sender_id"])
        given |= {"type": NEW_MESSAGE, "data": made, "actor_id": row["sender_id"]}
    until = _time(given["snoozed_until"])
    if until is not None and until <= now:
        given |= {**snoozing.UNREAD, "snoozed_until": None, "grouped_at": given["snoozed_until"]}
    return given


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
