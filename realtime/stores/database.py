"""The database of a node, opened once: Tortoise's models work in every task started after."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from os import urandom
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from tortoise.context import TortoiseContext

from realtime import hooks
from realtime.models import IdempotencyKey
from realtime.stores import faults
from realtime.stores import hooks as tortoise_hooks
from realtime.stores.faults import Condition
from realtime.stores.postgres.connection import HOOKS
from realtime.stores.urls import (
    TIMEOUT,
    is_sqlite,
    normalise,
    postgres_options,
    sqlite_options,
    sqlite_path,
)

__all__ = ["Database", "configuration", "connections", "normalise"]

MODELS = ["realtime.models"]

SQLITE = {"journal_mode": "WAL", "synchronous": "NORMAL", "foreign_keys": "ON"} | {
    "busy_timeout": "10000",
    "journal_size_limit": str(16 * 1024 * 1024),
}
"""Pragmas, each overridden by a parameter of the URL; ``busy_timeout`` is in milliseconds.

With NORMAL a commit is in the kernel's hands when it returns, so no ``kill -9`` loses it. A power
cut may lose the last ones, never break the file; ``?synchronous=FULL`` pays a disk flush for each.
"""

POSTGRES = {"minsize": 0, "maxsize": 10, "command_timeout": 10.0, "timeout": TIMEOUT}
"""Defaults of the pool, each overridden by a parameter of the URL; times are in seconds.

No connection is kept for its own sake: asyncpg would try to replace one all through an outage.
"""

PROBE = 2.0
"""Seconds in which a database has to answer that is asked whether it could be written to."""

ROOM = 64 * 1024
"""Bytes that have to find room before a full database counts as well again."""

GRACE = 0.2
"""Seconds after that for a driver to give up."""


def configuration(url: str, models: list[str] | None = None) -> dict[str, Any]:
    """Tortoise's configuration for a database URL of any spelling. Raises ValueError."""
    url = normalise(url)
    if is_sqlite(url):
        # Tortoise keeps statements by this name for the whole process: two databases, two names.
        name = "sqlite"
        credentials: dict[str, Any] = SQLITE | sqlite_options(url) | {"file_path": sqlite_path(url)}
    else:
        name = "postgres"
        credentials = POSTGRES | postgres_options(url)
    connection = {"engine": f"realtime.stores.{name}", "credentials": credentials}
    return {
        "connections": {name: connection},
        "apps": {"models": {"models": models or MODELS, "default_connection": name}},
        "use_tz": True,
        "timezone": "UTC",
    }


def connections(url: str) -> int:
    """How many a node opens at most to a database. Raises ValueError for a bad URL."""
    (connection,) = configuration(url)["connections"].values()
    return int(connection["credentials"].get("maxsize", 1))


class Database:
    """An open database. Made by ``open``; closed last of all that a node has."""

    def __init__(self, context: TortoiseContext) -> None:
        self._context = context
        self.client: Any
        (self.client,) = context.connections.all()
        self.dialect: str = self.client.capabilities.dialect
        self._probe: asyncio.Task[Condition | None] | None = None

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect. Raises ValueError for a bad URL, and what the driver raises if it cannot.

        The models speak to this database in the calling task and all that it starts from now on.
        """
        hooks.check(HOOKS)
        config = configuration(url)
        _make_folder(normalise(url))
        # Not Tortoise.init: a second one in the same task closes the first one's connections.
        context = TortoiseContext()
        context.__enter__()
        try:
            await context.init(config)
            client = context.connections.all()[0]
            await client.create_connection(with_db=True)
            tortoise_hooks.check(client)
        except BaseException:
            await context.connections.close_all(discard=False)
            context.__exit__(None, None, None)
            raise
        return cls(context)

    async def close(self) -> None:
        """Close every connection; closing twice is harmless."""
        await self._context.connections.close_all(discard=False)
        with contextlib.suppress(ValueError):  # opened in another task: its context ends with it
            self._context.__exit__(None, None, None)

    async def condition(self) -> Condition | None:
        """What keeps it from taking writes now, if anything does. Asks for two seconds at most."""
        if self._probe is None:  # however many ask, the database is asked once at a time
            self._probe = asyncio.create_task(self._could_write())
            self._probe.add_done_callback(self._probed)
        # It has a limit of its own; nobody waits for what a driver does after it.
        done, _ = await asyncio.wait({self._probe}, timeout=PROBE + GRACE)
        return done.pop().result() if done else "unreachable"

    @property
    def pooled(self) -> bool:
        """Whether a pooler stands before it, which keeps no lock for a session."""
        return bool(self.client.pooled)

    @contextlib.contextmanager
    def in_doubt(self, tell: Callable[[], None]) -> Iterator[None]:
        """While this is open, call `tell` each time that a commit was not answered: whoever waited
        for it hears of a failure, and tells nobody what may be stored all the same."""
        self.client.in_doubt = tell
        try:
            yield
        finally:
            del self.client.in_doubt

    def doubt(self) -> None:
        """Something that is no transaction was not answered, and is not tried again."""
        self.client.in_doubt()

    def one_moment(self) -> AbstractAsyncContextManager[object]:
        """While this is open, what the calling task reads is as it was at its beginning, however
        long that takes; others go on writing."""
        moment: AbstractAsyncContextManager[object] = self.client.one_moment()
        return moment

    async def distrust(self) -> None:
        """It has fallen silent or was demoted: use no connection of before."""
        await self.client.distrust()

    async def _could_write(self) -> Condition | None:
        try:
            async with asyncio.timeout(PROBE):
                found: Condition | None = await self.client.condition()
                if self.client.full:
                    await self._find_room()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the answer is no
            found = faults.condition(error)
        if found is not None:
            await self.distrust()
        return found

    async def _find_room(self) -> None:
        """Store something of some size and remove it again. Raises what the driver raises."""
        row = IdempotencyKey(id=f"room {uuid4()}", fingerprint="", status=0)
        row.answer, row.created_at = urandom(ROOM // 2).hex(), datetime.now(UTC)
        await row.save(using_db=self.client, force_create=True)
        await row.delete(using_db=self.client)
        self.client.has_room()

    def _probed(self, _: object) -> None:
        self._probe = None

    async def create_tables(self) -> None:
        """Make the tables of the models, for tests; a deployment migrates instead."""
        await self._context.generate_schemas()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _make_folder(url: str) -> None:
    if is_sqlite(url):
        Path(sqlite_path(url)).absolute().parent.mkdir(parents=True, exist_ok=True)
