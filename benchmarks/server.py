"""The application on `realtime.transport` alone: `server.py --port N`.

Set up as the product sets it up, with its token check, but for the handshakes' rate, which a
benchmark is meant to reach.
"""

import argparse
import gc
from secrets import token_hex

import application
import uvloop
from aiohttp import web

from realtime.gateway.identity.tokens import Jwt, Verifier
from realtime.transport import Server, TransportSettings
from realtime.transport.backplane.redis import RedisBackplane
from realtime.transport.settings import RedisSettings

UNLIMITED = 1e6


def main() -> None:
    """Serves until it is told to stop."""
    port, redis_url = _asked()
    web.run_app(
        _build(redis_url),
        host="127.0.0.1",
        port=port,
        backlog=4096,
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


def _build(redis_url: str | None) -> web.Application:
    sio = Server(
        settings=TransportSettings(
            handshakes_per_second=UNLIMITED, packets_per_second=UNLIMITED, drain_window=0
        ),
        namespaces=("/", "/chat"),
        backplane=None if redis_url is None else _backplane(redis_url),
    )
    verifier = Verifier(Jwt(secret=application.SECRET))

    async def user_of(token: str) -> str:
        return (await verifier.verify(token)).user_id

    application.register(sio, user_of)
    app = web.Application()
    sio.attach(app)

    async def start(_: web.Application) -> None:
        await sio.start()
        # What was made until now lives for ever: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def stop(_: web.Application) -> None:
        await sio.close()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    return app


def _backplane(redis_url: str) -> RedisBackplane:
    return RedisBackplane(
        redis_url,
        process=token_hex(8),
        prefix="bench:",
        kept_seconds=RedisSettings().kept_seconds,
        kept_bytes=RedisSettings().kept_bytes,
    )


def _asked() -> tuple[int, str | None]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redis", metavar="URL", help="where several nodes meet")
    asked = parser.parse_args()
    return asked.port, asked.redis


if __name__ == "__main__":
    main()
