"""Leaving without anybody noticing: each session's work is finished, then its transport is closed.

Never a Socket.IO DISCONNECT: socket.io-client comes back by itself from a closed transport and
stays away for good from a disconnect.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.session import Session

_STEP_SECONDS: Final = 0.1
HANDLER_SECONDS: Final = 6.0
"""How long handlers may take, from the beginning: of a stop's 8 s the rest is for the database."""


async def drain(engine: Engine, window: float) -> None:
    """Refuse new sessions and end those there are, spread evenly over `window` seconds."""
    engine.draining = True
    until = asyncio.get_running_loop().time() + HANDLER_SECONDS
    sessions = list(engine.sessions.values())
    # In the order of their connects, a restart would bring the same users back at the same moment.
    random.shuffle(sessions)
    steps = max(1, round(window / _STEP_SECONDS))
    ends: list[asyncio.Task[None]] = []
    for step in range(steps):
        batch = sessions[step::steps]
        ends += [asyncio.create_task(_end(engine, session, until)) for session in batch]
        if step + 1 < steps and (len(ends) < len(sessions)):
            await asyncio.sleep(window / steps)
    await asyncio.gather(*ends)


async def shut(engine: Engine, seconds: float = 1.0) -> None:
    """Close what is open. Waits `seconds` for polls that fetch last packets, and as long for
    connections to end before they are cut."""
    engine.draining = True
    for session in list(engine.sessions.values()):
        engine.close(session, reasons.DRAINED)
    # Until every polling client that left has fetched what it was sent.
    await _while(lambda: any(session.backlog for session in engine.leaving.values()), seconds)
    for connection in list(engine.connections):
        connection.finish()
    await _while(lambda: engine.connections, seconds)
    for connection in list(engine.connections):
        connection.cut()
    await _while(lambda: engine.connections, seconds)
    engine.stop_timers()


async def _while(there: Callable[[], object], seconds: float) -> None:
    """Wait for the end of something that ends soon, and that nobody announces."""
    until = asyncio.get_running_loop().time() + seconds
    while there() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def _end(engine: Engine, session: Session, until: float) -> None:
    if session.closed:
        return
    session.stop_reading()
    tasks = engine.receiver.work(session)
    if tasks:
        patience = max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait(tasks, timeout=patience)
    engine.close(session, reasons.DRAINED)
