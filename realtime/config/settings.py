"""The whole configuration as one immutable value, and the list of its settings by dotted name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, Field, PrivateAttr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from realtime import origins
from realtime.config import values
from realtime.config.where import Where
from realtime.delivery.bridging.settings import BridgeSettings
from realtime.delivery.settings import OutboxSettings, Push
from realtime.delivery.webhooks.settings import Webhooks
from realtime.dialects.names import dialect_names
from realtime.dialects.settings import Dialects
from realtime.domain.settings import (
    MessageSettings,
    NotificationSettings,
    PresenceSettings,
    UserSettings,
)
from realtime.gateway.identity.settings import Jwt
from realtime.gateway.settings import (
    AdminSettings,
    MetricsSettings,
    RecoverySection,
    ServerKeys,
    TracingSettings,
)
from realtime.settings import Section
from realtime.stores.settings import JournalSettings, LimitSettings
from realtime.transport.settings import NodeSettings, RedisSettings, TransportSettings

Origin = Annotated[str, AfterValidator(origins.entry)]

OWN = "own"
"""The field that keeps the dialects' own sections, which have no name of their own here."""


class Logs(Section):
    """`auto` is console in development and json in production."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """Every setting of one node, validated; `realtime.config.load` makes it.

    Each section is declared by the part that reads it. What a dialect may be told stands in `own`,
    by the dialect's name, as it was given: `realtime.config.dialects` checks it with the dialect,
    so that commands that speak no dialect import none.
    """

    host: str = "::"
    port: Annotated[int, Field(ge=0, le=65_535)] = 3000
    production: bool = False
    data_dir: Path = Path("data")
    database_url: Annotated[str | None, Field(repr=False)] = None
    redis_url: Annotated[str | None, Field(repr=False)] = None
    user_ids: Literal["string", "integer"] = "string"
    jwt: Jwt = Jwt()
    dialects: Dialects = Dialects()
    dialect: Annotated[str, Field(validate_default=True)] = "conversations"
    allowed_origins: Annotated[tuple[Origin, ...], Field(validate_default=True)] = ()
    users: UserSettings = UserSettings()
    presence: PresenceSettings = PresenceSettings()
    messages: MessageSettings = MessageSettings()
    notifications: NotificationSettings = NotificationSettings()
    push: Push = Push()
    outbox: OutboxSettings = OutboxSettings()
    webhooks: Webhooks = Webhooks()
    limits: LimitSettings = LimitSettings()
    journal: JournalSettings = JournalSettings()
    server: ServerKeys = ServerKeys()
    node: NodeSettings = NodeSettings()
    redis: RedisSettings = RedisSettings()
    bridge: BridgeSettings = BridgeSettings()
    recovery: RecoverySection = RecoverySection()
    transport: TransportSettings = TransportSettings()
    logs: Logs = Logs()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    admin: AdminSettings = AdminSettings()
    demo: bool | None = None
    docs: bool | None = None
    own: dict[str, dict[str, Any]] = Field(default_factory=dict)

    _where: Where = PrivateAttr(default_factory=Where)

    _check_data_dir = field_validator("data_dir")(values.folder)
    _check_database_url = field_validator("database_url")(values.database_url)
    _check_redis_url = field_validator("redis_url")(values.redis_url)

    @field_validator("bridge")
    @classmethod
    def _bridged(cls, given: BridgeSettings, info: ValidationInfo) -> BridgeSettings:
        if given.used and not (given.redis_url or info.data.get("redis_url")):
            raise ValueError("has no Redis to listen to: set bridge.redis_url, or redis_url")
        try:
            values.redis_url(given.redis_url)
        except ValueError as error:
            raise ValueError(f"has a redis_url that {error}") from None
        if given.dialect is not None:
            _known(given.dialect, info.data.get("dialects", Dialects()))
        return given

    @field_validator("dialects")
    @classmethod
    def _known_dialects(cls, given: Dialects) -> Dialects:
        for name in given.origins.values():
            _known(name, given)
        return given

    @field_validator("dialect")
    @classmethod
    def _known_dialect(cls, name: str, info: ValidationInfo) -> str:
        return _known(name, info.data.get("dialects", Dialects()))

    @field_validator("allowed_origins")
    @classmethod
    def _with_those_of_dialects(
        cls, given: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        """What holds in the end: the given ones, those of the dialects, else the documents' own."""
        mapped = info.data.get("dialects", Dialects())
        named = (*given, *mapped.origins)
        if named or info.data.get("production"):
            return tuple(dict.fromkeys(named))
        return origins.DOCUMENTS_ORIGINS

    @field_validator("metrics")
    @classmethod
    def _of_its_own(cls, given: MetricsSettings, info: ValidationInfo) -> MetricsSettings:
        if given.port is not None and given.port == info.data.get("port"):
            raise ValueError(f"has the port of the server itself, {given.port}: choose another")
        return given

    @field_validator("admin")
    @classmethod
    def _has_a_key(cls, given: AdminSettings, info: ValidationInfo) -> AdminSettings:
        """The page shows what a server key may see, so there must be one."""
        if given.page and "server" in info.data and not info.data["server"].api_keys:
            raise ValueError("has a page that nobody could use: set server.api_keys")
        return given

    @field_validator("demo")
    @classmethod
    def _signs(cls, demo: bool | None, info: ValidationInfo) -> bool | None:
        """The demo's people need tokens, and nobody signs with an issuer's key but the issuer."""
        if demo and "jwt" in info.data and not info.data["jwt"].shared_secret:
            raise ValueError("cannot be on: it signs tokens, which takes HS256 in jwt.algorithms")
        return demo

    def set_by(self, where: Where) -> "Config":
        """This configuration, which knows from now on what set each of its settings."""
        self._where = where
        return self

    def source(self, *path: str) -> str:
        """What set a setting: a variable, a file, the command line or the defaults."""
        return self._where.of(path)

    def called(self, *path: str) -> str:
        """A setting as whoever set it calls it: `JWT_SECRET`, `jwt.secret in realtime.toml`."""
        return self._where.called(path)

    @property
    def development(self) -> bool:
        """One node with nothing but its data folder: only there may a secret be made up."""
        return not (self.production or self.database_url or self.redis_url)

    @property
    def shows_docs(self) -> bool:
        """`docs`; where that is not set, in development."""
        return self.development if self.docs is None else self.docs

    @property
    def alone(self) -> bool:
        """Whether no other node hears what happens on this one."""
        return self.redis_url is None

    @property
    def works_outbox(self) -> bool:
        """Whether `serve` may send what the outbox has; else `realtime worker` does, which knows
        who is away from nodes that share a Redis only."""
        return self.alone or self.outbox.in_serve != "never"

    @property
    def database(self) -> str:
        """The database's URL: the configured one, else SQLite in the data folder."""
        return self.database_url or f"sqlite://{quote(str(self.data_dir / 'realtime.sqlite3'))}"

    @property
    def log_format(self) -> Literal["console", "json"]:
        """`logs.format` with `auto` decided."""
        if self.logs.format == "auto":
            return "json" if self.production else "console"
        return self.logs.format


def _known(name: str, chosen: Dialects) -> str:
    """Refuse a name that no dialect has; modules from outside tell theirs when they are loaded."""
    names = dialect_names()
    if name not in names and not chosen.modules:
        raise ValueError(f'names "{name}", which is no dialect: choose one of {", ".join(names)}')
    return name


def settings(model: type[BaseModel] = Config) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting with its path, `("presence", "grace")`, but for those of the dialects' own.

    Sections themselves are left out.
    """
    for name, field in model.model_fields.items():
        if name == OWN:
            continue
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            for path, inner in settings(section):
                yield (name, *path), inner
        else:
            yield (name,), field


def setting_names() -> list[str]:
    """The dotted names of all settings, as messages show them."""
    return [".".join(path) for path, _ in settings()]
