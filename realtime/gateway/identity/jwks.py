"""The public keys that an issuer publishes at a URL (JSON Web Key Set, RFC 7517).

Fetched when first needed, again when they are old, and when a token names a key that is not among
them (issuers rotate keys), but never more often than every `refresh_interval`, however many such
tokens come.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import aiohttp
import orjson
import structlog
from jwt import PyJWK
from jwt.algorithms import AllowedPublicKeys
from jwt.exceptions import PyJWTError

from realtime.gateway.identity.signatures import PUBLIC_KEY_ALGORITHMS

log = structlog.get_logger(__name__)

MAX_CANDIDATES = 8
"""How many keys a token without a key id is tried with at most: each try is a signature check."""


class KeysUnavailable(Exception):  # noqa: N818 - a state of the issuer, told to no client
    """The keys cannot be had now. A fault of ours: the token is neither good nor bad."""


class PublishedKey(NamedTuple):
    """One key, for one algorithm."""

    algorithm: str
    key_id: str | None
    key: AllowedPublicKeys


class PublishedKeys:
    """The keys at `url` for these algorithms, kept for `max_age` and through every outage.

    Times are seconds. One fetch runs at a time, for all who wait; it takes at most `timeout` and
    `max_bytes`, follows no redirect, and when it fails the keys that were known stay.
    """

    def __init__(
        self,
        url: str,
        algorithms: Sequence[str],
        *,
        max_age: float = 600.0,
        refresh_interval: float = 5.0,
        timeout: float = 5.0,
        max_bytes: int = 262_144,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_age = max_age
        self._url = url
        self._algorithms = [name for name in algorithms if name in PUBLIC_KEY_ALGORITHMS]
        self._refresh_interval = refresh_interval
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_bytes = max_bytes
        self._clock = clock
        self._keys: list[PublishedKey] = []
        self._fetched_at = self._tried_at = float("-inf")
        self._failed = True
        self._flight: asyncio.Task[None] | None = None

    async def matching(self, algorithm: str, key_id: str | None) -> list[AllowedPublicKeys]:
        """The keys that may have signed so; empty if the issuer has none such.

        Raises KeysUnavailable if that cannot be told, because the last fetch failed.
        """
        found = self._find(algorithm, key_id)
        if found:
            self._refresh_when_old()
            return found
        await self.refresh()
        found = self._find(algorithm, key_id)
        if not found and self._failed:
            raise KeysUnavailable
        return found

    async def refresh(self) -> None:
        """Wait for the fetch under way, or for one that may begin now; returns also if it fails."""
        self._begin()
        if self._flight is not None:
            # Not awaited itself: who gives up waiting must not cancel it for the others.
            await asyncio.wait({self._flight})

    async def fetch(self) -> None:
        """Ask the issuer now. Raises KeysUnavailable, with the reason, and keeps what was known."""
        try:
            self._keys = read_keys(await self._download(), self._algorithms)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise KeysUnavailable(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Give up a fetch under way; who waits for it gets KeysUnavailable."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait({self._flight})

    def _find(self, algorithm: str, key_id: str | None) -> list[AllowedPublicKeys]:
        found = [
            known.key
            for known in self._keys
            if known.algorithm == algorithm and (key_id is None or known.key_id in (None, key_id))
        ]
        return found[:MAX_CANDIDATES]

    def _refresh_when_old(self) -> None:
        if self._clock() - self._fetched_at >= self.max_age:
            self._begin()

    def _begin(self) -> None:
        now = self._clock()
        if self._flight is None and now - self._tried_at >= self._refresh_interval:
            self._tried_at = now
            self._flight = asyncio.get_running_loop().create_task(self._fly())
            self._flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flight = None

    async def _fly(self) -> None:
        self._failed = True
        try:
            await self.fetch()
        except KeysUnavailable as error:
            log.warning("jwks.unavailable", reason=str(error))
            return
        self._fetched_at = self._clock()
        self._failed = False

    async def _download(self) -> bytes:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        body = bytearray()
        async with (
            # Nothing is decompressed, so the size that is counted is the size that is kept.
            aiohttp.ClientSession(timeout=self._timeout, auto_decompress=False) as session,
            session.get(self._url, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            async for chunk in response.content.iter_chunked(16_384):
                body += chunk
                if len(body) > self._max_bytes:
                    raise ValueError(f"over {self._max_bytes} bytes")
        return bytes(body)


def read_keys(document: bytes, algorithms: Sequence[str]) -> list[PublishedKey]:
    """The keys of a set that can check one of these algorithms; ValueError if there is none.

    A member that we cannot use is passed over (RFC 7517, section 5): an unknown type, one for
    encryption, a secret.
    """
    parsed = orjson.loads(document)
    members = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(members, list):
        raise ValueError("no key set")
    usable = [
        key
        for member in members
        if isinstance(member, dict) and member.get("use", "sig") == "sig"
        for algorithm in algorithms
        if (key := _published(member, algorithm)) is not None
    ]
    if not usable:
        raise ValueError("no usable key")
    return usable


def _published(member: dict[str, object], algorithm: str) -> PublishedKey | None:
    key_id = member.get("kid")
    if member.get("alg", algorithm) != algorithm or not isinstance(key_id, str | None):
        return None
    if "d" in member:  # a private key, published by mistake: anybody could sign with it
        return None
    try:
        return PublishedKey(algorithm, key_id, PyJWK(member, algorithm).key)
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
