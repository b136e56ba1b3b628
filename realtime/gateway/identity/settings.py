"""Whose tokens count."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from realtime.gateway.identity import keys
from realtime.settings import Contradiction, Hidden, Seconds, Secret, Section, is_http

Algorithm = Literal[
    "HS256", "HS384", "HS512",
    "RS256", "RS384", "RS512",
    "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip


Name = Annotated[str, Field(min_length=1, max_length=256)]

_COOKIE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""What a cookie may be called (RFC 6265, section 4.1.1)."""

_SHARED = (
    "https://www.googleapis.com/",
    "https://appleid.apple.com/",
    "https://login.microsoftonline.com/common/",
    "https://login.microsoftonline.com/organizations/",
    "https://login.microsoftonline.com/consumers/",
)
"""Key sets of many applications at once: only the audience tells whose a token is."""


def _public_key(given: str | None) -> str | None:
    """PEM text, from the text itself (also with `\\n` written out) or from the file it names."""
    if given is None:
        return None
    pem = given.replace("\\n", "\n") if "-----BEGIN" in given else _read(Path(given))
    keys.public_keys(pem, ())
    return pem


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(
            "is neither a PEM text nor a file that can be read: check its path"
        ) from None


def _http_url(given: str | None) -> str | None:
    """An absolute http or https URL."""
    if given is None or is_http(given):
        return given
    raise ValueError("must be a URL that begins with https:// (or http://)")


def _cookie_name(given: str) -> str:
    """What a `Cookie` header can name."""
    if _COOKIE.fullmatch(given) is None:
        raise ValueError("must be the name of a cookie: letters, digits, - and _")
    return given


def _no_public_key(given: str | None) -> str | None:
    """A secret that nobody else has."""
    if given is not None:
        keys.shared_secret(given)
    return given


class ClaimNames(Section):
    """Where a token says who its bearer is: the first claim present counts.

    A dot leads into a claim (`app_metadata.user_id`); a claim whose own name has dots, as in
    `https://app.example/user_id`, is found by its whole name.
    """

    user_id: Annotated[tuple[Name, ...], Field(min_length=1)] = ("userId", "id", "_id", "sub")
    name: tuple[Name, ...] = ("name",)
    email: tuple[Name, ...] = ("email",)
    avatar: tuple[Name, ...] = ("avatar", "avatarUrl", "picture")


class Jwt(Section):
    """How tokens are verified: HS… by `secret`, others by `public_key` (PEM) or `jwks_url`."""

    secret: Annotated[Secret | None, Hidden] = None
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("HS256",)
    public_key: str | None = None
    jwks_url: str | None = None
    issuer: str | None = None
    audience: tuple[str, ...] = ()
    leeway: Seconds = 30
    close_at_expiry: bool = False
    expiry_grace: Seconds = 60
    cookie: str = "accessToken"
    """The cookie that may bring a token."""
    claims: ClaimNames = ClaimNames()

    _check_cookie = field_validator("cookie")(_cookie_name)
    _check_secret = field_validator("secret")(_no_public_key)
    _read_public_key = field_validator("public_key")(_public_key)
    _check_jwks_url = field_validator("jwks_url")(_http_url)

    @property
    def shared_secret(self) -> bool:
        """Whether some accepted algorithm needs `secret`."""
        return any(name.startswith("HS") for name in self.algorithms)

    @property
    def asymmetric(self) -> bool:
        """Whether some accepted algorithm needs `public_key` or `jwks_url`."""
        return any(not name.startswith("HS") for name in self.algorithms)

    @model_validator(mode="after")
    def _keys_fit_algorithms(self) -> "Jwt":
        has_key = bool(self.public_key or self.jwks_url)
        if self.public_key and self.jwks_url:
            both = "has both public_key and jwks_url: keep one of them"
            raise Contradiction(both, "public_key", "jwks_url")
        if self.asymmetric and not has_key:
            asked = next(name for name in self.algorithms if not name.startswith("HS"))
            lacking = f"algorithms has {asked}, which needs public_key or jwks_url: set one"
            raise Contradiction(lacking, "algorithms")
        if has_key and not self.asymmetric:
            raise Contradiction(
                "has a public key, but algorithms accepts shared secrets only:"
                ' set algorithms = ["RS256"], or ES256 or EdDSA, as your issuer signs',
                *("algorithms", "public_key", "jwks_url"),
            )
        return self

    @model_validator(mode="after")
    def _key_is_of_their_kind(self) -> "Jwt":
        try:
            keys.public_keys(self.public_key, self.algorithms) if self.public_key else None
        except ValueError as error:
            raise Contradiction(f"public_key {error}", "algorithms", "public_key") from None
        return self

    @model_validator(mode="after")
    def _audience_where_keys_are_shared(self) -> "Jwt":
        if self.jwks_url and self.jwks_url.startswith(_SHARED) and not self.audience:
            raise Contradiction(
                "jwks_url has keys that sign for every customer of that issuer:"
                " set audience to your own project's or application's id",
                "jwks_url",
            )
        return self
