"""Taking connections from a listening socket, a few at a time, and none that nobody could serve.

asyncio's own server takes all that wait before it makes the first a connection. Where files run out
that leaves none for the database, and resets who would only have had to wait.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress

from realtime.transport.engineio.limits.files import Files

BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart everyone comes back at once."""

AT_ONCE = 32
"""How many are accepted in one turn of the loop."""

PAUSE_SECONDS = 0.02
"""How long those in the queue wait before it is looked whether there is room."""

_RUN_OUT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Accepting:
    """Accepts from `listening`, which it owns, while there are files; `full` is told where not."""

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        files: Files,
        full: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._protocol = protocol
        self._files = files
        self._full = full
        self._beginning: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listening.listen(BACKLOG)
        listening.setblocking(False)
        self._go_on()

    def stop(self) -> None:
        """Close the port. What waits in its queue is another process's, if that has it too."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            if not self._files.has_room():
                self._wait()
                return
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # the whole machine's files may run out, too
                if error.errno not in _RUN_OUT:
                    raise
                self._wait()
                return
            self._begin(connection)

    def _wait(self) -> None:
        """Nobody is refused yet: whoever is answered and goes makes room."""
        self._full()
        self._loop.remove_reader(self._listening)
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._go_on)

    def _begin(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        task = self._loop.create_task(self._connected(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _connected(self, connection: socket.socket) -> None:
        with suppress(OSError):  # it has gone already
            await self._loop.connect_accepted_socket(self._protocol, connection)
