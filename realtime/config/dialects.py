"""The dialects that a configuration names, each with its own settings as it declares them."""

from typing import NamedTuple

from pydantic import ValidationError

from realtime.config.problems import ConfigError, did_you_mean, own_sentences
from realtime.config.settings import Config
from realtime.dialects.base import Dialect
from realtime.dialects.loading import NoDialect, load
from realtime.settings import Section


class Spoken(NamedTuple):
    """Every dialect by its name, and the settings of those that have some."""

    dialects: dict[str, Dialect]
    settings: tuple[Section, ...]


def spoken(config: Config) -> Spoken:
    """Import the dialects and read their sections. Raises ConfigError with every problem."""
    try:
        dialects = load(config.dialects.modules)
    except NoDialect as error:
        raise ConfigError([f"dialects.modules: {error}."]) from error
    problems = _unknown(config, dialects)
    found: list[Section] = []
    for dialect in dialects.values():
        given = config.own.get(dialect.name, {})
        if dialect.settings is None:
            problems += [_settingless(config, dialect.name, key) for key in given]
            continue
        try:
            found.append(dialect.settings.model_validate(given))
        except ValidationError as error:
            problems += own_sentences(dialect.name, dialect.settings, error, config)
    if problems:
        raise ConfigError(problems)
    return Spoken(dialects, tuple(found))


def _settingless(config: Config, name: str, key: str) -> str:
    return f'The dialect {name} has no setting "{key}" ({config.source(name, key)}).'


def _unknown(config: Config, dialects: dict[str, Dialect]) -> list[str]:
    """Names in the configuration that no dialect has."""
    named = {"dialect": config.dialect, **config.dialects.origins}
    if config.bridge.dialect is not None:
        named["bridge.dialect"] = config.bridge.dialect
    sections = {f"[{name}]": name for name in config.own}
    sections |= {f"recovery.dialects.{name}": name for name in config.recovery.dialects}
    return [
        f'{where} names "{name}", which is no dialect: {did_you_mean(name, dialects)}'
        for where, name in (named | sections).items()
        if name not in dialects
    ]
