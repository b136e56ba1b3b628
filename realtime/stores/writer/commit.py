"""A batch on its way into the database: at once where that can be, else step by step."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from realtime.domain import memberships
from realtime.domain.ids import new_id
from realtime.domain.ports import Joined
from realtime.stores.database import Database
from realtime.stores.writer import postgres, sqlite
from realtime.stores.writer.at_once import AtOnce
from realtime.stores.writer.batch import Batch
from realtime.stores.writer.entry import notify
from realtime.stores.writer.rows import Key, Locked, Statements, Stored


class Commit:
    """Carries batches to one database."""

    def __init__(self, database: Database, joined: Joined) -> None:
        on_sqlite = database.dialect == "sqlite"
        words: Any = sqlite if on_sqlite else postgres
        self._statements = sqlite.SqliteStatements if on_sqlite else postgres.PostgresStatements
        # SQLite has no round trips to save.
        self._at_once = None if on_sqlite else AtOnce(database.client)
        self._client = database.client
        self.distrust = database.distrust
        self._joined = joined
        self.try_again = words.try_again
        self.bad_text = words.bad_text

    async def at_once(self, batch: Batch) -> None:
        """Store what can be stored in one statement, all of it or nothing; the rest stays open."""
        if self._at_once is not None:
            await self._at_once.store(batch, await self._present(batch))

    async def carefully(self, batch: Batch, *, again: bool) -> None:
        """Decide every entry of a batch, and store all of it or nothing.

        ``again``: it may be stored already.
        """
        # Asked after the drafts came and before the lock: nobody waits for Redis behind it.
        present = await self._present(batch)
        try:
            async with self._client._in_transaction() as transaction:
                statements: Statements = self._statements(transaction._connection)
                locked = await statements.lock(batch.conversation_ids())
                await self._reload(batch, locked, transaction)
                if again:
                    await self._recognise(batch, statements)
                batch.number(locked, await self._stored(batch, statements))
                await self._notify(batch, statements, present)
                batch.settle()
                await self._insert(batch, statements)
        except BaseException:
            batch.forget()
            raise

    async def _present(self, batch: Batch) -> Mapping[UUID, set[str]]:
        return await self._joined.users(batch.conversation_ids())

    async def _reload(
        self, batch: Batch, locked: dict[Any, Locked], transaction: TransactionalDBClient
    ) -> None:
        for conversation_id in batch.stale(locked):
            conversation = await memberships.load(conversation_id, transaction)
            if conversation is not None:
                batch.reloaded[conversation_id] = conversation

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

    async def _notify(
        self, batch: Batch, statements: Statements, present: Mapping[UUID, set[str]]
    ) -> None:
        absent = batch.absent(present)
        if not absent:
            return
        muted = await statements.muted({person.id for _, person in absent})
        for numbered, person in absent:
            if person.id not in muted:
                notify(numbered, person.id, new_id())

    async def _insert(self, batch: Batch, statements: Statements) -> None:
        if not batch.numbered:
            return
        await statements.insert_messages(batch.message_rows())
        await statements.advance(batch.lasts())
        notifications = batch.notification_rows()
        if notifications:
            await statements.insert_notifications(notifications)
