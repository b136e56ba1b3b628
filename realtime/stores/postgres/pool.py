"""A pool of connections from which a bad one is gone before the next caller could get it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from realtime.stores.faults import Condition, away, code, crowded, read_only
from realtime.stores.metrics import LENT, WAITED
from realtime.stores.opening import OpenedOnce, Watched
from realtime.stores.postgres.connection import LOST, Connection
from realtime.stores.postgres.server import ask

log = structlog.get_logger(__name__)

WAIT = 10.0
"""Seconds that a call waits for a connection, be it for its turn or for the server."""

REPLACED_EVERY = 1.0
"""Seconds in which the pool is replaced at most once: each new connection costs the server."""

CROWDED = 30.0
"""Seconds for which a connection that the server had no room for is not asked for again."""

ALONE = 0.5
"""Seconds for which that is so where no other connection will be free meanwhile."""

AWAY = 0.25
"""Seconds for which a connection is not asked for again that the server did not take at all."""

ONE_MOMENT = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL idle_in_transaction_session_timeout = 0
"""
"""Nobody waits for who only reads, however slow the disk is that she writes to."""

READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"


class PooledClient(OpenedOnce, Watched, AsyncpgDBClient):
    """Lends connections, fewer at a time than its size where the server grants no more."""

    connection_class = Connection

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turns = asyncio.Semaphore(self.pool_maxsize)
        self._lent = 0
        self._since: dict[Any, float] = {}
        self._replaced_at = -REPLACED_EVERY
        self._away = False
        """Whether the last connection that was asked for was not taken."""

    async def create_connection(self, with_db: bool) -> None:
        """Open the pool, as the server behind it needs it. Raises Unusable."""
        server = await ask(self._options())
        server.check(self.database)
        self.server_settings = server.settings() | self.server_settings
        self.pooled = server.pooled
        if self.pooled:
            self.extra.setdefault("statement_cache_size", 0)
        await super().create_connection(with_db)

    def _options(self) -> dict[str, Any]:
        """How to connect, without what only a pool knows."""
        where = {"host": self.host, "port": self.port, "database": self.database}
        who = {"user": self.user, "password": self.password}
        return {**where, **who, "server_settings": self.server_settings, **self.extra}

    def acquire_connection(self) -> Any:
        """A connection for one statement, as a context."""
        return _Borrowed(self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def borrow(self) -> Any:
        """A connection, to be given back. Raises TimeoutError, and what connecting raises."""
        pool, asked = await self._opened(), time.monotonic()
        async with asyncio.timeout(WAIT):
            while True:
                connection = await self._next(pool)
                if connection is not None:
                    now = self._since[connection] = time.monotonic()
                    WAITED.all.add(now - asked)
                    return connection

    async def _next(self, pool: asyncpg.Pool) -> Any | None:
        """The next that is free; None where it was no good and another is to be tried."""
        await self._turns.acquire()
        try:
            connection = await pool.acquire()
        except BaseException as error:
            if self._end_turn(error):
                return None
            raise
        self._lent += 1
        try:
            await connection.check_alive()
        except BaseException as error:
            await self.give_back(connection, error)
            if isinstance(error, LOST):
                return None
            raise
        self._is_there()
        return connection

    def _end_turn(self, error: BaseException) -> bool:
        """Let the next one try, at once or when the server may have room or be there again.

        Whether it is worth trying again.
        """
        if crowded(error):
            pause = CROWDED if self._lent else ALONE
        elif away(error):
            pause = AWAY
            self._is_away(error)
        else:
            self._turns.release()
            return False
        asyncio.get_running_loop().call_later(pause, self._turns.release)
        return True

    def _is_away(self, error: BaseException) -> None:
        self.note(error)
        if not self._away:
            self._away = True
            log.error("database_away", error=code(error))

    def _is_there(self) -> None:
        if self._away:
            self._away = False
            log.info("database_is_back")

    async def _opened(self) -> asyncpg.Pool:
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        return self._pool

    async def give_back(self, connection: Any, error: BaseException | None) -> None:
        """End a loan; ``error`` is what the borrower met with, if anything."""
        self.note(error)
        since = self._since.pop(connection, None)
        if since is not None:
            LENT.all.add(time.monotonic() - since)
        try:
            if read_only(error) or isinstance(error, TimeoutError):
                await self.distrust()
            if self._pool is not None:
                with suppress(Exception):  # asyncpg has closed it then; what it was for is done
                    await self._pool.release(connection)
        finally:
            self._lent -= 1
            self._turns.release()

    async def condition(self) -> Condition | None:
        """Ask the server whether it takes writes. Raises what the driver raises."""
        async with self.acquire_connection() as connection:
            return "read-only" if await connection.fetchval(READ_ONLY) else None

    @asynccontextmanager
    async def one_moment(self) -> AsyncIterator[None]:
        """See ``Database``."""
        async with self._in_transaction() as transaction:
            await transaction.execute_script(ONE_MOMENT)
            yield

    async def distrust(self) -> None:
        """Replace all connections, each when it is free: what befell one has befallen the others.

        They lead to a server that was demoted, or into a wire that was cut without a word.
        """
        now = time.monotonic()
        if self._pool is not None and now - self._replaced_at >= REPLACED_EVERY:
            self._replaced_at = now
            log.warning("database_connections_replaced")
            await self._pool.expire_connections()


class _Borrowed:
    """A connection for one statement."""

    def __init__(self, client: PooledClient) -> None:
        self._client = client

    async def __aenter__(self) -> Any:
        self._connection = await self._client.borrow()
        return self._connection

    async def __aexit__(self, exc_type: Any, exc: BaseException | None, traceback: Any) -> None:
        await self._client.give_back(self._connection, exc)


class _Wrapper(TransactionWrapper):
    """What Tortoise asks in a transaction, or in one within it."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Wrapper(self))

    async def rollback(self) -> None:
        """Undo what was done; with a connection that was lost or given up, the server does."""
        with suppress(*LOST):
            await super().rollback()


class _Transaction(TransactionContextPooled):
    """A transaction whose connection comes back whatever happens, in its beginning too."""

    __slots__ = ("_pool",)

    def __init__(self, pool: PooledClient) -> None:
        super().__init__(_Wrapper(pool), pool._pool_init_lock)
        self._pool = pool

    async def __aenter__(self) -> TransactionalDBClient:
        self.client._connection = await self._pool.borrow()
        try:
            await self.client.begin()
        except BaseException as error:
            await self._pool.give_back(self.client._connection, error)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: Any, exc: BaseException | None, traceback: Any) -> None:
        get_connections().reset(self.token)
        try:
            if not self.client._finalized:
                await (self.client.commit() if exc is None else self.client.rollback())
        except BaseException as error:
            if exc is None:
                self._pool.in_doubt()
            exc = error
            raise
        finally:
            await self._pool.give_back(self.client._connection, exc)
