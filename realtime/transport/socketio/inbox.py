"""One socket's jobs in the order in which they came, one at a time; other sockets' run beside.

A job is the connect handler, an event's handler or the disconnect handler. What must never wait
behind a handler (acks, pongs, CONNECT and DISCONNECT packets) never becomes a job.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from realtime.transport.engineio.session import Session

_TURN = 64
"""Jobs that may run before other clients have their turn, should none of them ever wait."""

Work = Callable[..., Coroutine[Any, Any, None]]


class Inbox:
    """Jobs and the task that works them off; the task exists only while there are any.

    Nothing here cancels a job: a client that leaves does not interrupt what the server is doing.
    Jobs must not raise.
    """

    __slots__ = ("_session", "_waiting", "busy", "task")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.busy = False
        """Whether a job is running, so that the next one has to wait."""
        self._waiting: deque[tuple[int, Work, tuple[Any, ...]]] | None = None
        self.task: asyncio.Task[None] | None = None
        """Running while there are jobs; waiting for it waits for them all."""

    def put(self, size: int, work: Work, *args: Any) -> None:
        """Run `work(*args)` when its turn comes; `size` is what it keeps in memory until then."""
        if not self.busy:
            self.begin(work(*args))
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append((size, work, args))
        self._session.queue(size)

    def begin(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job at once; only where this is not `busy`."""
        self.busy = True
        task = start_task(self._work(job))
        # An eager task may be done by now. A running one must be kept: the loop holds tasks weakly.
        if self.busy:
            self.task = task

    async def _work(self, job: Coroutine[Any, Any, None]) -> None:
        await job
        done = 1
        while self._waiting:
            if done % _TURN == 0:
                await asyncio.sleep(0)
            done += 1
            size, work, args = self._waiting.popleft()
            self._session.unqueue(size)
            await work(*args)
        self._waiting = None
        self.busy = False
        self.task = None


if sys.version_info >= (3, 12):

    def start_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` at once up to its first wait."""
        return asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)

else:

    def start_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in the loop's next turn: before Python 3.12 it cannot begin at once."""
        return asyncio.get_running_loop().create_task(work)
