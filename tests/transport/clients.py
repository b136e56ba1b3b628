"""Clients that say exactly what a test tells them to: WebSockets, polls, and bytes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
from yarl import URL

from tests.patience import PATIENCE


async def until(happened: Callable[[], object]) -> None:
    """Let the server work until something is so that no event tells."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - it is inside the server, which has no event for it
            await asyncio.sleep(0.001)  # others need the processor too


def number_of(packet: str) -> str:
    """The number of an event that wants to be answered."""
    assert packet.startswith("42"), packet
    return packet[2 : packet.index("[")]


class WebSocket:
    """An Engine.IO client on a WebSocket. Answers pings only where it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, pongs: bool = True) -> None:
        self.socket = socket
        self._pongs = pongs
        self.sid = ""

    @classmethod
    async def open(
        cls, http: aiohttp.ClientSession, url: str, *, pongs: bool = True, **query: str
    ) -> WebSocket:
        """Handshake; `sid` is the new session's."""
        socket = await http.ws_connect(
            URL(url) % {"EIO": "4", "transport": "websocket", **query}, max_msg_size=0
        )
        client = cls(socket, pongs=pongs)
        if "sid" not in query:
            opening = await client.hears()
            assert opening[0] == "0"
            client.sid = json.loads(opening[1:])["sid"]
        return client

    async def says(self, packet: str | bytes) -> None:
        if isinstance(packet, bytes):
            await self.socket.send_bytes(packet)
        else:
            await self.socket.send_str(packet)

    async def hears(self) -> Any:
        """The next packet, text or binary."""
        while True:
            message = await self.socket.receive(PATIENCE)
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                raise ConnectionError(f"closed with {self.socket.close_code}")
            if message.data == "2" and self._pongs:
                await self.socket.send_str("3")
            else:
                return message.data

    async def hears_all(self, count: int) -> list[Any]:
        return [await self.hears() for _ in range(count)]

    async def is_closed(self) -> int | None:
        """Wait for the end, dropping packets; the close code."""
        while True:
            message = await self.socket.receive(PATIENCE)
            if message.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            ):
                return self.socket.close_code

    async def connects(self, namespace: str = "/", auth: Any = None) -> str:
        """Connect to a namespace; the socket's sid."""
        prefix = "" if namespace == "/" else namespace + ","
        await self.says("40" + prefix + ("" if auth is None else json.dumps(auth)))
        answer = await self.hears()
        assert answer.startswith("40" + prefix), answer
        sid: str = json.loads(answer[2 + len(prefix) :])["sid"]
        return sid

    async def emits(self, *event: Any, ack: int | None = None) -> None:
        await self.says("42" + ("" if ack is None else str(ack)) + json.dumps(event))

    async def event(self) -> list[Any]:
        """The next packet, which must be an event of the main namespace."""
        packet = await self.hears()
        assert packet.startswith("42["), packet
        values: list[Any] = json.loads(packet[2:])
        return values

    async def asks(self, *event: Any, ack: int = 1) -> list[Any]:
        """Emit and wait for the ack, which must be the next packet."""
        await self.emits(*event, ack=ack)
        packet = await self.hears()
        assert packet.startswith(f"43{ack}["), packet
        values: list[Any] = json.loads(packet[len(f"43{ack}") :])
        return values

    async def close(self) -> None:
        await self.socket.close()


class Polling:
    """An Engine.IO client that polls."""

    def __init__(self, http: aiohttp.ClientSession, url: str, sid: str) -> None:
        self.http = http
        self.url = url
        self.sid = sid

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, **headers: str) -> Polling:
        query = {"EIO": "4", "transport": "polling"}
        async with http.get(URL(url) % query, headers=headers) as response:
            assert response.status == 200, await response.text()
            body = await response.text()
        return cls(http, url, json.loads(body[1:])["sid"])

    @property
    def address(self) -> URL:
        return URL(self.url) % {"EIO": "4", "transport": "polling", "sid": self.sid}

    async def poll(self) -> tuple[int, str]:
        """Status and body of one poll."""
        timeout = aiohttp.ClientTimeout(PATIENCE)
        async with self.http.get(self.address, timeout=timeout) as response:
            return response.status, await response.text()

    async def post(self, body: str) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(PATIENCE)
        async with self.http.post(self.address, data=body, timeout=timeout) as response:
            return response.status, await response.text()

    async def hears(self) -> list[str]:
        """The packets of one poll."""
        status, body = await self.poll()
        assert status == 200, body
        return body.split("\x1e")

    async def connects(self, auth: Any = None) -> str:
        assert await self.post("40" + ("" if auth is None else json.dumps(auth))) == (200, "ok")
        (packet,) = await self.hears()
        sid: str = json.loads(packet[2:])["sid"]
        return sid


class Raw:
    """Bytes on a TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, limit: int = 1 << 16) -> Raw:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=limit))

    @classmethod
    async def websocket(cls, port: int, query: str = "EIO=4&transport=websocket") -> Raw:
        """A WebSocket whose frames the test writes; the handshake packet is still to read."""
        raw = await cls.connect(port)
        key = base64.b64encode(os.urandom(16)).decode()
        raw.write(
            f"GET /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n".encode()
        )
        head = await raw.until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        assert b"extensions" not in head.lower()
        return raw

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def until(self, separator: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(separator)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame from the server: opcode and payload."""
        async with asyncio.timeout(PATIENCE):
            first, size = await self.reader.readexactly(2)
            assert first & 0xF0 == 0x80
            if size > 125:
                width = 2 if size == 126 else 8
                size = int.from_bytes(await self.reader.readexactly(width), "big")
            return first & 0x0F, await self.reader.readexactly(size)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """The next HTTP response: status, headers in lower case, body."""
        head = (await self.until(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        async with asyncio.timeout(PATIENCE):
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body

    async def ended(self) -> None:
        """Wait for the server to close the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(1 << 16):
                    pass
            except ConnectionResetError:
                pass

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


def frame(
    opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0, masked: bool = True
) -> bytes:
    """A client's frame; everything about it may be wrong."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    if not masked:
        return bytes([first]) + length + payload
    mask = os.urandom(4)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([first, length[0] | 0x80]) + length[1:] + mask + body
