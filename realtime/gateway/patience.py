"""Waiting with somebody at the door while the database, or the issuer of the tokens, is away.

A client whose connect fails by a fault of ours comes back within a second, for ever: all of them
together would keep a node busy with nothing else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from realtime.domain.errors import Refused

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds for which it is tried, as long as for a message."""

PAUSE = 0.5
"""Seconds before the next attempt, doubled each time."""


async def patiently(call: Callable[[], Awaitable[Result]]) -> Result:
    """What the call returns in the end. Raises at once what it refuses; a fault at the end."""
    pause, deadline = PAUSE, time.monotonic() + PATIENCE
    while True:
        try:
            return await call()
        except Refused:
            raise
        except Exception as fault:
            if time.monotonic() + pause > deadline:
                raise
            log.warning("connect waits", error=type(fault).__name__)
        await asyncio.sleep(pause)
        pause *= 2
