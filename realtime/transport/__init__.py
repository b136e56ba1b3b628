"""Where bytes move: Socket.IO v5 over Engine.IO v4, for any application. Knows nothing of this one.

Two floors, and the lower knows nothing of the upper: `engineio/` has sessions over polling and
WebSocket, their deadlines, limits and bytes; `socketio/` has sockets, rooms and events in them.
`backplane/` is how nodes hear one another, `bridges/` how they hear other backends.

A packet's way in: `engineio/entrance` (aiohttp's route) takes the connection over → `websocket` or
`polling` (behind `http`) → `engine` (sessions, heartbeats) → `socketio/dispatch` (packets) →
`inbox` (order) → `handlers` (the application's).

An event's way out: `socketio/server` → `publisher` (encoded once) → `backplane` (every node) →
`ordering` → `rooms` → `engineio/outbox` (once per client and turn) → `session` → its transport.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.hooks import HookError
    from realtime.transport.backplane import Command
    from realtime.transport.settings import RecoverySettings, TransportSettings
    from realtime.transport.socketio.emission import Emission
    from realtime.transport.socketio.server import Server

__all__ = ["Command", "Emission", "HookError", "RecoverySettings", "Server", "TransportSettings"]

_WHERE = {
    "Command": "realtime.transport.backplane",
    "Emission": "realtime.transport.socketio.emission",
    "HookError": "realtime.hooks",
    "RecoverySettings": "realtime.transport.settings",
    "Server": "realtime.transport.socketio.server",
    "TransportSettings": "realtime.transport.settings",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is: the configuration reads our settings alone."""
    from importlib import import_module  # noqa: PLC0415 - only ever needed here

    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
