"""Calls to other people's servers never reach our own network, whatever a name means by then."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from realtime.delivery import outgoing
from realtime.delivery.outgoing import MOST_ANSWER, NoAnswer, Outgoing, PublicResolver
from realtime.delivery.push.keys import REUSED, Signer
from tests.patience import PATIENCE
from tests.servers.certificate import self_signed
from tests.vapid import PRIVATE


class Names(AbstractResolver):
    """What a hostile DNS server says."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "169.254.169.254",
        "192.168.1.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ],
)
async def test_rule_1_a_name_that_leads_into_our_network_is_not_connected(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []
    monkeypatch.setattr(outgoing, "PublicResolver", lambda: PublicResolver(Names(address)))
    monkeypatch.setattr("aiohappyeyeballs.start_connection", reached.append)
    calls = Outgoing()

    with pytest.raises(NoAnswer, match="no public address"):
        await calls.post("https://push.example/send", b"", {})

    await calls.close()
    assert reached == []


async def test_of_several_addresses_only_the_public_ones_are_left() -> None:
    names = PublicResolver(Names("10.0.0.1", "93.184.215.14", "::1"))

    assert [each["host"] for each in await names.resolve("a.example", 443)] == ["93.184.215.14"]


async def test_a_name_that_is_never_found_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, never = socket.getaddrinfo, threading.Event()

    def finds(host: str, *more: Any, **named: Any) -> Any:
        if host.endswith(".example"):
            never.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return found(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", finds)
    calls, loop = Outgoing(), asyncio.get_running_loop()
    asked = [loop.create_task(calls.post(f"https://{n}.example/", b"", {})) for n in range(64)]
    try:
        await asyncio.sleep(0.1)  # they are being looked up
        async with asyncio.timeout(PATIENCE):
            assert await loop.getaddrinfo("localhost", 5432)
    finally:
        never.set()
        await asyncio.gather(*asked, return_exceptions=True)
        await calls.close()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def answering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Starts a server that answers so; gives its URL."""
    certificate = self_signed(tmp_path, "push.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(outgoing, "PublicResolver", lambda: Names("127.0.0.1"))
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start(handler: Handler) -> str:
        app.router.add_post("/{path:.*}", handler)
        await runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        return f"https://push.example:{runner.addresses[0][1]}/"

    yield start
    await runner.cleanup()


@pytest.mark.parametrize(
    "path",
    ["w/?token=BQ%2fYAAAC%2bz%3d%3d", "a%7Eb/%41", "fcm/send/d1:APA91b-_", "a//b/../c?x=%20"],
)
async def test_rule_1_the_whole_url_is_asked_as_it_was_stored(
    path: str, answering: Callable[[Handler], Awaitable[str]]
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.Response(status=201)

    calls, url = Outgoing(), await answering(answer)

    await calls.post(url + path, b"", {})

    await calls.close()
    assert asked == [f"/{path}"]


async def test_a_name_that_no_host_can_have_is_not_called() -> None:
    calls = Outgoing()

    with pytest.raises(NoAnswer, match="no host"):
        await calls.post(f"https://{'a' * 64}.example/send", b"", {})

    await calls.close()


async def test_only_the_beginning_of_an_answer_is_read(
    answering: Callable[[Handler], Awaitable[str]],
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError:
            return response

    url, calls = await answering(endless), Outgoing()

    answer = await calls.post(url, b"", {})

    await calls.close()
    assert (len(answer.text), answer.whole) == (MOST_ANSWER, False)


async def test_a_status_is_an_answer_though_its_text_comes_by_drops(
    answering: Callable[[Handler], Awaitable[str]],
) -> None:
    """What was taken is not sent again and again."""
    may_end = asyncio.Event()

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=201)
        await response.prepare(request)
        await response.write(b"so far")
        await may_end.wait()
        return response

    url, calls = await answering(dripping), Outgoing(seconds=1)

    answer = await calls.post(url, b"", {})

    may_end.set()
    await calls.close()
    assert (answer.status, answer.text, answer.whole) == (201, "so far", False)


async def test_who_has_another_certificate_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = web.Application()
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed(tmp_path, "other.example"))
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    monkeypatch.setattr(outgoing, "PublicResolver", lambda: Names("127.0.0.1"))
    calls = Outgoing()

    with pytest.raises(NoAnswer, match="certificate"):
        await calls.post(f"https://push.example:{runner.addresses[0][1]}/", b"", {})

    await calls.close()
    await runner.cleanup()


def test_rule_12_a_token_is_made_anew_after_an_hour_and_after_a_clock_was_set_back() -> None:
    now = [1_800_000_000.0]
    signer = Signer(PRIVATE, "mailto:ops@shop.dev", lambda: now[0])
    endpoint = "https://fcm.googleapis.com/send/a"

    first = signer.authorization(endpoint)
    now[0] += REUSED - 1
    again = signer.authorization("https://fcm.googleapis.com/send/b")
    now[0] += 2
    later = signer.authorization(endpoint)
    now[0] -= 5_000
    before = signer.authorization(endpoint)

    assert first == again
    assert len({first, later, before}) == 3
    assert signer.authorization("https://web.push.apple.com/x") not in {first, later, before}
