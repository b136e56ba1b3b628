"""What a token says of its bearer: her user id, her profile, and until when; pure.

Only the user id can make a token invalid here. A profile is a courtesy: what we could not keep of
it is left out, and an absent claim changes nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from realtime.dialects import fields
from realtime.dialects.fields import MAX_NAME
from realtime.domain.errors import InvalidToken
from realtime.domain.texts import is_blank, is_plain, name_of
from realtime.gateway.identity.settings import ClaimNames

Payload = Mapping[str, object]
USUAL = ClaimNames()

MAX_EMAIL = 320
MAX_AVATAR = 2048

_PARTS = ("firstName", "lastName")

LATEST = 253_402_300_799.0
"""The last second that a date can say, in the year 9999; issuers that count in milliseconds say
later ones."""

# A second slash, or the backslash that browsers read as one, would name another host.
_AVATAR = re.compile(r"https?://[^\s/\\]\S*|/(?![/\\])\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who bears a verified token.

    Times are Unix seconds from 1970 to the year 9999; `expires_at` is without the leeway.
    """

    user_id: str
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
    expires_at: float | None = None
    issued_at: float | None = None


def read_claims(
    payload: Payload, names: ClaimNames = USUAL, *, integer_ids: bool = False
) -> Claims:
    """The claims of a verified payload; raises InvalidToken if it names no user."""
    return Claims(
        user_id=user_id_of(payload, names.user_id, integer_ids=integer_ids),
        name=_name_of(payload, names.name),
        email=_first_text(payload, names.email, MAX_EMAIL, _trimmed),
        avatar=_first_text(payload, names.avatar, MAX_AVATAR, _avatar),
        expires_at=_time(payload.get("exp")),
        issued_at=_issued_at(payload.get("iat")),
    )


def user_id_of(
    payload: Payload, names: tuple[str, ...] = USUAL.user_id, *, integer_ids: bool = False
) -> str:
    """The string form of the first of these claims that is present.

    Raises InvalidToken unless that one is a string of 1 to 64 characters or an integer; with
    `integer_ids` also unless it is a decimal integer, whose canonical form then counts.
    """
    present = (value for name in names for value in values_at(payload, name))
    try:
        return fields.user_id_of(next(present), integer_ids=integer_ids)
    except (StopIteration, ValueError):
        raise InvalidToken("no user id") from None


def values_at(payload: Payload, path: str) -> Iterator[object]:
    """What a claim says: none or, by the longest names first, whatever the path leads to."""
    if path in payload:
        yield payload[path]
    head, dot, tail = path.rpartition(".")
    while dot:
        inner = payload.get(head)
        if isinstance(inner, Mapping):
            yield from values_at(inner, tail)
        head, dot, last = head.rpartition(".")
        tail = f"{last}.{tail}"


def numeric_date(value: object) -> float | None:
    """Unix seconds of a NumericDate (RFC 7519, section 2), None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if isfinite(seconds) else None


def _time(value: object) -> float | None:
    seconds = numeric_date(value)
    return None if seconds is None else min(max(seconds, 0.0), LATEST)


def _issued_at(value: object) -> float | None:
    """Of an issuer that counts in milliseconds, too: no token of the year 9999 could be revoked."""
    seconds = numeric_date(value)
    return _time(seconds / 1000 if seconds is not None and seconds > LATEST else seconds)


def _name_of(payload: Payload, names: tuple[str, ...]) -> str | None:
    name = _first_text(payload, names, MAX_NAME, name_of)
    if name is not None:
        return name
    parts = [_first_text(payload, (claim,), MAX_NAME, name_of) for claim in _PARTS]
    joined = " ".join(part for part in parts if part is not None)
    return joined if 1 <= len(joined) <= MAX_NAME else None


def _first_text(
    payload: Payload,
    claims: tuple[str, ...],
    longest: int,
    mended: Callable[[str], str | None],
) -> str | None:
    """The first of these claims of which something can be kept, not over `longest`."""
    for value in (value for claim in claims for value in values_at(payload, claim)):
        text = mended(value) if isinstance(value, str) else None
        if text and len(text) <= longest:
            return text
    return None


def _trimmed(text: str) -> str | None:
    return text.strip() if is_plain(text) and not is_blank(text) else None


def _avatar(text: str) -> str | None:
    trimmed = _trimmed(text)
    return trimmed if trimmed and _AVATAR.fullmatch(trimmed) else None
