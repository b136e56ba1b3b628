"""Why a token is taken or refused, for whoever holds it at a terminal; a client is not told."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from realtime.config import Config
from realtime.domain.errors import InvalidToken, MissingToken
from realtime.gateway.identity.claims import numeric_date, values_at
from realtime.gateway.identity.credentials import token_in_header
from realtime.gateway.identity.jwks import KeysUnavailable
from realtime.gateway.identity.signatures import TokenHeader, take_apart
from realtime.gateway.identity.tokens import Verifier

_DOTS = 2
_DOTS_OF_ENCRYPTED = 4


class Explained(NamedTuple):
    """What a token says, line by line, with the verdict last; whether it counts."""

    lines: list[str]
    good: bool


class _Token(NamedTuple):
    """A token held against a configuration; nothing that it says is to be believed."""

    config: Config
    text: str
    header: TokenHeader | None = None
    claims: Mapping[str, object] = {}

    @property
    def key(self) -> str:
        """What verifies it, as whoever set it calls it."""
        if self.header is None or self.header.algorithm.startswith("HS"):
            return self.config.called("jwt", "secret")
        published = self.config.jwt.jwks_url is not None
        return self.config.called("jwt", "jwks_url" if published else "public_key")


async def explain(config: Config, given: str) -> Explained:
    """Verify a token as the server does, and say what it says and why it does not count."""
    token = _read(config, token_in_header(given) or "")
    verifier = Verifier(config.jwt, integer_ids=config.user_ids == "integer")
    good = False
    try:
        claims = await verifier.verify(token.text)
    except KeysUnavailable:
        verdict = f"Not known: the issuer's keys cannot be had, see {token.key} and the network."
    except (MissingToken, InvalidToken) as refused:
        verdict = f"Refused, {refused.reason}: {_advice(token, refused.reason)}"
    else:
        verdict = f"Good: it is the user {claims.user_id}'s, unless it has been revoked."
        good = True
    finally:
        await verifier.close()
    return Explained([*_told(token), verdict], good)


def _read(config: Config, text: str) -> _Token:
    try:
        signed = take_apart(text)
        return _Token(config, text, signed.header, signed.claims)
    except InvalidToken:
        return _Token(config, text)


def _told(token: _Token) -> Iterator[str]:
    """What is in it, as far as it bears on the verdict; no name and no address."""
    if token.header is None:
        return
    key = f", key {token.header.key_id}" if token.header.key_id else ""
    yield f"{'signed':<12} {token.header.algorithm}{key}"
    for name, what in (("iss", "issuer"), ("aud", "audience")):
        if name in token.claims:
            yield f"{what:<12} {token.claims[name]}"
    for name, what in (("iat", "issued"), ("nbf", "counts from"), ("exp", "expires")):
        if name in token.claims:
            yield f"{what:<12} {_date(token.claims[name])}"
    for name in token.config.jwt.claims.user_id:
        for value in values_at(token.claims, name):
            yield f"{'user id':<12} {value!r} ({name})"


def _date(value: object) -> str:
    seconds = numeric_date(value)
    try:
        at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        at = None
    return f"{value!r}, which is no time" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _advice(token: _Token, reason: str) -> str:
    say = _ADVICE.get(reason)
    return say(token) if say else "the server refuses it."


def _malformed(token: _Token) -> str:
    if token.text.count(".") == _DOTS_OF_ENCRYPTED:
        return (
            "it is encrypted (JWE), and only its issuer can read it: ask it for a signed token"
            " (docs/tokens.md)."
        )
    if token.text.count(".") != _DOTS:
        return "a JWT has three parts with dots between them: copy the whole token, and no more."
    if token.header is None:
        return (
            "its parts are not base64url of JSON, or it asks for extensions: was it copied whole?"
        )
    return "one of its times is no number of seconds."


def _wrong_algorithm(token: _Token) -> str:
    used = token.header.algorithm if token.header else "none"
    accepted = ", ".join(token.config.jwt.algorithms)
    return (
        f"it is signed with {used}, and jwt.algorithms accepts {accepted}: add {used} with its key"
        f" if your issuer signs so."
    )


def _wrong_signature(token: _Token) -> str:
    return (
        f"another key signed it than the one of {token.key}: give this server the key that your"
        f" application signs with, to the last character."
    )


def _unknown_key(token: _Token) -> str:
    named = token.header.key_id if token.header else None
    return f"{token.key} has no key {named}: is it this issuer's token?"


def _expired(token: _Token) -> str:
    return (
        f"it ended at {_date(token.claims.get('exp'))}: the client has to bring a new one with each"
        f" connection."
    )


def _too_early(token: _Token) -> str:
    return (
        f"it counts from {_date(token.claims.get('nbf'))} on: compare the clocks, or raise"
        f" jwt.leeway."
    )


def _no_user(token: _Token) -> str:
    names = ", ".join(token.config.jwt.claims.user_id)
    kind = "whole number" if token.config.user_ids == "integer" else "text of 1 to 64 characters"
    return (
        f"the first claim present of {names} must be a {kind}: name the claim with the user's id in"
        f" jwt.claims.user_id."
    )


def _wrong_issuer(token: _Token) -> str:
    return f"jwt.issuer asks for {token.config.jwt.issuer}, to the last slash."


def _wrong_audience(token: _Token) -> str:
    return f"jwt.audience asks for one of {', '.join(token.config.jwt.audience)}."


_ADVICE: Mapping[str, Callable[[_Token], str]] = {
    "no token": lambda _: "there is none: put it behind --explain.",
    "malformed": _malformed,
    "algorithm": _wrong_algorithm,
    "signature": _wrong_signature,
    "key unknown": _unknown_key,
    "expired": _expired,
    "not yet valid": _too_early,
    "no user id": _no_user,
    "issuer": _wrong_issuer,
    "audience": _wrong_audience,
}
