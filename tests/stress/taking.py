"""A push service that takes everything at once and counts: `python -m tests.stress.taking PEM`.

It says where it listens; `GET /count` answers how many it took, and how many at the same time.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

from aiohttp import web


class Taking:
    """What came."""

    def __init__(self) -> None:
        self.taken = self.at_once = self.most = 0

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await request.read()
        self.at_once -= 1
        self.taken += 1
        return web.Response(status=201)

    async def count(self, _: web.Request) -> web.Response:
        return web.json_response({"taken": self.taken, "most": self.most})


async def serve(certificate: str) -> None:
    taking, app = Taking(), web.Application()
    app.router.add_post("/send/{browser}", taking.take)
    app.router.add_get("/count", taking.count)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    print(f"listening at {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
