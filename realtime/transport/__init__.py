"""Where bytes move: Socket.IO v5 over Engine.IO v4, for any application. Knows nothing of this one.

A packet's way in: `entrance` (aiohttp's route) takes the connection over → `websocket` or `polling`
(behind `http`) → `engine` (sessions, heartbeats) → `dispatch` (packets) → `inbox` (order) →
`handlers` (the application's).

An event's way out: `server` → `publisher` (encoded once) → `backplane` (every node) → `ordering` →
`rooms` → `outbox` (once per client and turn) → `session` → its transport.

`wire/` has the protocols as bytes, without I/O; `limits/` how much a client may cost; `hooks` what
is private in the libraries underneath; `drain` how a node leaves.
"""

from realtime.transport.emission import Emission
from realtime.transport.hooks import HookError
from realtime.transport.limits.bounds import Bounds
from realtime.transport.server import Server

__all__ = ["Bounds", "Emission", "HookError", "Server"]
