"""Work that goes on whoever stops waiting, and ends before the node does."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from realtime.gateway.work import Work


async def test_work_goes_on_when_its_caller_is_cancelled() -> None:
    work, gate, done = Work(), asyncio.Event(), []

    async def call() -> None:
        await gate.wait()
        done.append(True)

    caller = asyncio.create_task(work.run(call()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    gate.set()
    await work.finish()
    assert done == [True]


async def test_a_callers_answer_and_a_callers_fault_are_hers() -> None:
    work = Work()

    async def answer() -> int:
        return 7

    async def fault() -> int:
        raise KeyError("x")

    assert await work.run(answer()) == 7
    with pytest.raises(KeyError):
        await work.run(fault())


async def test_finishing_waits_for_what_work_started_too() -> None:
    work, done = Work(), []

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        work.start(second())
        done.append("first")

    work.start(first())
    await work.finish()

    assert done == ["first", "second"]


async def test_work_that_fails_alone_is_one_line_without_its_words() -> None:
    work = Work()

    async def fault() -> None:
        raise ValueError("a message's text")

    with capture_logs() as lines:
        work.start(fault())
        await work.finish()
        await asyncio.sleep(0)

    assert [(line["event"], line["log_level"]) for line in lines] == [("failed work", "error")]
    assert lines[0]["error"] == "ValueError"
    assert "test_work.py" in lines[0]["where"] or "fault" in lines[0]["where"]
    assert "a message's text" not in str(lines)
