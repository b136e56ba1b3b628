"""Tortoise's SQLite client, made safe for many writers and for cancelled tasks.

Tortoise loads this module as an engine and asks it for ``client_class``.
"""

import time
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from tortoise.backends.base.client import (
    ConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections

from realtime.stores.faults import Condition
from realtime.stores.metrics import LENT, WAITED
from realtime.stores.opening import OpenedOnce, Watched


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first statement.

    One that begins by reading is refused at once ("database is locked") when another process
    writes meanwhile, whatever ``busy_timeout`` says.
    """

    async def begin(self) -> None:
        await self._begin("BEGIN IMMEDIATE")

    @translate_exceptions
    async def _begin(self, query: str) -> None:
        await self._connection.execute_fetchall(query)


class ImmediateTransactionContext(SqliteTransactionContext):
    """Enters an ImmediateTransaction, or leaves the one connection as it was.

    A statement whose task is cancelled is still carried out in SQLite's thread, and whatever is
    asked next queues behind it there. So asking for the rollback is enough, even if waiting for
    it is cancelled too.
    """

    def __init__(self, client: "PatientSqliteClient") -> None:
        super().__init__(ImmediateTransaction(client), client._lock)
        self._client = client

    async def __aenter__(self) -> TransactionalDBClient:
        asked = time.monotonic()
        await self._trxlock.acquire()
        self._began = time.monotonic()
        WAITED.all.add(self._began - asked)
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            await self._give_back()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        transaction: TransactionalDBClient = self.connection
        return transaction

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        try:
            if exc_type is None and not self.connection._finalized:
                await self.connection.commit()
        except BaseException as error:
            exc_val = error
            raise
        finally:
            self._client.note(exc_val)
            await self._give_back()
            LENT.all.add(time.monotonic() - self._began)

    async def _give_back(self) -> None:
        # Rolls back what a failed commit left open; after a good one there is nothing to do.
        try:
            if self.connection._connection is not None:
                await self.connection._connection.rollback()
        finally:
            self._trxlock.release()


class Statement(ConnectionWrapper[Any]):
    """The one connection, for one statement."""

    client: "PatientSqliteClient"

    async def __aenter__(self) -> Any:
        asked = time.monotonic()
        connection = await super().__aenter__()
        self._began = time.monotonic()
        WAITED.all.add(self._began - asked)
        return connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.client.note(exc_val)
        LENT.all.add(time.monotonic() - self._began)
        await super().__aexit__(exc_type, exc_val, exc_tb)


class PatientSqliteClient(OpenedOnce, Watched, SqliteClient):
    """One connection, whose transactions begin with the write and survive cancelled tasks."""

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        return Statement(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(self)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement once per row, all or none."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    async def condition(self) -> Condition | None:
        """Take the write lock. Raises what SQLite raises where it cannot be had."""
        async with self._in_transaction():
            return None

    def one_moment(self) -> AbstractAsyncContextManager[object]:
        """See ``Database``. Without a log beside the file, who reads would keep out who writes:
        then each statement has a moment of its own."""
        if str(self.pragmas["journal_mode"]).upper() != "WAL":
            return nullcontext()
        return SqliteTransactionContext(SqliteTransactionWrapper(self), self._lock)

    async def distrust(self) -> None:
        """There is but one connection, and no wire."""


client_class = PatientSqliteClient
