"""Several nodes on one machine that serve one port: a parent, which keeps the port, and workers.

Each worker is a node like any other, in a process of its own. They inherit the socket; whoever
accepts a connection for a session of another's gives it over (``transport/engineio/siblings.py``).
The parent serves nobody: it starts workers, starts another for one that ends, and on SIGHUP puts a
new one in the place of each. First all new ones start, then the old ones take nobody any more, then
they go, one after the other: so each client comes back once, and all new ones have their share.

Parent and worker hold a line, a pair of sockets: the worker says that it is ready, the parent that
it is to close the port, and later to leave. The end of the line is the end of the other.
"""

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from realtime import logs
from realtime.cli import welcome
from realtime.cli.errors import CannotStartError
from realtime.config import Config

READY = b"1"
CLOSE_PORT = b"2"
LEAVE = b"3"

_START_SECONDS = 60.0
"""For a worker to be ready."""
_END_SECONDS = 10.0
"""For a worker to end; it has promised to within 8."""
_PAUSE, _MOST_PAUSE = 0.5, 30.0
"""Seconds before another is started for one that ended; doubled while they do not get ready."""

log = structlog.get_logger(__name__)


def check(config: Config) -> None:
    """Raises CannotStartError where nodes could not be several."""
    if config.redis_url is None or config.database.startswith("sqlite"):
        raise CannotStartError(
            "--workers needs PostgreSQL and Redis, where the workers meet:"
            " set DATABASE_URL and REDIS_URL, or leave --workers out."
        )


def run(
    config: Config,
    secret_file: Path | None,
    listening: socket.socket,
    count: int,
    options: Sequence[str],
) -> int:
    """Keep so many workers until a signal; `options` are those of their `serve`.

    Gives the exit code: that of the first worker where that could not start, else 0.
    """
    logs.configure(config.log_format, config.logs.level)
    with tempfile.TemporaryDirectory(prefix="realtime-") as folder:
        workers = Workers(listening, Path(folder), options)
        port = listening.getsockname()[1]
        return asyncio.run(workers.keep(count, lambda: welcome.say(config, port, secret_file)))


class Worker:
    """A process that serves."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self.process = process
        self._line = line

    @classmethod
    async def start(
        cls, listening: socket.socket, folder: Path, options: Sequence[str]
    ) -> "Worker":
        """Start one; it is not ready yet."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        given = (listening.fileno(), theirs.fileno())
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "realtime", "serve", *options),
                    *("--worker", f"{given[0]},{given[1]},{folder}"),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=given,
                )
        except BaseException:
            ours.close()
            raise
        return cls(process, ours)

    async def is_ready(self) -> bool:
        """Wait for it; False where it ended, or takes too long, and is made to end."""
        with suppress(OSError):
            async with asyncio.timeout(_START_SECONDS):
                if await asyncio.get_running_loop().sock_recv(self._line, 1) == READY:
                    return True
        await self.end()
        return False

    def close_port(self) -> None:
        """Let it take nobody any more, since others serve its port."""
        self._say(CLOSE_PORT)

    async def leave(self) -> None:
        """Let it go, and wait until it has gone."""
        self._say(LEAVE)
        await self.ended()

    async def end(self) -> None:
        """Stop it, kindly first."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended, and give its exit code."""
        try:
            async with asyncio.timeout(_END_SECONDS):
                return await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            return await self.process.wait()
        finally:
            self._line.close()

    def _say(self, word: bytes) -> None:
        with suppress(OSError):  # it has ended
            self._line.send(word)


