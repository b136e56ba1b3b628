"""Tokens for trying things out, signed as the configured application would sign them."""

import re

from realtime.config import Config, ConfigError
from realtime.dialects.fields import user_id_of
from realtime.gateway.identity import signing

_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhdw]?)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds(duration: str) -> int:
    """`90s`, `30m`, `12h`, `7d`, `2w`, or plain seconds. Raises ValueError for anything else."""
    found = _DURATION.fullmatch(duration.strip().lower())
    if found is None:
        raise ValueError(f'"{duration}" is no duration: write 30m, 12h or 7d')
    return int(found[1]) * _UNITS[found[2] or "s"]


def user_id(config: Config, text: str) -> str | int:
    """A user id in the JSON type of this deployment. Raises ConfigError if it does not fit."""
    integer_ids = config.user_ids == "integer"
    try:
        known = user_id_of(text, integer_ids=integer_ids)
    except ValueError:
        raise ConfigError([_no_user_id(text, integer_ids=integer_ids)]) from None
    return int(known) if integer_ids else known


def _no_user_id(text: str, *, integer_ids: bool) -> str:
    if integer_ids:
        return f'User ids are whole numbers up to 2^53 - 1 here, and "{text}" is none.'
    return "A user id has 1 to 64 characters."


def signed(config: Config, user: str | int, *, lifetime: int, **profile: str | None) -> str:
    """A token of `user` that ends in `lifetime` seconds; `profile` has name, email and avatar.

    Raises ConfigError where only the issuer holds the key that signs.
    """
    try:
        return signing.signed(config.jwt, user, lifetime=lifetime, **profile)
    except signing.CannotSign as found:
        raise ConfigError(
            [
                f"Tokens are signed with {found.algorithm} here, and only your issuer has"
                " that key: take a token from it."
            ]
        ) from None
