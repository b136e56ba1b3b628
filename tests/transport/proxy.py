"""A reverse proxy as nginx is by default: an upstream connection per request, over HTTP/1.0."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Forwards to a port of this machine. An upgrade is forwarded as it is."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._request(reader, writer)
        finally:
            await _close(writer)
            self._tasks.discard(task)

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        upgrade = "upgrade: websocket" in head.lower()
        if not upgrade:
            head = head.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\nConnection: close\r\n", 1)
        length = re.search(r"content-length: (\d+)", head.lower())
        body = await reader.readexactly(int(length.group(1))) if length else b""
        answers, upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
        forth = asyncio.create_task(_pump(reader, upstream)) if upgrade else None
        try:
            upstream.write(head.encode() + body)
            await _pump(answers, writer)
        finally:
            if forth is not None:
                forth.cancel()
            await _close(upstream)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
