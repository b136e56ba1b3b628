"""Who may call the application's own door, come back as who they were, read the metrics, and see
the page that is for looking after all of it."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import Field, field_validator

from realtime.settings import Count, Hidden, Secret, Section
from realtime.transport.settings import RecoverySettings

LEAST_PASSWORD = 12
"""Characters of a password that anybody may try."""


def installed(package: str) -> bool:
    """Whether a package that is an extra is there; it is not imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # not even what it lies in
        return False


class ServerKeys(Section):
    """The keys of the server API, by name."""

    api_keys: dict[str, Secret] = Field(default_factory=dict, repr=False)


class Mode(StrEnum):
    """Whether sockets are told offsets; `auto`: those of browsers."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class RecoverySection(RecoverySettings):
    """Connection state recovery. `dialects` has modes of their own, by the dialect's name."""

    mode: Mode = Mode.AUTO
    dialects: dict[str, Mode] = Field(default_factory=dict)
    stored_hours: Annotated[float, Field(ge=0, le=720)] = 24
    """For how long what was stored is told from the database; 0: never."""
    stored_events: Count = 1_000
    """How many of these changes; who missed more begins anew."""
    stored_at_once: Annotated[int, Field(ge=1, le=100)] = 32
    """How many are told that way at once; others wait for up to 30 s."""

    def of(self, dialect: str) -> Mode:
        """The mode of a dialect's sockets."""
        return self.dialects.get(dialect, self.mode)

    @property
    def for_transport(self) -> RecoverySettings | None:
        """What is kept; None where no socket can take part."""
        modes = {self.mode, *self.dialects.values()}
        return None if modes == {Mode.OFF} else self

    @property
    def from_database(self) -> bool:
        """Whether anybody is told what only the database knows."""
        return self.for_transport is not None and self.stored_hours > 0

    @property
    def kept(self) -> float:
        """For how many seconds somebody may come back and be told what was said meanwhile."""
        return 0.0 if self.for_transport is None else self.window


class MetricsSettings(Section):
    """Where `/metrics` is: on the node's own port unless it has one, open unless it has a key."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    key: Annotated[Secret | None, Hidden] = None


class TracingSettings(Section):
    """Whether each call is followed from its arrival to its delivery, for OpenTelemetry.

    `endpoint` is the collector that takes OTLP over HTTP, without it that of the variable
    OTEL_EXPORTER_OTLP_ENDPOINT; `sample` the share of calls that are followed.
    """

    on: bool = False
    endpoint: str | None = None
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0

    @field_validator("on")
    @classmethod
    def _installed(cls, on: bool) -> bool:
        if on and not installed("opentelemetry.exporter.otlp.proto.http"):
            raise ValueError("takes packages that are not here: pip install realtime[otel]")
        return on


class AdminSettings(Section):
    """The page at `/admin`, on which nobody sees anything without a server key; and who may look
    with the Socket.IO admin UI, in its namespace `/admin`: nobody without a password.

    `password` is plain, or a bcrypt hash. In `production` mode the UI is told sums, in
    `development` mode each socket and event; `readonly` it cannot change anything.
    """

    page: bool = False
    username: str = "admin"
    password: Annotated[Secret | None, Hidden] = None
    mode: Literal["production", "development"] = "production"
    readonly: bool = True

    @field_validator("password")
    @classmethod
    def _strong(cls, password: str | None) -> str | None:
        if password is None:
            return None
        if password.startswith("$2") and not installed("bcrypt"):
            raise ValueError("is a bcrypt hash, which takes a package: pip install realtime[admin]")
        if len(password) < LEAST_PASSWORD:
            raise ValueError(f"can be guessed: use {LEAST_PASSWORD} characters or more")
        return password
