"""Why something could not be reached, in words."""

from __future__ import annotations

import asyncio
import socket

import pytest

from realtime.reasons import NOBODY, SILENT, UNKNOWN, plainly
from tests.servers.running import free_port


async def met_at(host: str, port: int) -> BaseException:
    """What asyncio really raises."""
    with pytest.raises(OSError) as met:  # noqa: PT011 - which one is what is asked
        await asyncio.open_connection(host, port)
    return met.value


async def test_a_port_where_nobody_listens() -> None:
    assert plainly(await met_at("127.0.0.1", free_port())) == NOBODY


async def test_a_name_with_several_addresses_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2)]

    async def two(*_: object, **__: object) -> list[object]:
        return list(found)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two, raising=False)

    error = await met_at("chat.example", port)

    assert "Errno" in str(error)
    assert plainly(error) == NOBODY


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), UNKNOWN),
        (TimeoutError(), SILENT),
        (ValueError("what it is\nand more"), "what it is"),
        (ValueError(), "ValueError"),
    ],
)
def test_others(error: Exception, said: str) -> None:
    assert plainly(error) == said
