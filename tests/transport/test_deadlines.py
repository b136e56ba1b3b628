"""Deadlines that are all equally long, on one timer."""

from __future__ import annotations

import asyncio

from realtime.transport.engineio.heartbeat import Deadlines
from tests.patience import PATIENCE


async def test_one_that_is_put_off_puts_off_no_other() -> None:
    """The loop runs timers in the order in which they are due, however late it is."""
    happened: list[str] = []
    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    def due(item: str) -> None:
        happened.append(item)
        if item == "put off" and "other" not in happened:
            deadlines.add(item)
            loop.call_later(0.5, happened.append, "half its time")
        elif item == "put off":
            over.set()

    deadlines = Deadlines[str](1.0, due)
    deadlines.add("put off")
    loop.call_later(0.2, deadlines.add, "other")
    async with asyncio.timeout(PATIENCE):
        await over.wait()
    assert happened == ["put off", "other", "half its time", "put off"]
    deadlines.close()
