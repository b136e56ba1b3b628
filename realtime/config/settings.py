"""The whole configuration as one immutable value, and the list of its settings by dotted name."""

import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from realtime import dialects
from realtime.config import sections, values
from realtime.config.sections import Limits, Rate, Section

__all__ = ["Config", "Limits", "Rate", "dialect_names", "setting_names", "settings"]

_DOCUMENTS_ORIGINS = ("http://localhost:3000", "http://localhost:5173")


def dialect_names() -> list[str]:
    """The dialects that this installation has, one module each; found by name, none is imported."""
    found = (module.name for module in pkgutil.iter_modules(dialects.__path__))
    return sorted(name for name in found if name not in dialects.PARTS)


class Config(Section):
    """Every setting of one node, validated; `realtime.config.load` makes it."""

    host: str = "::"
    port: Annotated[int, Field(ge=0, le=65_535)] = 3000
    production: bool = False
    data_dir: Path = Path("data")
    database_url: Annotated[str | None, Field(repr=False)] = None
    redis_url: Annotated[str | None, Field(repr=False)] = None
    dialect: str = "conversations"
    user_ids: Literal["string", "integer"] = "string"
    jwt: sections.Jwt = sections.Jwt()
    dialects: sections.Dialects = sections.Dialects()
    allowed_origins: Annotated[tuple[str, ...], Field(validate_default=True)] = ()
    users: sections.Users = sections.Users()
    presence: sections.Presence = sections.Presence()
    messages: sections.Messages = sections.Messages()
    conversations: sections.Conversations = sections.Conversations()
    skilllink: sections.Skilllink = sections.Skilllink()
    linsta: sections.Linsta = sections.Linsta()
    push: sections.Push = sections.Push()
    limits: Limits = Limits()
    server: sections.Server = sections.Server()
    transport: sections.Transport = sections.Transport()
    logs: sections.Logs = sections.Logs()

    _check_database_url = field_validator("database_url")(values.database_url)
    _check_redis_url = field_validator("redis_url")(values.redis_url)

    @field_validator("dialect")
    @classmethod
    def _known_dialect(cls, name: str) -> str:
        return _known(name)

    @field_validator("dialects")
    @classmethod
    def _known_dialects(cls, given: sections.Dialects) -> sections.Dialects:
        for name in given.origins.values():
            _known(name)
        return given

    @field_validator("allowed_origins")
    @classmethod
    def _with_those_of_dialects(
        cls, given: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        """What holds in the end: the given ones, those of the dialects, else the documents' own."""
        mapped = info.data.get("dialects", sections.Dialects())
        found = values.origins((*given, *mapped.origins))
        return found if found or info.data.get("production") else _DOCUMENTS_ORIGINS

    @property
    def development(self) -> bool:
        """One node with nothing but its data folder: only there may a secret be made up."""
        return not (self.production or self.database_url or self.redis_url)

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


def _known(name: str) -> str:
    names = dialect_names()
    if name not in names:
        raise ValueError(f'names "{name}", which is no dialect: choose one of {", ".join(names)}')
    return name


def settings(model: type[BaseModel] = Config) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting with its path, `("presence", "grace")`; sections themselves are left out."""
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            for path, inner in settings(section):
                yield (name, *path), inner
        else:
            yield (name,), field


def setting_names() -> list[str]:
    """The dotted names of all settings, as messages show them."""
    return [".".join(path) for path, _ in settings()]
