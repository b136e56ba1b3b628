"""A wire that can be cut without anybody being told, as a tunnel or a lift does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType


class Wire:
    """Forwards to a port of this machine, until it is `cut`: then what is under way stays open, and
    swallows whatever is said, goodbyes too. New connections pass."""

    def __init__(self, port: int) -> None:
        self._port: int | None = port
        self._pumps: list[asyncio.Task[None]] = []
        """By turns what is said, and what is answered."""
        self._writers: list[asyncio.StreamWriter] = []
        """By turns who called, and who was called."""
        self.url = ""

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._stop()
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def leads_to(self, port: int) -> None:
        """New connections go there from now on."""
        self._port = port

    def leads_nowhere(self) -> None:
        """New connections end at once, until it `leads_to` a port again."""
        self._port = None

    async def deafens(self) -> None:
        """Forward nothing more to who has called; what they say still passes."""
        await _stopped(self._pumps[1::2])

    async def cut(self) -> None:
        """Forward nothing more of what is open."""
        await self._stop()

    def is_noticed(self) -> None:
        """Who had called hears that what was `cut` is over; those who were called still do not."""
        for writer in self._writers[::2]:
            writer.close()

    async def hangs_up(self) -> None:
        """End what is open, and lead nowhere until it `leads_to` a port again."""
        self.leads_nowhere()
        await self._stop()
        for writer in self._writers:
            writer.close()

    async def _stop(self) -> None:
        pumps, self._pumps = self._pumps, []
        await _stopped(pumps)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._port is None:
            writer.close()
            return
        upstream = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers += [writer, upstream[1]]
        for one, other in ((reader, upstream[1]), (upstream[0], writer)):
            self._pumps.append(asyncio.create_task(_pump(one, other)))


async def _stopped(pumps: list[asyncio.Task[None]]) -> None:
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
