"""Taking a connection at a door of ours, also after a moment in which none could be taken."""

import asyncio
import socket
from typing import Final

PAUSE: Final = 0.1
"""Seconds until it is tried again."""


async def accepted(door: socket.socket) -> socket.socket:
    """The next connection. While no descriptor is free, whoever comes waits at the door."""
    while True:
        try:
            connection, _ = await asyncio.get_running_loop().sock_accept(door)
        except OSError:
            await asyncio.sleep(PAUSE)
        else:
            return connection
