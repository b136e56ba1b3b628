"""A few transactions at a time: while the database stores one, the next is made ready."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Abreast:
    """Runs so many things at once at most; leaving it waits for all of them.

    The first that fails ends it: what it raised is raised by whoever waits next.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: set[asyncio.Task[Any]] = set()

    async def begin(self, work: Coroutine[Any, Any, Any], *, after_all: bool = False) -> None:
        """Start it when there is room, or when all before it have ended."""
        try:
            await self._until_fewer_than(1 if after_all else self._most)
        except BaseException:
            work.close()
            raise
        self._running.add(asyncio.create_task(work))

    async def _until_fewer_than(self, count: int) -> None:
        while len(self._running) >= count:
            done, self._running = await asyncio.wait(
                self._running, return_when=asyncio.FIRST_COMPLETED
            )
            for each in done:
                each.result()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None:
            await self._until_fewer_than(1)
        # None is cancelled: a driver that is left in the middle of a call may hang.
        await asyncio.gather(*self._running, return_exceptions=True)
