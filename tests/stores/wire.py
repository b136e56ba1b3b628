"""A cable between a client and PostgreSQL that can be cut, or fall silent, where it hurts most."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

Moment = Literal["before", "after"]


class Wire:
    """Passes bytes on until it is cut; then both ends lose the connection, once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._parts = parts
        self._cut: Moment | None = None
        self._question = self._answer = b""
        self._swallow = False
        self._connections: set[asyncio.StreamWriter] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self._frozen = self._deaf = False
        self._last_question: bytes | None = None
        self._ends = asyncio.Event()
        self._ends.set()
        self.put_out = asyncio.Event()
        """The server has told somebody that it ends the connection."""
        self.cuts = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = urlunsplit(self._parts._replace(netloc=f"postgres@127.0.0.1:{port}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.break_all()
        await self._server.wait_closed()

    def cut(self, moment: Moment, question: bytes, answer: bytes) -> None:
        """Lose the next question before it reaches the server, or its answer after."""
        self._cut, self._question, self._answer = moment, question, answer

    def break_all(self) -> None:
        """Lose every connection now."""
        for writer in self._connections:
            writer.transport.abort()

    def fall_silent(self) -> None:
        """Swallow all that is said on the connections of now, both ways; new ones work."""
        self._silent |= self._connections

    def swallow_answers(self, question: bytes) -> None:
        """This question still reaches the server; no answer to it, or to others, comes back."""
        self._last_question = question

    def freeze(self) -> None:
        """Fall silent, on connections that are still to come as well."""
        self._frozen = True
        self.fall_silent()

    def thaw(self) -> None:
        """Connections that are still to come work again."""
        self._frozen = False

    def hold_back_ends(self) -> None:
        """What the server says comes through, but not that it has ended a connection."""
        self._ends.clear()

    def let_ends_come(self) -> None:
        """The ends that were held back, and those that are still to come."""
        self._ends.set()

    def lead_to(self, url: str) -> None:
        """Connections that are still to come lead to another server."""
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        ends = {writer, server_writer}
        self._connections |= ends
        if self._frozen:
            self._silent |= ends
        up = asyncio.ensure_future(self._up(reader, server_reader, server_writer))
        down = asyncio.ensure_future(self._down(server_reader, writer))
        await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        down.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
        if writer in self._silent:  # the server is not told that the client has gone
            writer.transport.abort()
            return
        for end in ends:
            end.transport.abort()
        self._connections -= ends

    async def _up(
        self,
        reader: asyncio.StreamReader,
        server_reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if server in self._silent:
                    continue
                if self._last_question is not None and self._last_question in data:
                    self._deaf = True
                if self._cut is not None and self._question in data:
                    moment, self._cut = self._cut, None
                    self.cuts += 1
                    if moment == "before":
                        return
                    self._swallow = True
                server.write(data)

    async def _down(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await server.read(65536):
                if writer in self._silent or self._deaf:
                    continue
                if self._swallow and self._answer in data:
                    self._swallow = False
                    return
                writer.write(data)
                if b"C57P01" in data:
                    self.put_out.set()
        await self._ends.wait()
