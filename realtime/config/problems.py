"""Mistakes in the configuration, one sentence each: which setting, what is wrong, what to do."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from realtime.config.settings import OWN, Config, setting_names, settings
from realtime.config.where import Setting, Where
from realtime.settings import Contradiction, Section

_MUST = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotes",
    "path_type": "must be a path in quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt:.12g}",
    "greater_than_equal": "must be at least {ge:.12g}",
    "less_than": "must be less than {lt:.12g}",
    "less_than_equal": "must be at most {le:.12g}",
}
_SHOWN_CHARACTERS = 60


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has one sentence for each reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name most like this one; a name right but for its section counts as the nearest."""
    known = list(names)
    last = name.rpartition(".")[2]
    misplaced = [other for other in known if other.rpartition(".")[2] == last]
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return next(iter(misplaced or close), None)


def did_you_mean(name: str, names: Iterable[str], quote: Callable[[str], str] = str) -> str:
    """The way out after an unknown name."""
    best = nearest(name, names)
    if best is None:
        return "config.example.toml lists them all."
    return f"did you mean {quote(best)}?"


def sentences(error: ValidationError, where: Where) -> list[str]:
    """One sentence per setting that is wrong; `where` says what set each."""
    found: dict[Setting, str] = {}
    for detail in error.errors():
        path = _setting_of(detail)
        found.setdefault(path, _sentence(path, detail, _source(detail, where)))
    return list(found.values())


def own_sentences(
    name: str, section: type[Section], error: ValidationError, config: Config
) -> list[str]:
    """One sentence per setting of a dialect's own section that is wrong."""
    found = []
    for detail in error.errors():
        path = (name, *(str(step) for step in detail["loc"][:1]))
        setting, source = ".".join(path), config.source(*path)
        if detail["type"] == "extra_forbidden":
            known = [f"{name}.{key}" for key in section.model_fields]
            found.append(f'Unknown setting "{setting}" in {source}: {did_you_mean(setting, known)}')
        else:
            found.append(f"{setting} {_must(detail)}{_shown(detail['input'])} ({source}).")
    return list(dict.fromkeys(found))


def _setting_of(detail: ErrorDetails) -> Setting:
    """The setting that an error is about; entries of lists and maps go by their setting's name."""
    location = tuple(str(step) for step in detail["loc"])
    known = {path for path, _ in settings()}
    prefixes = (location[:size] for size in range(1, len(location)))
    return next((prefix for prefix in prefixes if prefix in known), location)


def _source(detail: ErrorDetails, where: Where) -> str:
    """What set the value that is wrong or, where values contradict one another, each of them."""
    location = tuple(str(step) for step in detail["loc"])
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, Contradiction):
        return where.of(*((*location, name) for name in error.settings))
    return where.of(location[:-1] if detail["type"] == "missing" else location)


def _sentence(path: Setting, detail: ErrorDetails, source: str) -> str:
    name = ".".join(path)
    if detail["type"] == "missing":
        name = ".".join(str(step) for step in detail["loc"][:-1])
    if detail["type"] == "extra_forbidden":
        advice = did_you_mean(name, [*_sections(), *setting_names()], '"{}"'.format)
        return f'Unknown setting "{name}" in {source}: {advice}'
    if detail["type"] == "value_error":
        return f"{name} {detail['ctx']['error']} ({source})."
    secret = path in {known for known, field in settings() if not field.repr}
    shown = "" if secret or detail["type"] == "missing" else _shown(detail["input"])
    return f"{name} {_must(detail)}{shown} ({source})."


def _must(detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if detail["type"] == "missing":
        return f"lacks {detail['loc'][-1]}"
    known = _MUST.get(detail["type"])
    if known is None:
        return f"cannot be used ({detail['msg']})"
    return known.format_map({key: _plain(value) for key, value in detail.get("ctx", {}).items()})


def _plain(value: Any) -> Any:
    return value.replace("'", '"') if isinstance(value, str) else value


def _shown(value: object) -> str:
    """What was given, unless it is a whole table or long."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    if isinstance(value, dict) or len(text) > _SHOWN_CHARACTERS:
        return ""
    return f", not {text}"


def _sections() -> list[str]:
    known = dict(settings())
    return [name for name in Config.model_fields if (name,) not in known and name != OWN]
