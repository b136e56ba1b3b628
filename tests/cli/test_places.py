"""Workers and their places, on a machine that can start no process, and when asked twice."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from realtime.cli import workers
from realtime.cli.errors import CannotStartError
from realtime.cli.workers import READY, Place, Worker, Workers
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


class Starting:
    """In the place of what starts workers: `free` processes, which stay until they are killed."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.started: list[Worker] = []
        self.once_more = asyncio.Event()

    async def __call__(self, *_: object) -> Worker:
        if not self.free:
            raise OSError(errno.EAGAIN, "no process is free")
        self.free -= 1
        self.started.append(await process("import signal; signal.pause()"))
        self.once_more.set()
        return self.started[-1]


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setattr(workers, "_END_SECONDS", 0.01)
    with socket.socket() as listening:
        yield Workers(listening, tmp_path, ())


async def test_whoever_asks_for_new_ones_while_they_are_renewed_gets_newer_ones(
    parent: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = Starting(free=9)
    monkeypatch.setattr(Worker, "start", starting)
    await parent._begin(1)

    starting.once_more.clear()
    parent._renew()
    await starting.once_more.wait()
    parent._renew()
    assert parent._renewing is not None
    await parent._renewing
    await parent._end([])

    assert len(starting.started) == 3


async def test_where_not_all_can_be_started_none_is_left_and_one_sentence_says_so(
    parent: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = Starting(free=2)
    monkeypatch.setattr(Worker, "start", starting)

    with pytest.raises(CannotStartError, match=r"\(no process is free\): ask for fewer"):
        await parent.keep(3, lambda: None)

    assert [each.process.returncode is None for each in starting.started] == [False, False]