class Place:
    """A worker's place, which is filled again and again."""

    def __init__(self, start: Callable[[], Awaitable[Worker]], first: Worker) -> None:
        self._start = start
        self._changing = asyncio.Lock()
        self.worker = first

    async def keep(self) -> None:
        """Start another whenever one ends by itself."""
        pause = _PAUSE
        while True:
            worker = self.worker
            code = await worker.process.wait()
            async with self._changing:
                if worker is not self.worker:
                    continue
                log.error("worker ended", code=code, pause=pause)
                await asyncio.sleep(pause)
                pause = _PAUSE if await self._is_filled() else min(2 * pause, _MOST_PAUSE)

    async def _is_filled(self) -> bool:
        """Start another; whether it serves. Where there is no room for a process, there may be
        later."""
        try:
            self.worker = await self._start()
        except OSError as error:
            log.error("worker cannot be started", error=error.strerror)
            return False
        return await self.worker.is_ready()

    async def give(self, new: Worker) -> Worker:
        """Put another in its place, and give the one that had it."""
        async with self._changing:
            old, self.worker = self.worker, new
            return old


class Workers:
    """The parent's side of its workers."""

    def __init__(self, listening: socket.socket, folder: Path, options: Sequence[str]) -> None:
        self._listening = listening
        self._folder = folder
        self._options = options
        self._places: list[Place] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._renewing: asyncio.Task[None] | None = None
        self._asked_anew = False

    async def keep(self, count: int, ready: Callable[[], None]) -> int:
        """Start so many, say when they are `ready`, and keep them until a signal. Raises
        CannotStartError."""
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        loop.add_signal_handler(signal.SIGHUP, self._renew)
        begun = asyncio.create_task(self._begin(count))
        waiting = asyncio.create_task(asked.wait())
        await asyncio.wait({begun, waiting}, return_when=asyncio.FIRST_COMPLETED)
        try:
            code = begun.result() if begun.done() else 0
            if begun.done() and code == 0:
                ready()
                await waiting
        finally:
            await self._end([begun, waiting])
        return code

    async def _begin(self, count: int) -> int:
        """Start them, the first one alone: what keeps it from starting would keep the others.

        Raises CannotStartError.
        """
        first = await self._first_at_its_place()
        if not await first.is_ready():
            return await first.ended() or 1
        others = [await self._first_at_its_place() for _ in range(count - 1)]
        self._tasks = [asyncio.create_task(place.keep()) for place in self._places]
        await asyncio.gather(*(each.is_ready() for each in others))
        return 0

    async def _first_at_its_place(self) -> Worker:
        try:
            worker = await self._start()
        except OSError as error:
            raise CannotStartError(
                f"A worker cannot be started ({error.strerror}): ask for fewer with --workers, or"
                " let this user have more processes and memory."
            ) from error
        self._places.append(Place(self._start, worker))
        return worker

    async def _started(self, count: int) -> list[Worker] | None:
        """So many that are ready, one after the other; none where one of them cannot be. Raises
        OSError."""
        new: list[Worker] = []
        ready = False
        try:
            while len(new) < count:
                new.append(await self._start())
                if not await new[-1].is_ready():
                    return None
            ready = True
            return new
        finally:
            if not ready:
                await asyncio.gather(*(each.end() for each in new))

    async def _start(self) -> Worker:
        return await Worker.start(self._listening, self._folder, self._options)

    def _renew(self) -> None:
        """Once more where that is under way: those may have begun with what was there before."""
        self._asked_anew = True
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_while_asked())

    async def _renew_while_asked(self) -> None:
        while self._asked_anew:
            self._asked_anew = False
            await self._renew_all()

    async def _renew_all(self) -> None:
        log.info("workers are renewed", workers=len(self._places))
        try:
            new = await self._started(len(self._places))
        except OSError as error:
            log.error("a new worker cannot be started: the old ones stay", error=error.strerror)
            return
        if new is None:
            log.error("a new worker does not get ready: the old ones stay")
            return
        old = [await place.give(each) for place, each in zip(self._places, new, strict=True)]
        for each in old:
            each.close_port()
        for each in old:
            await each.leave()
        log.info("workers have been renewed")

    async def _end(self, others: Sequence[asyncio.Task[Any]]) -> None:
        """All of them at once, and the port with them."""
        self._listening.close()
        renewing = [] if self._renewing is None else [self._renewing]
        tasks = [*self._tasks, *renewing, *others]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(place.worker.end() for place in self._places))
