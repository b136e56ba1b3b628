"""Leaving without anybody noticing: each session's work is finished, then its transport is closed.

Never a Socket.IO DISCONNECT: socket.io-client comes back by itself from a closed transport and
stays away for good from a disconnect.
"""

import asyncio
import random
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


async def _end(engine: Engine, session: Session, until: float) -> None:
    if session.closed:
        return
    session.stop_reading()
    tasks = engine.receiver.work(session)
    if tasks:
        patience = max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait(tasks, timeout=patience)
    engine.close(session, reasons.DRAINED)
