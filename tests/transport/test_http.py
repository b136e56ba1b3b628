"""The socket path beside other routes: shared connections, CORS, the browser's client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.engineio import engine
from realtime.transport.engineio.requests import NotOursError, parse
from tests.transport.clients import Polling, Raw, WebSocket, until
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]

ORIGIN = "https://app.example"


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello " + await request.text())


HELLO = [web.get("/hello", hello), web.post("/hello", hello)]


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def post(path: str, body: str, *lines: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return ("\r\n".join(head) + body).encode()


async def test_polls_and_other_requests_take_turns_on_one_connection(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(HELLO)
    session = await polling(node)
    path = session.address.raw_path_qs
    connection = await raw(node, http=True)
    for packet in ("40", "6", "6"):
        connection.write(post(path, packet))
        assert (await connection.response())[2] == b"ok"
        connection.write(get("/hello"))
        assert (await connection.response())[2] == b"hello "
        connection.write(post("/hello", "you"))
        assert (await connection.response())[2] == b"hello you"
    connection.write(get(path))
    assert (await connection.response())[2].startswith(b"40{")
    connection.write(get("/socket.io/?EIO=4&transport=polling"))
    assert (await connection.response())[2].startswith(b"0{")


async def test_requests_may_arrive_byte_by_byte(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(HELLO)
    session = await polling(node)
    path = session.address.raw_path_qs
    connection = await raw(node, http=True)
    for request in (post(path, "40"), post(path, "6"), get("/hello"), get(path)):
        for byte in request:
            connection.write(bytes([byte]))
            await asyncio.sleep(0)
        assert (await connection.response())[0] == 200


async def test_requests_sent_without_waiting_are_answered_in_order(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(HELLO)
    session = await polling(node)
    path = session.address.raw_path_qs
    connection = await raw(node, http=True)
    connection.write(post(path, "40"))
    await connection.response()
    connection.write(post(path, "6") + get(path) + post(path, "6") + get("/hello"))
    bodies = [(await connection.response())[2] for _ in range(4)]
    assert bodies[0] == bodies[2] == b"ok"
    assert bodies[1].startswith(b"40{")
    assert bodies[3] == b"hello "


async def test_who_sends_on_behind_a_waiting_poll_is_read_no_further(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(HELLO)
    session = await polling(node)
    sid = await session.connects()
    connection = await raw(node, http=True)
    connection.write(get(session.address.raw_path_qs))
    lanes = node.server._engine.connections
    await until(lambda: any(lane._link for lane in lanes))
    (lane,) = [lane for lane in lanes if lane._link]
    connection.write(post("/hello", "x" * 900_000))
    await until(lambda: lane._paused)
    node.server.tell(sid, "done")
    assert (await connection.response())[2] == b'42["done"]'
    assert len((await connection.response())[2]) == 900_006


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
async def test_a_client_that_wants_its_connection_closed_gets_that(
    start: Start, polling: OpenPolling, raw: OpenRaw, version: str
) -> None:
    node = await start()
    session = await polling(node)
    connection = await raw(node, http=True)
    request = post(session.address.raw_path_qs, "6", "Connection: close")
    connection.write(request.replace(b"HTTP/1.1", version.encode()))
    status, headers, body = await connection.response()
    assert (status, headers["connection"], body) == (200, "close", b"ok")
    await connection.ended()


async def test_a_chunked_post_is_read_whoever_reads_it(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start()
    session = await polling(node)
    path = session.address.raw_path_qs
    connection = await raw(node, http=True)
    connection.write(post(path, "40"))
    await connection.response()
    chunked = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n6\r\n0\r\n\r\n"
    )
    connection.write(chunked.encode())
    assert (await connection.response())[2] == b"ok"


@given(st.binary(max_size=300))
def test_the_plain_reader_never_guesses(tail: bytes) -> None:
    for start in (b"", b"GET /socket.io/?transport=polling&sid=a HTTP/1.1\r\n", b"POST "):
        try:
            request = parse(start + tail, b"/socket.io/", lambda _sid: 1000)
        except NotOursError:
            continue
        assert request is None or (request.sid == "a" and request.method == b"GET")


@pytest.mark.parametrize(
    "request_bytes",
    [
        post("/socket.io/?transport=polling&sid=a", "x", "Content-Length: 1"),
        post("/socket.io/?transport=polling&sid=a", "x", "Transfer-Encoding: chunked"),
        post("/socket.io/?transport=polling&sid=a", "x", "Expect: 100-continue"),
        get("/socket.io/?transport=polling&sid=a", "Content-Length: 5"),
        get("/socket.io/?transport=polling&sid=a", " folded: x"),
        get("/socket.io/?transport=polling&sid=a", "Bad Name: x"),
        get("/socket.io/?transport=polling&sid=a", "Upgrade: websocket"),
        get("/socket.io/?transport=polling&sid=%61"),
        get("/socket.io/?transport=polling&sid=a&sid=b"),
        get("/socket.io/?transport=polling"),
        get("/socket.io/?transport=websocket&sid=a"),
        get("/other/?transport=polling&sid=a"),
        b"GET /socket.io/?transport=polling&sid=a HTTP/1.0\r\n\r\n",
        b"GET /socket.io/?transport=polling&sid=a HTTP/1.1\nHost: x\n\r\n\r\n",
        b"x" * 20_000,
    ],
)
def test_anything_unusual_is_left_to_aiohttp(request_bytes: bytes) -> None:
    with pytest.raises(NotOursError):
        parse(request_bytes, b"/socket.io/", lambda _sid: 1000)


async def test_the_path_may_do_without_its_last_slash(
    start: Start, http: aiohttp.ClientSession
) -> None:
    node = await start()
    session = await Polling.open(http, f"{node.origin}/socket.io")
    assert await session.post("40") == (200, "ok")


async def test_a_client_that_hangs_up_early_leaves_nothing_behind(
    start: Start, raw: OpenRaw, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()
    for _ in range(20):
        connection = await raw(node, http=True)
        connection.write(get("/socket.io/?EIO=4&transport=polling"))
        connection.writer.transport.abort()
    checked = await raw(node, http=True)
    checked.write(get("/socket.io/?EIO=4&transport=polling"))
    await checked.response()
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_server_is_its_own_aiohttp_handler(http: aiohttp.ClientSession) -> None:
    from aiohttp.test_utils import TestServer

    from realtime.transport import Server

    server = Server()
    app = web.Application()
    app.router.add_route("*", "/realtime/", server.handle_request)
    test_server = TestServer(app)
    await test_server.start_server()
    await server.start()
    session = await Polling.open(http, str(test_server.make_url("/realtime/")))
    assert await session.connects()
    await server.close()
    await test_server.close()


async def test_a_post_that_breaks_off_leaves_no_trace_in_the_log(
    start: Start, polling: OpenPolling, raw: OpenRaw, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()
    session = await polling(node)
    connection = await raw(node, http=True)
    head = f"POST {session.address.raw_path_qs} HTTP/1.1\r\nHost: x\r\n"
    connection.write(head.encode() + b"Content-Length: 100\r\n\r\n4")
    await session.post("6")
    connection.writer.transport.abort()
    await session.post("6")
    await until(lambda: len(node.runner.server.connections) <= 1)
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_idle_connection_is_closed(
    start: Start, polling: OpenPolling, raw: OpenRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.05)
    node = await start()
    session = await polling(node)
    connection = await raw(node, http=True)
    connection.write(post(session.address.raw_path_qs, "6"))
    await connection.response()
    connection.write(b"GET /socket.io/?half")
    await connection.ended()
