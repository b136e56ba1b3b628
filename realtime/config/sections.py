"""The sections of the configuration; durations are seconds and sizes bytes unless stated.

`config.example.toml` explains each setting; here stand the types, the defaults and the bounds.
"""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from realtime.config import values

Algorithm = Literal[
    "HS256", "HS384", "HS512",
    "RS256", "RS384", "RS512",
    "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(values.network)]
Secret = Annotated[str, Field(min_length=1)]
Hidden = Field(repr=False)


class Section(BaseModel):
    """A table of the TOML file: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


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

    _read_public_key = field_validator("public_key")(values.public_key)
    _check_jwks_url = field_validator("jwks_url")(values.http_url)

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


class Dialects(Section):
    """Which frontend speaks what: origin → dialect."""

    origins: dict[str, str] = {}

    _normal_origins = field_validator("origins")(values.origin_keys)


class Users(Section):
    """What is known of people."""

    must_exist: bool = False
    share_email: bool = True


class Presence(Section):
    """Who is shown as online, to whom, and how soon not any more."""

    grace: Seconds = 2.0
    audience: Literal["everyone", "contacts"] = "everyone"


class Messages(Section):
    """`max_length` in characters, `delete_window` in minutes (none: for ever)."""

    max_length: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    delete_window: Positive | None = None


class Conversations(Section):
    """Words of the `conversations` dialect."""

    lists: Literal["wrapped", "bare"] = "wrapped"


class Skilllink(Section):
    """Words of the `skilllink` dialect."""

    messages_as: Literal["new_message", "notification", "both"] = "new_message"


class Linsta(Section):
    """Words of the `linsta` dialect."""

    delete_messages: bool = False


class Push(Section):
    """Web push; off without a pair of VAPID keys (base64url, as web-push tools print them)."""

    messages: bool = True
    vapid_public_key: str | None = None
    vapid_private_key: Annotated[Secret | None, Hidden] = None
    vapid_subject: str | None = None

    _check_public_key = field_validator("vapid_public_key")(values.vapid_public_key)
    _check_private_key = field_validator("vapid_private_key")(values.vapid_private_key)
    _check_subject = field_validator("vapid_subject")(values.vapid_subject)

    @property
    def configured(self) -> bool:
        """Whether notifications can be pushed."""
        return self.vapid_public_key is not None

    @model_validator(mode="after")
    def _whole_pair(self) -> "Push":
        if (self.vapid_public_key is None) != (self.vapid_private_key is None):
            raise ValueError(
                "has one VAPID key only: set vapid_public_key and vapid_private_key, a pair"
            )
        return self


class Rate(Section):
    """A token bucket: `rate` a second, of which `burst` can be saved up."""

    rate: Positive
    burst: Count


class Limits(Section):
    """Per user; `server_api` per key."""

    events: Rate = Rate(rate=100, burst=500)
    typing: Rate = Rate(rate=20, burst=60)
    rest: Rate = Rate(rate=50, burst=300)
    server_api: Rate = Rate(rate=500, burst=2000)

    @field_validator("*", mode="before")
    @classmethod
    def _half_given(cls, given: object, info: ValidationInfo) -> object:
        """Whoever sets only the rate keeps the default burst, and the other way round."""
        if not isinstance(given, dict) or info.field_name is None:
            return given
        return {**cls.model_fields[info.field_name].default.model_dump(), **given}


class Server(Section):
    """The application's own door: keys by name."""

    api_keys: Annotated[dict[str, Secret], Hidden] = {}


class Transport(Section):
    """Bounds of connections; the names with `address` count per client address."""

    ping_interval: Positive = 25
    ping_timeout: Positive = 20
    max_payload: Count = 1_000_000
    outbound_backlog: Count = 1_048_576
    inbox_packets: Count = 64
    inbox_bytes: Count = 1_048_576
    connections: Count = 100_000
    connections_per_address: Count = 1_000
    handshakes_per_second: Positive = 2_000
    handshakes_per_second_per_address: Positive = 50
    trusted_proxies: tuple[Network, ...] = ()
    connect_timeout: Positive = 45
    drain_window: Seconds = 10
    client_files: Path | None = None

    _check_client_files = field_validator("client_files")(values.folder)


class Logs(Section):
    """`auto` is console in development and json in production."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
