"""A batch on its way into the database: at once where that can be, else step by step."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from realtime.domain import memberships
from realtime.domain.ids import new_id
from realtime.domain.ports import Joined
from realtime.stores.database import Database
from realtime.stores.writer.batch import Batch
from realtime.stores.writer.postgres import PostgresStore
from realtime.stores.writer.rows import Key, Locked, Present, Statements, Store, Stored
from realtime.stores.writer.sqlite import SqliteStore


class Commit:
    """Stores batches in one database; ``wakes`` is how long after it a message is pushed, ``tells``
    are the endpoints that hear of it."""

    def __init__(
        self,
        database: Database,
        joined: Joined,
        wakes: timedelta | None,
        tells: Sequence[str] = (),
    ) -> None:
        self.distrust, self.doubt = database.distrust, database.doubt
        self._joined = joined
        self._store: Store = (
            SqliteStore(wakes, tells)
            if database.dialect == "sqlite"
            else PostgresStore(database.client, wakes, tells)
        )
        self.try_again = self._store.try_again
        self.bad_text = self._store.bad_text

    async def at_once(self, batch: Batch) -> None:
        """Store what can be stored in one statement, all of it or nothing; the rest stays open."""
        await self._store.at_once(batch.entries, await self._present(batch))
        batch.settle(batch.numbered())

    async def carefully(self, batch: Batch, *, again: bool) -> None:
        """Decide every entry of a batch, and store all of it or nothing.

        ``again``: it may be stored already.
        """
        # Asked after the drafts came and before the lock: nobody waits for Redis behind it.
        present = await self._present(batch)
        try:
            async with in_transaction() as transaction:
                statements = self._store.statements(transaction)
                locked = await statements.lock(batch.conversation_ids())
                await self._reload(batch, locked, transaction)
                if again:
                    await self._recognise(batch, statements)
                batch.number(locked, await self._stored(batch, statements))
                await self._notify(batch, statements, present)
                await self._insert(batch, statements, locked)
        except BaseException:
            batch.forget()
            raise

    async def _present(self, batch: Batch) -> Present:
        return await self._joined.users(batch.conversation_ids())

    async def _reload(
        self, batch: Batch, locked: dict[UUID, Locked], transaction: TransactionalDBClient
    ) -> None:
        for conversation_id in batch.stale(locked):
            conversation = await memberships.load(conversation_id, transaction)
            if conversation is not None:
                batch.renew(conversation)

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

    async def _notify(self, batch: Batch, statements: Statements, present: Present) -> None:
        absent = batch.absent(present)
        if not absent:
            return
        reach = await statements.reach({person.id for _, person in absent})
        for entry, person in absent:
            if person.id not in reach.muted:
                entry.notify(person.id, id_ := new_id())
                if person.id in reach.wakeable:
                    entry.pushed.add(id_)

    async def _insert(
        self, batch: Batch, statements: Statements, locked: dict[UUID, Locked]
    ) -> None:
        new = batch.numbered()
        if new:
            await statements.insert(new)
            changed = {entry.conversation.id for entry in new}
            await statements.advance({id_: locked[id_] for id_ in changed})
            batch.settle(new)
