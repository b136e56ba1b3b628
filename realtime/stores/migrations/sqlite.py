"""Migrating a SQLite file as a copy: SQLite cannot undo half a migration."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from glob import escape
from pathlib import Path
from urllib.parse import quote

from realtime.stores.urls import normalise, sqlite_path

PATIENCE = 10.0
"""Seconds to wait for another process that migrates the same file."""

PAUSE = 0.05
"""Seconds between two attempts to lock a file that others migrate too."""

Step = Callable[[str], Awaitable[list[str]]]


class InUse(Exception):  # noqa: N818 - a state of the file, not an error of ours
    """Another process has the file open: what it writes now would be lost."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use. Stop the server that uses it, then migrate again.")


def applied(url: str, query: str) -> list[str]:
    """What the query for the applied migrations finds in the file of a normalised URL."""
    path = _path(url)
    if not path.exists():  # opening it would make it
        return []
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        try:
            return [version for (version,) in connection.execute(query)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # nothing was ever applied
                return []
            raise


async def migrate(url: str, pending: Step, upgrade: Step) -> list[str]:
    """Bring a copy of the file up to date and put it in the file's place."""
    holding = await asyncio.to_thread(_Holding, _path(normalise(url)))
    try:
        await asyncio.to_thread(holding.begin)
        done = await upgrade(holding.copy_url) if await pending(holding.copy_url) else []
        await asyncio.to_thread(holding.finish, changed=bool(done))
    finally:
        await asyncio.to_thread(holding.end)
    return done


class _Holding:
    """The file, locked against everybody, and its copy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy = path.with_name(f"{path.name}.migrating-{os.getpid()}")
        self._connection: sqlite3.Connection | None = None
        self.copy_url = f"sqlite://{quote(str(self._copy))}"

    def begin(self) -> None:
        """Lock the file and copy it. Raises InUse."""
        _touch(self._path)
        while True:
            file = self._path.stat().st_ino
            self._connection = _patiently_locked(self._path)
            if self._path.stat().st_ino == file:
                break
            self._connection.close()  # it was migrated while we waited: lock the new one
            self._connection = None
        self._remove_copies()
        with closing(sqlite3.connect(self._copy)) as copy:
            self._connection.backup(copy)

    def _remove_copies(self) -> None:
        """Those of processes that were killed: who has the lock is the only one to have a copy."""
        for copy in self._path.parent.glob(f"{escape(self._path.name)}.migrating-*"):
            copy.unlink(missing_ok=True)

    def finish(self, *, changed: bool) -> None:
        """Put the copy, complete and on the disk, in the file's place."""
        if not changed:
            return
        with closing(sqlite3.connect(self._copy, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file
        _flush(self._copy)
        self._looks_as_before()
        self._copy.replace(self._path)
        _flush(self._path.parent)

    def _looks_as_before(self) -> None:
        """Whose it is, too: root may migrate what a server of another name writes to."""
        was = self._path.stat()
        self._copy.chmod(was.st_mode & 0o777)
        with suppress(PermissionError):
            os.chown(self._copy, was.st_uid, was.st_gid)

    def end(self) -> None:
        """Leave nothing behind, then unlock: who waits in this process gives its copy this name."""
        if self._connection is None:
            return
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._copy.with_name(self._copy.name + suffix).unlink(missing_ok=True)
        self._connection.close()


def _path(url: str) -> Path:
    return Path(sqlite_path(url)).resolve()  # what a link leads to is migrated, not the link


def _patiently_locked(path: Path) -> sqlite3.Connection:
    """A connection that keeps everybody out, waited for: SQLite does not wait where two change a
    file's journal."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _locked(path)
        except sqlite3.OperationalError as error:
            if time.monotonic() > deadline:
                raise InUse(path) from error
        time.sleep(PAUSE)


def _locked(path: Path) -> sqlite3.Connection:
    """A connection that keeps everybody out, readers too; the file has no log beside it then."""
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        if mode != "delete":  # another process has it open, and its log with it
            raise InUse(path)
        connection.execute("BEGIN EXCLUSIVE")
        # The lock must outlive the transaction: a backup waits for ever on its own connection's.
        # Asked for while we have it: two that wait in this mode would each keep the other out.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _touch(path: Path) -> None:
    """An empty file is an empty database: a new one needs no way of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
