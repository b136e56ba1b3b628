"""Where bytes move: Socket.IO v5 over Engine.IO v4, for any application. Knows nothing of this one.

Two floors, and the lower knows nothing of the upper: `engineio/` has sessions over polling and
WebSocket, their deadlines, limits and bytes; `socketio/` has sockets, rooms and events in them.
`backplane/` is how nodes hear one another.

A packet's way in: `engineio/entrance` (aiohttp's route) takes the connection over → `websocket` or
`polling` (behind `http`) → `engine` (sessions, heartbeats) → `socketio/dispatch` (packets) →
`inbox` (order) → `handlers` (the application's).

An event's way out: `socketio/server` → `publisher` (encoded once) → `backplane` (every node) →
`ordering` → `rooms` → `engineio/outbox` (once per client and turn) → `session` → its transport.
"""

from realtime.hooks import HookError
from realtime.transport.engineio.limits.bounds import Bounds
from realtime.transport.socketio.emission import Emission
from realtime.transport.socketio.server import Server

__all__ = ["Bounds", "Emission", "HookError", "Server"]
