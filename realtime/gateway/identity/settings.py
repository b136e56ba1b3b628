"""Whose tokens count."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, field_validator, model_validator

from realtime.settings import Hidden, Seconds, Secret, Section

Algorithm = Literal[
    "HS256", "HS384", "HS512",
    "RS256", "RS384", "RS512",
    "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip


def _public_key(given: str | None) -> str | None:
    """PEM text, from the text itself (also with `\\n` written out) or from the file it names."""
    if given is None:
        return None
    pem = given.replace("\\n", "\n") if "-----BEGIN" in given else _read(Path(given))
    try:
        load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError('is no public key in PEM ("-----BEGIN PUBLIC KEY-----")') from None
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
    if given is not None and urlsplit(given).scheme not in ("http", "https"):
        raise ValueError("must be a URL that begins with https:// (or http://)")
    return given


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
            raise ValueError("has both public_key and jwks_url: keep one of them")
        if self.asymmetric and not has_key:
            raise ValueError(
                f"algorithms has {self.algorithms[0]}, which needs public_key or jwks_url: set one"
            )
        if has_key and not self.asymmetric:
            raise ValueError(
                "has a public key, but algorithms accepts shared secrets only:"
                ' set algorithms = ["RS256"], or ES256 or EdDSA, as your issuer signs'
            )
        return self
