"""Tokens for trying things out, signed as the configured application would sign them."""

import re
import time
import warnings

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from realtime.config import Config, ConfigError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds(duration: str) -> int:
    """`90s`, `30m`, `12h`, `7d`, `2w`, or plain seconds. Raises ValueError for anything else."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhdw]?)", duration.strip().lower())
    if found is None:
        raise ValueError(f'"{duration}" is no duration: write 30m, 12h or 7d')
    return int(found[1]) * _UNITS[found[2] or "s"]


def user_id(config: Config, text: str) -> str | int:
    """A user id in the JSON type of this deployment. Raises ConfigError if it does not fit."""
    if config.user_ids == "integer":
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ConfigError([f'User ids are whole numbers here, and "{text}" is none.'])
        return int(text)
    if not 1 <= len(text) <= 64:
        raise ConfigError(["A user id has 1 to 64 characters."])
    return text


def signed(config: Config, user: str | int, *, lifetime: int, **profile: str | None) -> str:
    """A token of `user` that ends in `lifetime` seconds; `profile` has name, email and avatar.

    Raises ConfigError where only the issuer holds the key that signs.
    """
    algorithm = next((name for name in config.jwt.algorithms if name.startswith("HS")), None)
    if algorithm is None or config.jwt.secret is None:
        raise ConfigError(
            [
                f"Tokens are signed with {config.jwt.algorithms[0]} here, and only your issuer has"
                " that key: take a token from it."
            ]
        )
    now = int(time.time())
    user_claim = config.jwt.claims.user_id[0]
    claims = {user_claim: user, **profile, "iat": now, "exp": now + lifetime, **_addressed(config)}
    present = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        # serve and check warn of a short secret, once and in our words.
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return jwt.encode(present, config.jwt.secret, algorithm=algorithm)


def _addressed(config: Config) -> dict[str, str | None]:
    """The issuer and the audience that the configuration asks for."""
    return {"iss": config.jwt.issuer, "aud": next(iter(config.jwt.audience), None)}
