"""Tokens for trying things out, signed as the configured application would sign them."""

import time
import warnings

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from realtime.gateway.identity.settings import Jwt


class CannotSign(Exception):  # noqa: N818 - a finding, which each caller words for its reader
    """Only the issuer has the key that signs; `algorithm` is the one that it signs with."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithm)
        self.algorithm = algorithm


def signed(settings: Jwt, user: str | int, *, lifetime: int, **profile: str | None) -> str:
    """A token of `user` that ends in `lifetime` seconds; `profile` has name, email and avatar.

    Raises CannotSign where only the issuer holds the key that signs.
    """
    algorithm = next((name for name in settings.algorithms if name.startswith("HS")), None)
    if algorithm is None or settings.secret is None:
        raise CannotSign(settings.algorithms[0])
    now = int(time.time())
    user_claim = settings.claims.user_id[0]
    times = {"iat": now, "exp": now + lifetime}
    claims = {user_claim: user, **profile, **times, **_addressed(settings)}
    present = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        # serve and check warn of a short secret, once and in our words.
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return jwt.encode(present, settings.secret, algorithm=algorithm)


def _addressed(settings: Jwt) -> dict[str, str | None]:
    """The issuer and the audience that the configuration asks for."""
    return {"iss": settings.issuer, "aud": next(iter(settings.audience), None)}
