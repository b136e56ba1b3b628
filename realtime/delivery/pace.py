"""How much of the machine sending takes: whoever waits for an answer goes first.

A hundred thousand pushes are a minute of computing. Without a rest, whatever else needs that core
waits for the next tick of the kernel's clock, and a node's clients for all that is ready by then.
"""

import asyncio
import time

MOST = 0.01
"""Seconds of a rest, however much a process has computed before: some of that is not its doing."""

TICK = 0.001
"""Seconds that a loop's timers can tell apart."""


class Pace:
    """Lets one push after the other go on, each after a rest in proportion to what this process has
    computed since the last: longer on a slow machine, and where clients keep it busy."""

    least = 0.0
    """Seconds of computing without a rest."""

    def __init__(self, rest: float) -> None:
        """Of so many seconds for each that it has computed."""
        self._rest = rest
        self._turn = asyncio.Lock()
        self._since = time.process_time()

    async def rest(self) -> None:
        """Wait for one's turn."""
        async with self._turn:
            computed = time.process_time() - self._since
            if computed >= self.least:
                self._since += computed
                await self._pass(min(self._rest * computed, MOST))

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, TICK))


class WorkersPace(Pace):
    """Of a process that has no clients: all of it rests, which can be shorter than a timer of the
    loop. To fall asleep and wake costs, too."""

    least = 0.002

    async def _pass(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 - it is to keep its own loop waiting
