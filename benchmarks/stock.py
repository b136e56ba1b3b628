"""The application on python-socketio as it comes, with aiohttp and uvloop: `stock.py --port N`."""

import argparse

import application
import socketio
import uvloop
from aiohttp import web


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redis", metavar="URL", help="where several nodes meet")
    asked = parser.parse_args()
    manager = socketio.AsyncRedisManager(asked.redis) if asked.redis else None
    sio = socketio.AsyncServer(async_mode="aiohttp", client_manager=manager)
    application.register(sio)
    app = web.Application()
    sio.attach(app)
    web.run_app(
        app,
        host="127.0.0.1",
        port=asked.port,
        backlog=4096,
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
