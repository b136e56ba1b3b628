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
    port = parser.parse_args().port

    sio = socketio.AsyncServer(async_mode="aiohttp")
    application.register(sio)
    app = web.Application()
    sio.attach(app)
    web.run_app(
        app,
        host="127.0.0.1",
        port=port,
        backlog=4096,
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
