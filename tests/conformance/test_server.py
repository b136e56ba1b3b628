"""The server for the official suites starts and answers as each of them expects."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.patience import PATIENCE

SERVER = Path(__file__).with_name("server.py")


@asynccontextmanager
async def running(protocol: str) -> AsyncIterator[str]:
    """The server's address, as a WebSocket address of its protocol's path."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(SERVER), protocol, "--host", "127.0.0.1", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = (await process.stdout.readline()).decode()
        port = re.search(r":(\d+)", line)
        assert port, line
        path = "engine.io" if protocol == "engineio" else "socket.io"
        yield f"http://127.0.0.1:{port.group(1)}/{path}/?EIO=4&transport=websocket"
    finally:
        process.terminate()
        await process.communicate()


async def test_engineio_says_back_what_it_hears() -> None:
    async with running("engineio") as url, aiohttp.ClientSession() as http:
        socket = await http.ws_connect(url)
        opening = json.loads((await socket.receive_str())[1:])
        assert (opening["pingInterval"], opening["pingTimeout"]) == (300, 200)
        assert opening["maxPayload"] == 1_000_000
        await socket.send_str("4hello")
        assert await socket.receive_str() == "4hello"
        await socket.send_bytes(b"\x01\x02")
        assert await socket.receive_bytes() == b"\x01\x02"


@pytest.mark.parametrize("namespace", ["", "/custom,"])
async def test_socketio_says_who_connected_and_returns_messages(namespace: str) -> None:
    async with running("socketio") as url, aiohttp.ClientSession() as http:
        socket = await http.ws_connect(url)
        await socket.receive_str()
        await socket.send_str("40" + namespace + '{"token":"123"}')
        assert (await socket.receive_str()).startswith("40" + namespace + '{"sid":')
        assert await socket.receive_str() == "42" + namespace + '["auth",{"token":"123"}]'
        await socket.send_str("42" + namespace + '["message",1]')
        assert await socket.receive_str() == "42" + namespace + '["message-back",1]'
        await socket.send_str("42" + namespace + '7["message-with-ack",[1]]')
        assert await socket.receive_str() == "43" + namespace + "7[[1]]"
