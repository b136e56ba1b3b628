"""Other origins, and the browser's client from our own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from realtime.origins import Origins
from realtime.transport.socketio import client_files as client
from tests.transport.clients import Polling, Raw, WebSocket
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]

ORIGIN = "https://app.example"


@pytest.mark.parametrize("allowed", [(ORIGIN,), Origins([ORIGIN])])
async def test_an_allowed_origin_may_read_every_answer_with_credentials(
    start: Start, http: aiohttp.ClientSession, polling: OpenPolling, allowed: object
) -> None:
    node = await start(allowed_origins=allowed)
    session = await polling(node)
    for query, status in (
        ({"EIO": "4", "transport": "polling"}, 200),
        ({"EIO": "4", "transport": "nonsense"}, 400),
        ({"EIO": "4", "transport": "polling", "sid": "unknown"}, 400),
    ):
        async with http.get(URL(node.url) % query, headers={"Origin": ORIGIN}) as response:
            assert response.status == status
            assert_allowed(response)
    async with http.post(session.address, data="40", headers={"Origin": ORIGIN}) as response:
        assert_allowed(response)
    async with http.get(session.address, headers={"Origin": ORIGIN}) as response:
        assert_allowed(response)


def assert_allowed(response: aiohttp.ClientResponse) -> None:
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert response.headers["Vary"] == "Origin"


async def test_a_preflight_is_answered(start: Start, http: aiohttp.ClientSession) -> None:
    node = await start(allowed_origins=(ORIGIN,))
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-tenant",
    }
    async with http.options(node.url, headers=headers) as response:
        assert response.status == 204
        assert_allowed(response)
        assert response.headers["Access-Control-Allow-Headers"] == "authorization,x-tenant"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]


async def test_header_names_that_are_none_are_not_allowed_back(start: Start, raw: OpenRaw) -> None:
    connection = await raw(await start(allowed_origins=(ORIGIN,)), http=True)
    connection.write(
        b"OPTIONS /socket.io/ HTTP/1.1\r\nHost: x\r\nOrigin: " + ORIGIN.encode() + b"\r\n"
        b"Access-Control-Request-Headers: \xff\r\n\r\n"
    )
    status, headers, _ = await connection.response()
    assert status == 204
    assert "access-control-allow-headers" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil"])
async def test_another_origin_is_served_without_cors_headers(
    start: Start, http: aiohttp.ClientSession, origin: str
) -> None:
    node = await start(allowed_origins=(ORIGIN,))
    session = await Polling.open(http, node.url, Origin=origin)
    async with http.post(session.address, data="40", headers={"Origin": origin}) as response:
        assert response.status == 200
        assert "Access-Control-Allow-Origin" not in response.headers
    async with http.options(node.url, headers={"Origin": origin}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_any_origin_means_no_credentials(start: Start, http: aiohttp.ClientSession) -> None:
    node = await start(allowed_origins=("*",))
    query = {"EIO": "4", "transport": "polling"}
    async with http.get(URL(node.url) % query, headers={"Origin": ORIGIN}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_the_browsers_client_is_served_from_its_folder(
    start: Start, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    (tmp_path / "socket.io.js").write_text("// client")
    node = await start(client_files=tmp_path, allowed_origins=(ORIGIN,))
    async with http.get(node.url + "socket.io.js", headers={"Origin": ORIGIN}) as response:
        assert await response.text() == "// client"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert response.headers["Vary"] == "Origin, Accept-Encoding"
        etag = response.headers["ETag"]
    plain = {"Accept-Encoding": "identity"}
    async with http.get(node.url + "socket.io.js", headers=plain) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.text() == "// client"
    async with http.get(node.url + "socket.io.js", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
    async with http.get(node.url + "socket.io.min.js") as response:
        assert response.status == 404


@pytest.mark.parametrize("name", client.NAMES)
async def test_without_a_folder_the_browser_is_sent_to_a_pinned_version(
    start: Start,
    http: aiohttp.ClientSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    node = await start()
    async with http.get(node.url + name, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == client.CDN + name


async def test_an_installed_client_is_found_from_below(
    start: Start, http: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = tmp_path / client.INSTALLED
    dist.mkdir(parents=True)
    (dist / "socket.io.js").write_text("// installed")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    node = await start()
    async with http.get(node.url + "socket.io.js") as response:
        assert await response.text() == "// installed"
