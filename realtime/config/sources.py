"""Where settings come from: file, documents' variables, `REALTIME_…`, command line."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from realtime.config import platform
from realtime.config.problems import ConfigError, did_you_mean, sentences
from realtime.config.settings import OWN, Config, settings
from realtime.config.where import DOCUMENTS, Setting, Where
from realtime.dialects.names import dialect_names
from realtime.domain.texts import is_storable

_PREFIX = "REALTIME_"
_FILE_VARIABLE = "REALTIME_CONFIG"
_DEFAULT_FILE = Path("realtime.toml")

_ORIGINS = ("CLIENT_URL", "FRONTEND_URL", "CORS_ORIGIN")

Given = tuple[str, Setting, Any]
"""A value with its source's name and its setting's path."""


@dataclass
class _Gathered:
    """Raw values as one tree, where each came from, and what could not even be read."""

    tree: dict[str, Any] = field(default_factory=dict)
    where: Where = field(default_factory=Where)
    problems: list[str] = field(default_factory=list)

    def put(self, source: str | None, path: Setting, value: Any) -> None:
        """Set one value, over whatever an earlier source said. None is the command line."""
        self._put(path, value)
        self.where.put(path, source)

    def put_each(self, path: Setting, entries: list[tuple[str, str]]) -> None:
        """Set a list of which each entry has a source of its own; an empty one sets nothing."""
        if entries:
            self._put(path, [entry for _, entry in entries])
            self.where.put_each(path, [source for source, _ in entries])

    def _put(self, path: Setting, value: Any) -> None:
        table = self.tree
        for name in path[:-1]:
            inner = table.get(name)
            table[name] = table = dict(inner) if isinstance(inner, dict) else {}
        table[path[-1]] = value


def load(path: Path | None, environ: Mapping[str, str], **overrides: object) -> Config:
    """The configuration of this process.

    `path` is the file named on the command line (none: REALTIME_CONFIG, else realtime.toml where
    there is one); `overrides` are top-level settings by name, None for not given.
    Raises ConfigError with every problem.
    """
    gathered = _Gathered()
    environ = platform.chosen(environ)
    _refuse_other_encodings(environ)
    file = _chosen_file(path, environ)
    if file is not None:
        gathered.tree = _parsed(file)
        gathered.where.read(str(file), gathered.tree)
    for source, setting, value in _documented(environ):
        gathered.put(source, setting, value)
    gathered.put_each(("allowed_origins",), _origins(environ))
    for source, setting, value in _prefixed(environ, gathered.problems):
        gathered.put(source, setting, value)
    for name, value in overrides.items():
        if value is not None:
            gathered.put(None, (name,), value)
    return _validated(gathered)


def _refuse_other_encodings(environ: Mapping[str, str]) -> None:
    """What is no text could not even be shown in a sentence about it. Raises ConfigError."""
    documented = {*DOCUMENTS, *_ORIGINS, "SERVER_API_KEY"}
    ours = (name for name in environ if name in documented or name.startswith(_PREFIX))
    if unread := [name for name in sorted(ours) if not is_storable(environ[name])]:
        raise ConfigError(f"{name} is no text in UTF-8: save it as UTF-8." for name in unread)


def _validated(gathered: _Gathered) -> Config:
    problems = gathered.problems
    tree = dict(gathered.tree)
    if OWN in tree:
        problems.append(f'Unknown setting "{OWN}": config.example.toml lists them all.')
    tree[OWN] = {name: tree.pop(name) for name in _own_sections(tree) if name in tree}
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError([*problems, *sentences(error, gathered.where)]) from None
    if problems:
        raise ConfigError(problems)
    return config.set_by(gathered.where)


def _own_sections(tree: Mapping[str, Any]) -> list[str]:
    """The dialects that may have a section; a module from outside tells its name when imported."""
    named = tree.get("dialects")
    if isinstance(named, dict) and named.get("modules"):
        return [name for name in tree if name not in Config.model_fields]
    return dialect_names()


def _chosen_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if environ.get(_FILE_VARIABLE):
        return Path(environ[_FILE_VARIABLE])
    return _DEFAULT_FILE if _DEFAULT_FILE.is_file() else None


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        problem = f"{file} is no valid TOML: {error}."
    except UnicodeDecodeError:
        problem = f"{file} is no text in UTF-8: save it as UTF-8."
    except OSError as error:
        problem = f"{file} cannot be read ({error.strerror}): check the path of the configuration."
    raise ConfigError([problem])


def _documented(environ: Mapping[str, str]) -> Iterator[Given]:
    """What the documents' variables say; an empty variable counts as unset."""
    for variable, path in DOCUMENTS.items():
        if environ.get(variable):
            yield variable, path, environ[variable]
    keys = _listed(environ.get("SERVER_API_KEY", ""))
    if keys:
        by_name = {f"env-{number}": key for number, key in enumerate(keys, start=1)}
        yield "SERVER_API_KEY", ("server", "api_keys"), by_name
    if environ.get("NODE_ENV") == "production":
        yield "NODE_ENV", ("production",), True


def _origins(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The origins of the documents' three variables together, each with its variable."""
    return [(name, origin) for name in _ORIGINS for origin in _listed(environ.get(name, ""))]


def _prefixed(environ: Mapping[str, str], problems: list[str]) -> Iterator[Given]:
    """What `REALTIME_…` variables say; those that name no setting become problems."""
    known = {_PREFIX + "__".join(path).upper(): (path, info) for path, info in settings()}
    for variable in sorted(environ):
        text = environ[variable]
        if not variable.startswith(_PREFIX) or variable == _FILE_VARIABLE or not text:
            continue
        if variable not in known:
            own = _own_setting(variable)
            if own is not None:
                yield variable, own, text
                continue
            # Without what they all begin with, by which each is like each.
            names = {name.removeprefix(_PREFIX).lower() for name in known}
            advice = did_you_mean(variable.removeprefix(_PREFIX).lower(), names, _variable)
            problems.append(f"Unknown variable {variable}: {advice}")
            continue
        path, info = known[variable]
        try:
            yield variable, path, _read(text, get_origin(info.annotation))
        except ValueError:
            problems.append(
                f"{variable} must be a map, as JSON or as TOML:"
                ' write it like {"name": "value"} or {"name" = "value"}.'
            )


def _own_setting(variable: str) -> Setting | None:
    """`REALTIME_LINSTA__DELETE_MESSAGES` names a setting of a dialect's own."""
    name, _, setting = variable.removeprefix(_PREFIX).lower().partition("__")
    return (name, setting) if setting and name in dialect_names() else None


def _read(text: str, kind: object) -> Any:
    """A variable's text as its setting's kind: a list is comma-separated, a map is JSON or TOML."""
    if kind is tuple:
        return _listed(text)
    if kind is dict:
        return _mapped(text)
    return text


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _mapped(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return tomllib.loads(f"map = {text}")["map"]


def _variable(name: str) -> str:
    """As it is written in an environment."""
    return _PREFIX + name.upper()
