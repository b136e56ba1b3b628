"""Requests that aiohttp would refuse by itself, or wait for for ever."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import web

from realtime.gateway.listening import Runner
from realtime.transport import TransportSettings
from tests.cluster import Cluster
from tests.frontends import ORIGINS
from tests.nodes import SERVER_KEY, InProcess
from tests.patience import PATIENCE
from tests.scenarios.steps import once
from tests.tokens import token

Ask = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers in lower case and the body of one answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
    first, *lines = head.split("\r\n")[:-2]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return int(first.split()[1]), headers, body


@pytest.fixture
async def ask(node: InProcess) -> AsyncIterator[Ask]:
    """`await ask(bytes)` says them to the node and reads one answer."""
    writers: list[asyncio.StreamWriter] = []

    async def say(request: bytes) -> tuple[int, dict[str, str], bytes]:
        host, port = node.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        writer.write(request)
        return await answered(reader)

    yield say
    for writer in writers:
        writer.close()


def request(path: str, *headers: str, dialect: str = "skilllink") -> bytes:
    lines = (f"GET {path} HTTP/1.1", "Host: node", f"Origin: {ORIGINS[dialect]}", *headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@once
async def test_a_head_of_16_kb_is_served(ask: Ask, cluster: Cluster) -> None:
    bearer = f"Authorization: Bearer {token('ada')}"
    status, _, body = await ask(
        request("/api/notifications/unread-count", bearer, "X-More: " + "y" * 15_000)
    )
    assert (status, json.loads(body)) == (200, {"success": True, "data": {"count": 0}})


@once
@pytest.mark.parametrize(
    "headers",
    [("Cookie: accessToken=" + "s" * 17_000,), tuple(f"X-{n}: {'s' * 2_000}" for n in range(9))],
    ids=["one field", "many fields"],
)
async def test_a_larger_one_is_refused_in_the_dialects_shape(
    ask: Ask, headers: tuple[str, ...]
) -> None:
    status, told, body = await ask(request("/api/notifications", *headers))

    assert status == 431
    assert json.loads(body) == {
        "success": False,
        "error": "Request head is too large",
        "statusCode": 431,
    }
    assert told["access-control-allow-origin"] == ORIGINS["skilllink"]
    assert b"sss" not in body


@once
@pytest.mark.parametrize(
    "bytes_",
    [b"GET / HTTP/1.1 and more\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"G@T / x\r\n\r\n"],
)
async def test_what_is_no_http_is_told_so_in_json(
    ask: Ask, bytes_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    status, told, body = await ask(bytes_)

    assert status == 400
    assert json.loads(body) == {"error": "Bad request", "message": "Bad request"}
    assert told["content-type"].startswith("application/json")
    assert not [line for line in caplog.records if line.levelname == "ERROR"]


@once
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/messages", {"success": False, "error": "…", "statusCode": 415}),
        ("/api/server/messages", {"error": "…"}),
        ("/api/nowhere", {"success": False, "error": "…", "statusCode": 415}),
    ],
)
async def test_a_compressed_body_is_refused_on_every_path(
    ask: Ask, path: str, shape: dict[str, object]
) -> None:
    body = gzip.compress(b"{}")
    head = request(
        path,
        f"Content-Length: {len(body)}",
        "Content-Encoding: gzip",
        f"Authorization: Bearer {SERVER_KEY}",
    )
    status, _, answer = await ask(head.replace(b"GET", b"POST") + body)

    assert status == 415
    assert json.loads(answer) == {
        key: "Compressed bodies are not accepted" if value == "…" else value
        for key, value in shape.items()
    }


@once
@pytest.mark.parametrize("path", ["/api/messages", "/api/server/messages"])
async def test_a_body_that_does_not_come_is_not_waited_for(cluster: Cluster, path: str) -> None:
    node = await cluster.node(transport__body_timeout=0.05)
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = SERVER_KEY if "server" in path else token("ada")
    head = request(path, "Content-Length: 100", f"Authorization: Bearer {key}")
    writer.write(head.replace(b"GET", b"POST") + b'{"half":')
    status, _, _ = await answered(reader)
    writer.close()
    assert status == 408


@once
@pytest.mark.parametrize("said", [b"", b"GET /api/noti", b"GET / HTTP/1.1\r\nHost: x\r\nX-H"])
async def test_a_head_that_does_not_come_is_not_waited_for(cluster: Cluster, said: bytes) -> None:
    node = await cluster.node(transport__idle_timeout=0.05)
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


@once
async def test_connections_without_a_request_count(cluster: Cluster) -> None:
    node = await cluster.node(transport__connections=3)
    host, port = node.url.removeprefix("http://").split(":")
    open_ = [await asyncio.open_connection(host, int(port)) for _ in range(4)]
    ended = [asyncio.ensure_future(reader.read()) for reader, _ in open_]
    done, _ = await asyncio.wait(ended, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == 1
    for _, writer in open_:
        writer.close()
    await asyncio.wait(ended)


@once
async def test_who_comes_back_from_polling_when_all_others_have_been_sent_away_is_sent_away_too(
    cluster: Cluster,
) -> None:
    """Nobody would end that connection: aiohttp has ended those it had."""
    node = await cluster.node()
    assert node._runner is not None
    assert node._runner.server is not None
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request("/socket.io/?EIO=4&transport=polling"))
    assert (await answered(reader))[0] == 200
    await node._runner.server.shutdown(0)

    writer.write(request("/healthz"))

    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


async def test_who_is_let_in_as_the_port_closes_is_not_left_behind() -> None:
    runner = Runner(web.Application(), TransportSettings(), shutdown_timeout=1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    runner.listen(listening)
    with socket.create_connection(listening.getsockname(), PATIENCE) as late:
        assert runner._accepting is not None
        runner._accepting._accept()
        await runner.cleanup()

        with suppress(ConnectionResetError):
            assert await asyncio.to_thread(late.recv, 1) == b""
