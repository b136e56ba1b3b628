"""What is private in python-socketio and used here."""

from collections.abc import Callable
from typing import Any

import socketio

from realtime.hooks import Hook, Library

SOCKETIO = Library("python-socketio", "5.18")

HOOKS = (
    Hook(
        SOCKETIO,
        lambda: socketio.AsyncServer,
        "_engineio_server_class",
        "(self)",
        "gives AsyncServer our Engine.IO server",
    ),
)


class EngineStandIn:
    """What AsyncServer's constructor expects of an Engine.IO server; nothing else uses it."""

    async_mode = "aiohttp"

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        """Nothing: our engine knows its receiver."""
