"""Tells monitors how much waits to be sent, which only the database knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from realtime.delivery.metrics import OUTSTANDING
from realtime.domain import outbox
from realtime.domain.ports import Clock

EVERY: Final = 15.0
"""Seconds between two looks: as often as Prometheus comes."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def watched(clock: Clock) -> AsyncIterator[None]:
    """Look now and then while this goes on."""
    task = asyncio.create_task(_watch(clock), name="outstanding")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(clock: Clock) -> None:
    while True:
        try:
            await look(clock)
        except Exception as error:  # noqa: BLE001 - the database may be away for a while
            log.warning("outbox not counted", error=type(error).__name__)
        await asyncio.sleep(EVERY)


async def look(clock: Clock) -> None:
    """Tell what waits now."""
    for kind, number in (await outbox.waiting(clock())).items():
        OUTSTANDING.labels(kind).set(number)
