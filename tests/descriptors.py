"""A moment in which this process can open nothing."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


@contextmanager
def no_file_left() -> Iterator[None]:
    """Whoever opens one gets EMFILE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def no_descriptor_free() -> AsyncIterator[None]:
    """It has gone by, for all that was ready before, when this ends."""
    with no_file_left():
        yield
        for _ in range(20):
            await asyncio.sleep(0)
