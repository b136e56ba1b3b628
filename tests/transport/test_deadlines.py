"""Deadlines that are all equally long, on one timer."""

from __future__ import annotations

import asyncio

import pytest

from realtime.transport.engineio.heartbeat import Deadlines


async def test_one_that_is_put_off_puts_off_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    def due(item: str) -> None:
        happened.append(item)
        if len(happened) == 1:
            deadlines.add(item)

    async def at(time: float) -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: time)
        for _ in range(3):  # the loop sees what is due, and calls it
            await asyncio.sleep(0)

    deadlines = Deadlines[str](1.0, due)
    await at(0.0)
    deadlines.add("put off")
    await at(0.2)
    deadlines.add("other")
    await at(1.1)
    assert happened == ["put off"]
    await at(1.3)
    assert happened == ["put off", "other"]
    await at(2.2)
    assert happened == ["put off", "other", "put off"]
    monkeypatch.undo()
