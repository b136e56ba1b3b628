"""Where bytes move: Socket.IO v5 over Engine.IO v4, for any application. Knows nothing of this one.

A request's way: `entrance` (aiohttp) → `websocket` or `polling` → `engine` (sessions) → `dispatch`
(packets) → `inbox` (order) → the application's handler. An event's way back: `server` → `publisher`
→ `backplane` → `ordering` → `rooms` → `outbox` → the session's transport.
"""

from realtime.transport.bounds import Bounds
from realtime.transport.emission import Emission
from realtime.transport.hooks import HookError
from realtime.transport.server import Server

__all__ = ["Bounds", "Emission", "HookError", "Server"]
