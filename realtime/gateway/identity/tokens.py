"""Tokens: is this JWT one of ours, still good, and whose?

Only the configured algorithms are accepted, `exp` and `nbf` are checked with a leeway, `iss` and
`aud` only when configured, `iat` never. No token is ever logged or kept: the memory of verified
tokens knows them by their hash.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from math import inf

from realtime.domain.errors import ExpiredToken, InvalidToken, MissingToken
from realtime.gateway.identity import keys
from realtime.gateway.identity.claims import Claims, numeric_date, read_claims
from realtime.gateway.identity.jwks import KeysUnavailable, PublishedKeys
from realtime.gateway.identity.settings import Jwt
from realtime.gateway.identity.signatures import (
    DIGESTS,
    PUBLIC_KEY_ALGORITHMS,
    Signed,
    signed_with_key,
    signed_with_secret,
    take_apart,
)

__all__ = [
    "Claims",
    "ExpiredToken",
    "InvalidToken",
    "KeysUnavailable",
    "MissingToken",
    "Verifier",
]

REMEMBERED = 20_000
"""How many verified tokens a node remembers; each takes some 600 bytes."""


class Verifier:
    """Verifies tokens and remembers the good ones until they expire.

    Raises ValueError for settings that could verify nothing. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        settings: Jwt,
        *,
        integer_ids: bool = False,
        published: PublishedKeys | None = None,
        clock: Callable[[], float] = time.time,
        remembered: int = REMEMBERED,
    ) -> None:
        pem = settings.public_key
        self._settings = settings
        self._integer_ids = integer_ids
        self._clock = clock
        self._secret = _shared_secret(settings)
        self._public_keys = keys.public_keys(pem, settings.algorithms) if pem else {}
        self._published = published or _published_keys(settings)
        self._size = remembered
        self._known: OrderedDict[bytes, tuple[Claims, float]] = OrderedDict()

    async def start(self) -> None:
        """Fetch the published keys ahead of the first token; an issuer that is away is no error."""
        if self._published is not None:
            await self._published.refresh()

    async def close(self) -> None:
        """Stop what is under way."""
        if self._published is not None:
            await self._published.close()

    def verified(self, token: str) -> Claims | None:
        """The claims of a token that was verified before and is still good, without any work."""
        if not token.isascii():
            return None
        key = _memory_key(token)
        known = self._known.get(key)
        if known is None:
            return None
        claims, forget_at = known
        if self._clock() >= forget_at:
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return claims

    async def verify(self, token: str | None) -> Claims:
        """Who bears this token.

        Raises MissingToken for none, ExpiredToken, InvalidToken, and KeysUnavailable when the fault
        is ours: then the caller closes the transport, or answers 500, but refuses nobody.
        """
        if not token:
            raise MissingToken
        claims = self.verified(token)
        if claims is None:
            signed = take_apart(token)
            await self._check_signature(signed)
            claims = self._read(signed.claims)
            self._remember(token, claims)
        return claims

    async def verify_any(self, tokens: Sequence[str]) -> Claims:
        """Who bears the first of these that is good; raises the first one's refusal if none is."""
        refused: InvalidToken | None = None
        for token in tokens:
            try:
                return await self.verify(token)
            except InvalidToken as refusal:
                refused = refused or refusal
        raise refused or MissingToken

    async def _check_signature(self, signed: Signed) -> None:
        algorithm, key_id = signed.header
        if algorithm not in self._settings.algorithms:
            raise InvalidToken("algorithm")
        if algorithm in DIGESTS:
            good = signed_with_secret(signed, self._secret)
        elif self._published is not None:
            published = await self._published.matching(algorithm, key_id)
            if not published:
                raise InvalidToken("key unknown")
            good = any(signed_with_key(signed, key) for key in published)
        else:
            good = signed_with_key(signed, self._public_keys[algorithm])
        if not good:
            raise InvalidToken("signature")

    def _read(self, payload: Mapping[str, object]) -> Claims:
        self._check_issue(payload)
        self._check_times(payload)
        return read_claims(payload, self._settings.claims, integer_ids=self._integer_ids)

    def _check_issue(self, payload: Mapping[str, object]) -> None:
        issuer, audience = self._settings.issuer, self._settings.audience
        if issuer is not None and payload.get("iss") != issuer:
            raise InvalidToken("issuer")
        meant_for = payload.get("aud")
        listed = meant_for if isinstance(meant_for, list) else [meant_for]
        if audience and not any(name in listed for name in audience):
            raise InvalidToken("audience")

    def _check_times(self, payload: Mapping[str, object]) -> None:
        """A time that is no number is invalid, as it is for the issuers' own libraries."""
        now, leeway = self._clock(), self._settings.leeway
        expires_at = numeric_date(payload["exp"]) if "exp" in payload else inf
        begins_at = numeric_date(payload["nbf"]) if "nbf" in payload else -inf
        if expires_at is None or begins_at is None:
            raise InvalidToken
        if begins_at > now + leeway:
            raise InvalidToken("not yet valid")
        if expires_at <= now - leeway:
            raise ExpiredToken

    def _remember(self, token: str, claims: Claims) -> None:
        expiry = inf if claims.expires_at is None else claims.expires_at + self._settings.leeway
        # A key that its issuer withdraws must lose its tokens too.
        longest = inf if self._published is None else self._clock() + self._published.max_age
        self._known[_memory_key(token)] = claims, min(expiry, longest)
        if len(self._known) > self._size:
            self._known.popitem(last=False)


def _memory_key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _shared_secret(settings: Jwt) -> bytes:
    if not settings.shared_secret:
        return b""
    if not settings.secret:
        raise ValueError(f"{settings.algorithms[0]} needs a secret")
    return keys.shared_secret(settings.secret)


def _published_keys(settings: Jwt) -> PublishedKeys | None:
    if settings.jwks_url is None or not PUBLIC_KEY_ALGORITHMS & set(settings.algorithms):
        return None
    return PublishedKeys(settings.jwks_url, settings.algorithms)
