"""One transaction of the writer, from the lock to the commit."""

from typing import Any

from tortoise.backends.base.client import TransactionalDBClient

from realtime.domain import memberships
from realtime.domain.ports import Joined
from realtime.stores import writer_postgres, writer_sqlite
from realtime.stores.database import Database
from realtime.stores.writer_batch import Batch, notify
from realtime.stores.writer_rows import Key, Locked, Statements, Stored


class Commit:
    """Carries batches to one database."""

    def __init__(self, database: Database, joined: Joined) -> None:
        words: Any = writer_sqlite if database.dialect == "sqlite" else writer_postgres
        self._statements = (
            writer_sqlite.SqliteStatements
            if database.dialect == "sqlite"
            else writer_postgres.PostgresStatements
        )
        self._client = database.client
        self._joined = joined
        self.try_again = words.try_again
        self.bad_text = words.bad_text

    async def run(self, batch: Batch, *, again: bool) -> None:
        """Store a batch, all of it or nothing. ``again``: it may be stored already."""
        batch.start()
        conversation_ids = batch.conversation_ids()
        # Asked after the drafts came and before the lock: nobody waits for Redis behind it.
        present = await self._joined.users(conversation_ids)
        async with self._client._in_transaction() as transaction:
            statements: Statements = self._statements(transaction._connection)
            locked = await statements.lock(conversation_ids)
            await self._reload(batch, locked, transaction)
            if again:
                await self._recognise(batch, statements)
            batch.number(locked, await self._stored(batch, statements))
            await self._notify(batch, statements, present)
            batch.settle()
            await self._insert(batch, statements)

    async def _reload(
        self, batch: Batch, locked: dict[Any, Locked], transaction: TransactionalDBClient
    ) -> None:
        for conversation_id in batch.stale(locked):
            membership = await memberships.load(conversation_id, transaction)
            if membership is not None:
                batch.reloaded[conversation_id] = membership

    async def _recognise(self, batch: Batch, statements: Statements) -> None:
        stored = await statements.stored_with([entry.draft.id for entry in batch.entries])
        if stored:
            batch.recognise(stored, await statements.notified([row.id for row in stored]))

    async def _stored(self, batch: Batch, statements: Statements) -> dict[Key, Stored]:
        keys = batch.keys()
        if not keys:
            return {}
        rows = await statements.stored_as(keys)
        return {
            Key(row.conversation_id, row.sender_id, row.client_id): row
            for row in rows
            if row.client_id is not None
        }

    async def _notify(self, batch: Batch, statements: Statements, present: Any) -> None:
        absent = batch.absent(present)
        if not absent:
            return
        muted = await statements.muted({person.id for _, person in absent})
        for numbered, person in absent:
            if person.id not in muted:
                notify(numbered, person)

    async def _insert(self, batch: Batch, statements: Statements) -> None:
        if not batch.numbered:
            return
        await statements.insert_messages(batch.message_rows())
        await statements.advance(batch.lasts())
        notifications = batch.notification_rows()
        if notifications:
            await statements.insert_notifications(notifications)
