"""A small server for the official protocol test suites, made of `realtime.transport` alone.

    python tests/conformance/server.py engineio|socketio [--port 3000]

The suites are docs/engine.io-protocol/v4-test-suite and docs/socket.io-protocol/v5-test-suite of
the socketio/socket.io repository; each is run there with `npm ci && npm test`.
"""

import argparse
import asyncio
from collections.abc import Collection
from typing import Any

from aiohttp import web

from realtime.transport import Server, TransportSettings
from realtime.transport.engineio.cors import Cors
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.entrance import Entrance
from realtime.transport.engineio.outbox import Outbox
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.wire.frames import binary, text

PING_INTERVAL = 0.3
PING_TIMEOUT = 0.2
SETTINGS = TransportSettings(ping_interval=PING_INTERVAL, ping_timeout=PING_TIMEOUT)


class Echo:
    """What the Engine.IO suite expects: each message comes back."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def opened(self, session: Session) -> None:
        """Nothing to say."""

    def text(self, session: Session, message: bytes) -> None:
        self._outbox.send(session, text(message))

    def binary(self, session: Session, message: bytes) -> None:
        self._outbox.send(session, binary(message))

    def closed(self, session: Session, reason: str) -> None:
        """Nothing to forget."""

    def work(self, session: Session) -> Collection[asyncio.Task[None]]:
        """An echo is done at once."""
        return ()


def engineio(app: web.Application) -> None:
    outbox = Outbox()
    engine = Engine(SETTINGS, outbox, "node")
    engine.receiver = Echo(outbox)
    Entrance(engine, Cors()).attach(app, "/engine.io/")


def socketio(app: web.Application) -> None:
    server = Server(settings=SETTINGS, namespaces=("/", "/custom"))
    for namespace in ("/", "/custom"):
        _answer(server, namespace)
    server.attach(app)
    app.on_startup.append(lambda _: server.start())


def _answer(server: Server, namespace: str) -> None:
    """What the Socket.IO suite expects: `auth` after the connect, `message-back`, the ack."""

    @server.on("connect", namespace=namespace)
    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        server.tell(sid, "auth", auth or {}, namespace=namespace)

    @server.on("message", namespace=namespace)
    async def message(sid: str, *args: Any) -> None:
        server.tell(sid, "message-back", *args, namespace=namespace)

    @server.on("message-with-ack", namespace=namespace)
    async def message_with_ack(sid: str, *args: Any) -> tuple[Any, ...]:
        return args


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", choices=("engineio", "socketio"))
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--host", help="the default is every address, as the suites need it")
    options = parser.parse_args()
    app = web.Application()
    {"engineio": engineio, "socketio": socketio}[options.protocol](app)
    web.run_app(
        app,
        host=options.host,
        port=options.port,
        access_log=None,
        loop=asyncio.new_event_loop(),
    )


if __name__ == "__main__":
    main()
