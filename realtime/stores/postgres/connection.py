"""One connection to PostgreSQL, for which nobody waits once a statement on it was given up."""

import asyncio
import select
import time
from contextlib import suppress
from typing import Any

import asyncpg
from asyncpg import connect_utils
from asyncpg.protocol import Protocol

from realtime.hooks import Hook, Library

FAREWELL = 1.0
"""Seconds in which a server that is left may say goodbye, or be told to stop."""

QUIET = 2.0
"""Seconds after which a connection may have been forgotten by what stands in between."""

ALIVE = 1.0
"""Seconds that a server may take to say that it is there."""

LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What is raised by a connection that leads nowhere; TimeoutError is an OSError. The last is where
the server has said that it ends it and has not done so yet: a restart says it to all at once."""

ASYNCPG = Library("asyncpg", "0.32")

HOOKS = (
    Hook(
        ASYNCPG,
        lambda: asyncpg.Connection,
        "_cancel_current_command",
        "(self, waiter, cancel_waiter=None)",
        "is called when a statement is given up",
    ),
    Hook(
        ASYNCPG,
        lambda: connect_utils,
        "_cancel",
        "(*, loop, addr, params: '_ConnectionParameters', backend_pid, backend_secret)",
        "asks the server to stop a statement",
    ),
    Hook(ASYNCPG, lambda: asyncpg.Connection, "_addr", "slot", "is the server's address"),
    Hook(ASYNCPG, lambda: asyncpg.Connection, "_params", "slot", "says how to connect"),
    Hook(ASYNCPG, lambda: asyncpg.Connection, "_protocol", "slot", "knows the server's process"),
    Hook(ASYNCPG, lambda: asyncpg.Connection, "_transport", "slot", "knows the socket"),
    Hook(ASYNCPG, lambda: Protocol, "backend_pid", "slot", "names the server's process"),
    Hook(ASYNCPG, lambda: Protocol, "backend_secret", "slot", "lets us stop a statement"),
)


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection on which nobody changes the session, so that returning it asks nothing.

    Whoever needs LISTEN, SET or a session's advisory lock takes a connection of his own.
    """

    __slots__ = ("_idle_since", "_unread")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._idle_since = time.monotonic()
        self._unread = select.poll()
        self._unread.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """Go back to the pool."""
        await super().reset(timeout=timeout)
        self._idle_since = time.monotonic()

    async def check_alive(self) -> None:
        """Ask the server for a word where it has not been heard for a while, or has said something
        unasked that is not read yet: mostly goodbye. Raises ``LOST``."""
        if self._unread.poll(0) or time.monotonic() - self._idle_since > QUIET:
            await self.execute("SELECT 1", timeout=ALIVE)

    def get_reset_query(self) -> str:
        return ""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """Say goodbye, but not for long: the server may be gone. Raises nothing."""
        with suppress(Exception):
            await super().close(timeout=FAREWELL)

    def _cancel_current_command(self, waiter: Any, cancel_waiter: Any = None) -> None:
        # A time-out or a cancelled task. asyncpg would keep the connection, and whoever asks for
        # it next waiting, until the server has confirmed: a silent one took 35 s for a limit of 5.
        self._loop.create_task(
            _stop(
                loop=self._loop,
                addr=self._addr,
                params=self._params,
                backend_pid=self._protocol.backend_pid,
                backend_secret=self._protocol.backend_secret,
            )
        )
        self._loop.call_soon(self.terminate)  # not now: asyncpg is not done with its state


async def _stop(**server: Any) -> None:
    """Ask the server to stop what was given up: it would go on, and keep its locks meanwhile."""
    with suppress(Exception):
        async with asyncio.timeout(FAREWELL):  # its timer keeps this task alive, too
            await connect_utils._cancel(**server)
