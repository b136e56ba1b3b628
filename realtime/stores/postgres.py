"""Tortoise's PostgreSQL client, made safe for cancelled tasks and one round trip shorter.

Tortoise loads this module as an engine and asks it for ``client_class``.
"""

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from realtime.stores.once import OpenedOnce


class StatelessConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection on which nobody changes the session, so that returning it asks nothing.

    Whoever needs LISTEN, SET or a session's advisory lock takes a connection of his own.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class SafeTransactionContext(TransactionContextPooled):
    """Gives the connection back to the pool if the task is cancelled while it begins."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class PooledClient(OpenedOnce, AsyncpgDBClient):
    """A pool whose transactions survive cancelled tasks."""

    connection_class = StatelessConnection

    def _in_transaction(self) -> TransactionContext:
        return SafeTransactionContext(TransactionWrapper(self), self._pool_init_lock)


client_class = PooledClient
