"""One process after another on one port, of which nobody notices more than a reconnect.

The process that serves waits at a Unix socket in its data folder. Who connects there (`realtime
serve --replace`) is given the listening socket itself, so that what waits in its queue is not lost;
when that process is ready it says so, and this one stops. The end of this one closes the
connection.

Both versions must speak this, so let it stay as it is: a descriptor with one byte, one byte back.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from realtime.accepted import accepted
from realtime.cli.errors import CannotStartError

_HERE = b"1"
_LEAVE = b"2"

_ANSWER_SECONDS = 5.0
"""For the process that serves to hand its socket over."""

_END_SECONDS = 10.0
"""For it to end; it has promised to within 8."""

log = structlog.get_logger(__name__)


def place(folder: Path, port: int) -> Path:
    """Where the process that serves a port waits for the one that follows it."""
    return folder / f"serving-{port}"


class Offer:
    """Offers our listening socket, until somebody takes it and tells us to leave."""

    def __init__(self, folder: Path, listening: socket.socket) -> None:
        self._path = place(folder, listening.getsockname()[1])
        self._listening = listening
        self._door = socket.socket(socket.AF_UNIX)
        self._inode = 0
        self._waiting: asyncio.Task[None] | None = None
        self._successor: socket.socket | None = None

    def start(self, leave: Callable[[], None]) -> None:
        """Wait for the process that follows, and `leave` when it says so.

        Where there is no folder, or no place in it, nobody can follow.
        """
        if not self._path.parent.is_dir():
            return
        try:
            self._open()
        except OSError as error:
            log.info("this process cannot be replaced", path=str(self._path), error=error.strerror)
            return
        self._waiting = asyncio.create_task(self._wait(leave), name="handover")

    async def close(self) -> None:
        """Offer it no longer. Last of all: the process that follows learns that we have ended."""
        if self._waiting is not None:
            self._waiting.cancel()
            with suppress(asyncio.CancelledError):
                await self._waiting
            self._remove()
        self._door.close()
        if self._successor is not None:
            self._successor.close()

    def _open(self) -> None:
        """Listen in the place of whoever listened there before, for our own user only."""
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        self._door.bind(str(new))
        new.chmod(0o600)
        self._inode = new.stat().st_ino
        new.replace(self._path)
        self._door.listen()
        self._door.setblocking(False)

    def _remove(self) -> None:
        """Unless the place is that of the process that follows."""
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    async def _wait(self, leave: Callable[[], None]) -> None:
        while self._successor is None:
            connection = await accepted(self._door)
            if await self._is_told_to_leave(connection):
                self._successor = connection
            else:
                connection.close()
        leave()

    async def _is_told_to_leave(self, connection: socket.socket) -> bool:
        """One at a time; one that fails before it is ready has changed nothing."""
        connection.setblocking(False)
        try:
            socket.send_fds(connection, [_HERE], [self._listening.fileno()])
            return await asyncio.get_running_loop().sock_recv(connection, 1) == _LEAVE
        except OSError:
            return False


class Predecessor:
    """The process whose place we take; ``listening`` is its socket, and ours from now on."""

    def __init__(self, connection: socket.socket, listening: socket.socket) -> None:
        self._connection = connection
        self.listening = listening

    def leave(self) -> None:
        """Tell it to stop; it may have done so by itself."""
        with suppress(OSError):
            self._connection.send(_LEAVE)

    async def gone(self) -> None:
        """Wait until it has ended. Raises CannotStartError where it does not."""
        try:
            await self.ends()
        except TimeoutError:
            raise CannotStartError(
                "The process that serves now does not end: stop it, then start again."
            ) from None

    async def ends(self) -> None:
        """Wait until it has ended. Raises TimeoutError."""
        self._connection.setblocking(False)
        async with asyncio.timeout(_END_SECONDS):
            with suppress(OSError):
                await asyncio.get_running_loop().sock_recv(self._connection, 1)

    def close(self) -> None:
        """Wait for it no longer."""
        self._connection.close()


def predecessor(folder: Path, port: int) -> Predecessor | None:
    """The process that serves this port; None if none does. Raises CannotStartError."""
    if port == 0:
        raise CannotStartError("--replace needs the port that is served: set PORT.")
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_ANSWER_SECONDS)
    try:
        connection.connect(str(place(folder, port)))
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    except TimeoutError:
        connection.close()
        raise CannotStartError(
            "The process that serves now hands nothing over: another one may be replacing it."
        ) from None
    except OSError:
        descriptors = []
    if not descriptors:  # nobody is there, or about to end by itself
        connection.close()
        return None
    os.set_inheritable(descriptors[0], False)
    return Predecessor(connection, socket.socket(fileno=descriptors[0]))
