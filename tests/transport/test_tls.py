"""TLS in the server itself: the take-over works on its transports as on plain ones."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from realtime.transport import Server
from tests.transport.clients import Polling, WebSocket


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate that it signed for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *form)
    file.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """A server that speaks TLS and says back what it hears."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(tmp_path))
    server = Server()
    server.on("echo", lambda sid, value: value)
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await server.start()
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    yield f"https://localhost:{runner.addresses[0][1]}/socket.io/"
    await server.close()
    await runner.cleanup()


@pytest.fixture
async def http(tmp_path: Path, url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that trusts that server."""
    context = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def test_a_websocket_works_over_tls(url: str, http: aiohttp.ClientSession) -> None:
    client = await WebSocket.open(http, url)
    await client.connects()
    assert await client.asks("echo", "x" * 300_000) == ["x" * 300_000]
    await client.close()


async def test_polling_and_an_upgrade_work_over_tls(url: str, http: aiohttp.ClientSession) -> None:
    poller = await Polling.open(http, url)
    await poller.connects()
    assert await poller.post('421["echo",1]') == (200, "ok")
    assert await poller.hears() == ["431[1]"]
    socket = await WebSocket.open(http, url, sid=poller.sid)
    await socket.says("2probe")
    assert await socket.hears() == "3probe"
    await socket.says("5")
    assert await socket.asks("echo", 2) == [2]
    await socket.close()
