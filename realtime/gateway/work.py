"""Work in progress: whoever waits for it may be cancelled, the work itself never is.

A task cancelled inside a database call can keep SQLite's only connection locked for ever, or
leave a transaction open in which later rows vanish.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from realtime.logs import where

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class Work:
    """The calls under way on this node."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        """Wait for a call that goes on whatever happens to the one who waits."""
        return await asyncio.shield(self._begin(call))

    def start(self, call: Coroutine[Any, Any, None]) -> None:
        """Let a call run by itself; nobody waits for it, so its failure is a line in the log."""
        self._begin(call).add_done_callback(_log_failure)

    def _begin(self, call: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.get_running_loop().create_task(call)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)


def _log_failure(task: asyncio.Task[None]) -> None:
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.error("failed work", error=type(fault).__name__, where=where(fault.__traceback__))
