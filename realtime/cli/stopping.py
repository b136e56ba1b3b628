"""Stopping in time: what is under way is finished, and after 8 seconds it is over in any case."""

import asyncio
import atexit
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

import structlog
from aiohttp import web

from realtime.gateway.listening import DEPARTURE, Runner
from realtime.transport.settings import TransportSettings

STOP_SECONDS = 7.5
"""From the signal to the end; `docker stop` kills after 10, and who asks for 8 gets them."""

_REST_SECONDS = 5.0
"""For REST calls that still run when every session has gone."""

_LAST_LINE_SECONDS = 0.2
"""For the thread that writes the log."""

log = structlog.get_logger(__name__)


class Leaving(Runner):
    """A runner that stops without losing what is under way.

    A node that goes at once closes its port first: whoever comes now is better off with the
    process that follows than with a refusal. Where others go on, the port stays open until all
    clients have been sent away, since a proxy may open a new connection for each poll of theirs.
    """

    def __init__(self, app: web.Application, settings: TransportSettings) -> None:
        super().__init__(app, settings, shutdown_timeout=_REST_SECONDS)

    async def cleanup(self) -> None:
        if self.server is not None:
            if self.app[DEPARTURE].at_once:
                await self.stop_listening()
            await self.app.shutdown()
        await super().cleanup()

    async def shutdown(self) -> None:
        """Nothing is left: `cleanup` has shut the application down, before idle connections go."""


class Stop:
    """Asked for by SIGTERM, however often it comes, and by Ctrl-C; a second Ctrl-C ends at once.

    From the first on the process has its time, whatever it is doing.
    """

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self.ask)
        self._loop.add_signal_handler(signal.SIGINT, self._interrupted)

    def ask(self) -> None:
        """Stop, whoever wants it."""
        if not self._asked.is_set():
            self._asked.set()
            _end_in_time()

    async def asked(self) -> None:
        """Wait until somebody wants it."""
        await self._asked.wait()

    def _interrupted(self) -> None:
        self.ask()
        self._loop.remove_signal_handler(signal.SIGINT)


def end() -> NoReturn:
    """End this process when all is done, with exit code 0.

    What is left is memory, and to give it back piece by piece takes a seventh of a stop, for which
    whoever starts the next process waits.
    """
    atexit._run_exitfuncs()  # as Python does, which promises no name for it
    with suppress(OSError, ValueError):  # nobody reads it
        sys.stdout.flush()
    os._exit(0)


def _end_in_time() -> None:
    """End this process by then, with exit code 0: nothing that was acknowledged can be lost."""
    ending = threading.Timer(STOP_SECONDS, _end_at_last)
    ending.daemon = True
    ending.start()


def _end_at_last() -> None:
    log.warning("stopped before all was done: something still waits, as for a database")
    time.sleep(_LAST_LINE_SECONDS)
    os._exit(0)
