"""What a token says of its bearer: her user id, her profile, and until when; pure.

Only the user id can make a token invalid here. A profile is a courtesy: what we could not keep of
it is left out, and an absent claim changes nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from realtime.dialects import fields
from realtime.domain.errors import InvalidToken
from realtime.domain.texts import is_storable

ID_CLAIMS = ("userId", "id", "_id", "sub")
AVATAR_CLAIMS = ("avatar", "avatarUrl", "picture")

MAX_NAME = 255
MAX_EMAIL = 320
MAX_AVATAR = 2048

# A second slash, or the backslash that browsers read as one, would name another host.
_AVATAR = re.compile(r"https?://[^\s/\\]\S*|/(?![/\\])\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who bears a verified token. Times are Unix seconds; `expires_at` is without the leeway."""

    user_id: str
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
    expires_at: float | None = None
    issued_at: float | None = None


def read_claims(payload: Mapping[str, object], *, integer_ids: bool = False) -> Claims:
    """The claims of a verified payload; raises InvalidToken if it names no user."""
    return Claims(
        user_id=user_id_of(payload, integer_ids=integer_ids),
        name=_name_of(payload),
        email=_first_text(payload, ("email",), MAX_EMAIL),
        avatar=_first_text(payload, AVATAR_CLAIMS, MAX_AVATAR, _is_avatar),
        expires_at=numeric_date(payload.get("exp")),
        issued_at=numeric_date(payload.get("iat")),
    )


def user_id_of(payload: Mapping[str, object], *, integer_ids: bool = False) -> str:
    """The string form of the first claim present of `userId`, `id`, `_id`, `sub`.

    Raises InvalidToken unless that one is a string of 1 to 64 characters or an integer; with
    `integer_ids` also unless it is a decimal integer, whose canonical form then counts.
    """
    claim = next((name for name in ID_CLAIMS if name in payload), None)
    if claim is None:
        raise InvalidToken
    try:
        return fields.user_id_of(payload[claim], integer_ids=integer_ids)
    except ValueError:
        raise InvalidToken from None


def numeric_date(value: object) -> float | None:
    """Unix seconds of a NumericDate (RFC 7519, section 2), None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if isfinite(seconds) else None


def _name_of(payload: Mapping[str, object]) -> str | None:
    name = _first_text(payload, ("name",), MAX_NAME)
    if name is not None:
        return name
    parts = [_first_text(payload, (claim,), MAX_NAME) for claim in ("firstName", "lastName")]
    joined = " ".join(part for part in parts if part is not None)
    return joined if 1 <= len(joined) <= MAX_NAME else None


def _first_text(
    payload: Mapping[str, object],
    claims: tuple[str, ...],
    longest: int,
    fits: Callable[[str], bool] = bool,
) -> str | None:
    """The first of these claims that can be kept, trimmed: not empty, not over `longest`."""
    for claim in claims:
        value = payload.get(claim)
        text = value.strip() if isinstance(value, str) else ""
        if 0 < len(text) <= longest and is_storable(text) and fits(text):
            return text
    return None


def _is_avatar(text: str) -> bool:
    return _AVATAR.fullmatch(text) is not None
