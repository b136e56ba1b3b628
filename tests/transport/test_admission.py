"""Who may open a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from yarl import URL

from realtime.transport import TransportSettings
from realtime.transport.engineio.entrance import MOST_CARRIERS
from realtime.transport.engineio.limits.admission import Admission
from tests.transport.clients import Polling, Raw, WebSocket, until
from tests.transport.conftest import Start
from tests.transport.test_http import get, post

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]


async def test_sessions_are_counted_and_a_place_that_is_left_is_free_again(
    start: Start, http: aiohttp.ClientSession, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start(settings=TransportSettings(connections=2))
    client, _ = await websocket(node), await polling(node)
    for transport in ("polling", "websocket"):
        url = URL(node.url) % {"EIO": "4", "transport": transport}
        async with http.get(url, headers=upgrade_headers(transport)) as response:
            assert response.status == 503
    await client.close()
    await until(lambda: len(node.server._engine.sessions) == 1)
    await websocket(node)


def upgrade_headers(transport: str) -> dict[str, str]:
    if transport == "polling":
        return {}
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }


async def test_one_session_keeps_few_connections(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    """Limits by address count sessions: one of them could have every descriptor there is."""
    node = await start()
    session = await polling(node)
    path = session.address.raw_path_qs
    kept = []
    for _ in range(2 * MOST_CARRIERS):
        connection = await raw(node, http=True)
        connection.write(post(path, "6"))
        status, headers, _ = await connection.response()
        assert status == 200
        if "connection" not in headers:
            kept.append(connection)
    assert MOST_CARRIERS - 1 <= len(kept) <= MOST_CARRIERS  # the handshake's may be one of them
    upgrade = await raw(node, http=True)
    lines = [f"{name}: {value}" for name, value in upgrade_headers("websocket").items()]
    upgrade.write(get(path.replace("polling", "websocket"), *lines))
    assert (await upgrade.response())[0] == 429

    for connection in kept:
        await connection.close()
    (known,) = node.server._engine.sessions.values()
    await until(lambda: known.carriers <= 1)
    connection = await raw(node, http=True)
    connection.write(post(path, "6"))
    assert "connection" not in (await connection.response())[1]


async def test_an_address_that_a_trusted_proxy_names_is_limited(
    start: Start, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    bounds = TransportSettings(trusted_proxies=("127.0.0.0/8",), connections_per_address=1)
    node = await start(settings=bounds)
    url = URL(node.url) % {"EIO": "4", "transport": "polling"}
    statuses = []
    for address in ("203.0.113.7", "203.0.113.7", "10.0.0.1, 203.0.113.7", "203.0.113.8"):
        async with http.get(url, headers={"X-Forwarded-For": address}) as response:
            statuses.append(response.status)
    assert statuses == [200, 429, 429, 200]
    told = [each.getMessage() for each in caplog.records if "limit by address" in each.getMessage()]
    assert len(told) == 1
    assert "203.0.113.7" in told[0]


async def test_a_proxy_that_is_not_trusted_is_not_believed_and_not_limited(
    start: Start, http: aiohttp.ClientSession
) -> None:
    node = await start(
        settings=TransportSettings(connections_per_address=1, handshakes_per_second_per_address=1)
    )
    url = URL(node.url) % {"EIO": "4", "transport": "polling"}
    for _ in range(3):
        async with http.get(url, headers={"X-Forwarded-For": "203.0.113.7"}) as response:
            assert response.status == 200


def test_handshakes_are_limited_per_address_and_in_all() -> None:
    now = 0.0
    admission = Admission(
        TransportSettings(handshakes_per_second_per_address=2, handshakes_per_second=3),
        clock=lambda: now,
    )
    assert [admission.refuse("a") for _ in range(3)] == [None, None, "handshakes per address"]
    assert [admission.refuse("b"), admission.refuse("c")] == [None, "handshakes"]
    now = 1.0
    assert [admission.refuse("a") for _ in range(3)] == [None, None, "handshakes per address"]


@pytest.mark.parametrize(
    ("address", "limited"),
    [
        ("203.0.113.7", ""),  # documentation, not global
        ("8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("192.168.1.1", ""),
        ("::1", ""),
        ("fd00::1", ""),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::/64"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_only_addresses_that_are_one_clients_are_limited(address: str, limited: str) -> None:
    assert Admission(TransportSettings()).limited(address) == limited


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("8.8.8.8:5678", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("[::ffff:8.8.8.8]:5678", "8.8.8.8"),
        ('"[2a00:1450:4001:81b::200e]:5678"', "2a00:1450:4001:81b::/64"),
        ("2a00:1450:4001:81b::1", "2a00:1450:4001:81b::/64"),
        ("[::1]:1", ""),
        ("unknown", ""),
    ],
)
def test_an_address_is_the_same_however_a_proxy_writes_it(written: str, address: str) -> None:
    admission = Admission(TransportSettings(trusted_proxies=("127.0.0.0/8", "::1/128")))

    client = admission.client_address("127.0.0.1", f"6.6.6.6, {written}")

    if address:
        assert admission.limited(client) == address
    assert admission.limited(written) == address
