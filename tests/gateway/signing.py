"""Issuers of tokens for these tests: a shared secret, key pairs, a key set at a URL, a clock."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

SECRET = "a secret of more than thirty-two bytes"
NOW = 1_795_000_000.0
"""The time of every test here."""


class Clock:
    """A clock that stands until it is moved, in seconds."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def signed(
    payload: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256", **header: Any
) -> str:
    """A token of exactly this payload."""
    return jwt.encode(payload, key, algorithm=algorithm, headers=header)


def private_key(algorithm: str, number: int = 0) -> Any:
    """A private key for the algorithm; another one for each number."""
    return _generated(algorithm, number)


@cache
def _generated(algorithm: str, number: int) -> Any:
    if algorithm.startswith(("RS", "PS")):
        return rsa.generate_private_key(65537, 2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_pem(algorithm: str, number: int = 0) -> str:
    """Its public half as PEM text."""
    public = private_key(algorithm, number).public_key()
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, info).decode()


def private_pem(algorithm: str) -> str:
    """The private half as PEM text."""
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = private_key(algorithm)
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def jwk(algorithm: str, number: int = 0, **members: Any) -> dict[str, Any]:
    """Its public half as a member of a key set."""
    public = private_key(algorithm, number).public_key()
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    made.pop("key_ops", None)
    return {**made, **members}


def private_jwk(algorithm: str) -> dict[str, Any]:
    """A private key as a member of a key set, as nobody should publish it."""
    return jwt.get_algorithm_by_name(algorithm).to_jwk(private_key(algorithm), as_dict=True)


class Issuer:
    """A real HTTP server with a key set; it counts who asks, and can hold or spoil its answer."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.status = 200
        self.body: bytes | None = None
        self.came = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        app = web.Application()
        app.router.add_get("/keys", self._answer)
        app.router.add_get("/moved", self._moved)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/keys"))

    @property
    def moved_url(self) -> str:
        return str(self._server.make_url("/moved"))

    async def __aenter__(self) -> Issuer:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open.set()
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.came.set()
        await self.open.wait()
        body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        return web.Response(status=self.status, body=body, content_type="application/json")

    async def _moved(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/keys")
