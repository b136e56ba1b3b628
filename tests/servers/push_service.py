"""A push service over real TLS that is as strict as the four real ones, and browsers behind it.

By the host name of an endpoint it is Chrome's, Mozilla's, Apple's or Windows'. It verifies the
VAPID token, keeps what is for a browser that is away (one of each topic), and a browser decrypts
what it gets as RFC 8188 and 8291 say, by itself.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.patience import PATIENCE
from tests.servers.certificate import self_signed
from tests.servers.push_rules import RefusalError, check_headers, check_vapid

HOSTS = {
    "fcm": "fcm.googleapis.com",
    "mozilla": "updates.push.services.mozilla.com",
    "apple": "web.push.apple.com",
    "windows": "wns2-par02p.notify.windows.com",
}
MOST_BODY = 4096
RECOMMENDED = 2_800


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Answer:
    """What the service says instead of 201; `after` seconds, or never."""

    status: int = 201
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0


def decrypted(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """RFC 8291, section 3.4 and RFC 8188, section 2, with nothing of the sender's libraries."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size, "one record"
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    mine = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private.exchange(ec.ECDH(), public)
    info = b"WebPush: info\0" + mine + sender
    secret = HKDF(hashes.SHA256(), 32, auth, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
    assert padded.endswith(b"\x02"), "the last record's delimiter"
    return padded[:-1]


class Browser:
    """One browser with a subscription: its keys, what it was shown, and whether it is there."""

    def __init__(self, service: PushService, kind: str, number: int, vapid_key: str) -> None:
        self.kind = kind
        self.vapid_key = vapid_key
        self.away = False
        self.shown: list[dict[str, Any]] = []
        """Every push that reached it, decrypted, the oldest first."""
        self.waiting: dict[str, bytes] = {}
        self.answers: list[Answer] = []
        """What the service says to the next requests for it; then 201 again."""
        self.when_accepted: Callable[[], None] = lambda: None
        """Called when the service has taken something for it, and not yet said so."""
        self.requests: list[web.Request] = []
        self.claims: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        self.path = f"/send/{kind}-{number}:{encoded(os.urandom(9))}?v=2"
        self.endpoint = f"https://{HOSTS[kind]}:{service.port}{self.path}"

    @property
    def subscription(self) -> dict[str, Any]:
        """As `JSON.stringify(subscription)` gives it."""
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encoded(point), "auth": encoded(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def comes_back(self) -> None:
        """It is shown what waited for it."""
        self.away = False
        for body in self.waiting.values():
            self.show(body)
        self.waiting.clear()

    def show(self, body: bytes) -> None:
        shown = json.loads(decrypted(body, self._private, self._auth))
        assert isinstance(shown, dict)
        self.shown.append(shown)


class PushService:
    """Started by `await service.start()`; `port` and `certificate` are there from then on."""

    def __init__(self, folder: Path) -> None:
        self.certificate = self_signed(folder, *HOSTS.values())
        self.port = 0
        self.browsers: dict[str, Browser] = {}
        self.answers: dict[str, list[Answer]] = {}
        """By kind: what the next requests to that service are answered."""
        self.at_once: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.redirected = 0
        self.accepted = 0
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        app = web.Application()
        app.router.add_post("/send/{token}", self._asked)
        app.router.add_route("*", "/elsewhere", self._followed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def browser(self, vapid_key: str, kind: str = "fcm") -> Browser:
        """A browser that has subscribed with this key."""
        made = Browser(self, kind, next(self._numbers), vapid_key)
        self.browsers[made.path] = made
        return made

    async def until(self, happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait for something to have come of the requests."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(happened)

    async def _followed(self, _: web.Request) -> web.Response:
        self.redirected += 1
        return web.Response(status=201)

    async def _asked(self, request: web.Request) -> web.Response:
        kind = next(kind for kind, host in HOSTS.items() if request.host.startswith(host))
        self.at_once[kind] = self.at_once.get(kind, 0) + 1
        self.most_at_once[kind] = max(self.most_at_once.get(kind, 0), self.at_once[kind])
        try:
            answer = await self._answer(kind, request)
        finally:
            self.at_once[kind] -= 1
            with suppress(RuntimeError):
                async with self._changed:
                    self._changed.notify_all()
        return answer

    async def _answer(self, kind: str, request: web.Request) -> web.Response:
        browser = self.browsers.get(request.path_qs)
        if browser is None or browser.kind != kind:
            return web.Response(status=410, text="push subscription has unsubscribed or expired.")
        body = await request.read()
        browser.requests.append(request)
        browser.sizes.append(len(body))
        given = browser.answers or self.answers.get(kind) or []
        planned = given.pop(0) if given else None
        if planned is not None:
            await asyncio.sleep(planned.after)
            if planned.status != 201:
                return web.Response(
                    status=planned.status, text=planned.body, headers=dict(planned.headers)
                )
        try:
            self._accept(browser, request, body)
        except RefusalError as refused:
            return web.Response(
                status=refused.status, text=refused.body, headers=dict(refused.headers or {})
            )
        return web.Response(status=201, headers={"Location": f"{browser.endpoint}/m/1"})

    def _accept(self, browser: Browser, request: web.Request, body: bytes) -> None:
        check_headers(browser.kind, request.headers)
        origin = f"https://{request.host}"
        authorization = request.headers.get("Authorization", "")
        browser.claims.append(check_vapid(browser.kind, authorization, origin, browser.vapid_key))
        if len(body) > MOST_BODY:
            raise RefusalError(413)
        decrypted(body, browser._private, browser._auth)
        self.accepted += 1
        browser.when_accepted()
        if browser.away:
            browser.waiting[request.headers.get("Topic", str(len(browser.waiting)))] = body
        else:
            browser.show(body)


class LocalNames(AbstractResolver):
    """Finds every name on this machine: where the product asks who the real services are."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass
