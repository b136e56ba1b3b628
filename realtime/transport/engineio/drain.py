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
_HANDLER_SECONDS: Final = 10.0
"""How long a session's handlers may take once its turn has come."""


async def drain(engine: Engine, window: float) -> None:
    """Refuse new sessions and end those there are, spread evenly over `window` seconds."""
    engine.draining = True
    sessions = list(engine.sessions.values())
    # In the order of their connects, a restart would bring the same users back at the same moment.
    random.shuffle(sessions)
    steps = max(1, round(window / _STEP_SECONDS))
    ends: list[asyncio.Task[None]] = []
    for step in range(steps):
        batch = sessions[step::steps]
        ends += [asyncio.create_task(_end(engine, session)) for session in batch]
        if step + 1 < steps and (len(ends) < len(sessions)):
            await asyncio.sleep(window / steps)
    await asyncio.gather(*ends)


async def _end(engine: Engine, session: Session) -> None:
    if session.closed:
        return
    session.stop_reading()
    tasks = engine.receiver.work(session)
    if tasks:
        await asyncio.wait(tasks, timeout=_HANDLER_SECONDS)
    engine.close(session, reasons.DRAINED)
