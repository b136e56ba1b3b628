"""The receivers that the page shows take what is signed, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from realtime.delivery.webhooks.settings import Endpoint
from tests.delivery.webhooks.telling import Telling
from tests.missing import missing
from tests.patience import PATIENCE
from tests.servers.running import Running, free_port
from tests.servers.webhook_receiver import OLD_SECRET, SECRET

ROOT = Path(__file__).parents[3]
PROGRAMS = {"webhooks.py": sys.executable, "webhooks.mjs": "node"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")

    assert (ROOT / "examples" / name).read_text(encoding="utf-8") in page


async def listening(port: int) -> None:
    """Wait until somebody does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)


POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
NAMED = b"webhook-id: 1\r\nwebhook-timestamp: 2\r\n"
STRANGERS = (
    POST + b"\r\n",
    POST + b"Content-Length: 2\r\n\r\n{}",
    POST + NAMED + b"Content-Length: 2\r\nwebhook-signature: v1,\xe9" + b"=" * 43 + b"\r\n\r\n{}",
)
"""Who finds the port, and knows no secret."""


async def answered(port: int, request: bytes) -> bytes:
    """The status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        found = await reader.read()
    writer.close()
    return found.partition(b"\r\n")[0]


async def goes_away(port: int) -> None:
    """Begin a request, and be cut off."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + b"Content-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("name", PROGRAMS)
async def test_an_example_takes_what_is_signed_and_nothing_else(
    telling: Telling, name: str
) -> None:
    if shutil.which(PROGRAMS[name]) is None:
        missing(PROGRAMS[name], f"install {PROGRAMS[name]}")
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    running = Running(
        *(PROGRAMS[name], ROOT / "examples" / name, str(port)),
        env={**os.environ, "WEBHOOK_SECRET": SECRET},
    )
    try:
        await telling.use(Endpoint(url=url, secrets=(OLD_SECRET, SECRET)))
        await listening(port)
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        await goes_away(port)
        for stranger in STRANGERS:
            assert b" 401 " in await answered(port, stranger), stranger
        conversation_id = await telling.pair()
        said = await running.says(r"conversation\.created (\{.*\})")
        await telling.use(Endpoint(url=url, secrets=(OLD_SECRET,)))
        await telling.say(conversation_id, "Hi")
        await telling.work()
        assert (await telling.answer())["status"] == 401
        silent.close()
    finally:
        await asyncio.to_thread(running.stop)

    assert json.loads(said[1])["participantIds"] == ["ada", "bob"]
