"""The marks of processes that serve a database alone: PostgreSQL's advisory locks, locked files."""

import asyncio
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import asyncpg

from realtime.stores.postgres.connection import Connection
from realtime.stores.urls import connection_options, is_sqlite, normalise, sqlite_path

LOCK = (72_364_182, 1)
"""The two numbers of our advisory lock."""

COUNT = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = $1 AND objid = $2 AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND pid <> pg_backend_pid()
"""

LIMIT = 5.0
"""Seconds that a question may take."""

SLOTS = ("serving", "serving-2")
"""Endings of the files that are locked: two, so that the first process knows of a second too."""


class Marks(Protocol):
    """The marks on one database."""

    async def take(self) -> None:
        """Leave ours, until ``close``. Raises what the driver raises."""
        ...

    async def others(self) -> int:
        """How many there are but ours. Raises what the driver raises, after which ours is gone."""
        ...

    async def close(self) -> None:
        """Remove ours, if it is there."""
        ...


def marks(url: str) -> Marks:
    """Those on the database of a URL of any spelling."""
    url = normalise(url)
    return FileMarks(Path(sqlite_path(url))) if is_sqlite(url) else ServerMarks(url)


class ServerMarks:
    """Shared advisory locks, each on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._options = connection_options(url) | {"command_timeout": LIMIT, "timeout": LIMIT}
        self._connection: asyncpg.Connection | None = None

    async def take(self) -> None:
        connection = await self._connected()
        await connection.execute("SELECT pg_advisory_lock_shared($1, $2)", *LOCK)

    async def others(self) -> int:
        connection = await self._connected()
        return int(await connection.fetchval(COUNT, *LOCK))

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None:
            self._connection = await asyncpg.connect(**self._options, connection_class=Connection)
        return self._connection


class FileMarks:
    """Locked files beside the database's, which are empty and stay; in memory nobody else is."""

    def __init__(self, file: Path) -> None:
        self._slots = [file.with_name(f"{file.name}.{slot}") for slot in SLOTS]
        if str(file) == ":memory:":
            self._slots = []
        self._held: int | None = None
        self._mine: Path | None = None

    async def take(self) -> None:
        await asyncio.to_thread(self._take)

    async def others(self) -> int:
        return await asyncio.to_thread(self._others)

    async def close(self) -> None:
        if self._held is not None:
            os.close(self._held)
        self._held = self._mine = None

    def _take(self) -> None:
        for slot in self._slots:
            held = os.open(slot, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _locked(held):
                self._held, self._mine = held, slot
                return
            os.close(held)

    def _others(self) -> int:
        return sum(_is_held(slot) for slot in self._slots if slot != self._mine)


def _is_held(slot: Path) -> bool:
    with suppress(FileNotFoundError):
        looking = os.open(slot, os.O_RDWR | os.O_CLOEXEC)
        try:
            return not _locked(looking)
        finally:
            os.close(looking)
    return False


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
