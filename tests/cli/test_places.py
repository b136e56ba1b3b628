"""A worker's place, on a machine that can start no process for a moment."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from contextlib import suppress

import pytest

from realtime.cli import workers
from realtime.cli.workers import READY, Place, Worker
from tests.patience import PATIENCE


async def process(code: str) -> Worker:
    """A worker that is ready, and runs this."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        theirs.send(READY)
    return Worker(await asyncio.create_subprocess_exec(sys.executable, "-c", code), ours)


async def test_a_place_is_filled_once_processes_can_be_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_PAUSE", 0.01)
    refusals = [OSError(errno.EAGAIN, "no process is free")]
    filled, started = asyncio.Event(), [await process("")]

    async def start() -> Worker:
        if refusals:
            raise refusals.pop()
        started.append(await process("input()"))
        filled.set()
        return started[-1]

    place = Place(start, started[0])
    keeping = asyncio.create_task(place.keep())

    async with asyncio.timeout(PATIENCE):
        await filled.wait()
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    for worker in started:
        await worker.end()
