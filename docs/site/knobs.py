"""The reference of settings, from config.example.toml, and of commands, from
the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import typer
from pages import ROOT

from realtime.cli import app
from realtime.config.settings import setting_names

_SECTION = re.compile(r"\[([a-z_.]+)\]")
_SETTING = re.compile(r'(#: )?([a-z_.]+|"[^"]+") = (.+)')


_NAMES = set(setting_names())


class Entry(NamedTuple):
    """A setting of the example, with what is said of it and of those behind it."""

    name: str
    value: str
    given: bool
    about: str


def settings() -> str:
    """A page of every setting."""
    entries = list(_entries((ROOT / "config.example.toml").read_text(encoding="utf-8")))
    parts = ["# Every setting", _ABOUT]
    section = None
    for entry in entries:
        table = entry.name.rpartition(".")[0]
        if table != section:
            section = table
            parts.append(f"## {f'[{table}]' if table else 'At the top'}")
        parts += _described(entry)
    return "\n\n".join(parts) + "\n"


_ABOUT = (
    "With its default, and the variable that sets it. A setting without a default shows an example."
    " [Settings](/settings.md) says how files and variables go together."
)


def _described(entry: Entry) -> Iterator[str]:
    variable = "REALTIME_" + entry.name.replace(".", "__").upper()
    yield f"### `{entry.name}`"
    yield f"{'Default' if entry.given else 'None; such as'} `{entry.value}` · `{variable}`"
    if entry.about:
        yield entry.about


def _entries(text: str) -> Iterator[Entry]:
    """A comment is about the settings behind it, up to the next empty line or comment."""
    table, about, waiting = "", list[str](), False
    for line in text.splitlines():
        if found := _SECTION.fullmatch(line):
            table, about = f"{found[1]}.", []
        elif found := _SETTING.fullmatch(line):
            yield _entry(table, found, "\n".join(about))
            waiting = True
        elif line.startswith("#"):
            about, waiting = ([] if waiting else about), False
            about.append(_escaped(line.removeprefix("#").strip()))
        elif not line:
            about = []


def _entry(table: str, found: re.Match[str], about: str) -> Entry:
    """In a table that is a map, the map is the setting, and the line one entry of it."""
    mark, name, value = found.groups()
    before, _, last = name.rpartition(".") if not name.startswith('"') else ("", "", name)
    if (whole := f"{table}{before}".rstrip(".")) in _NAMES:
        return Entry(whole, f"{{ {last} = {value} }}", not mark, about)
    return Entry(table + name, value, not mark, about)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("__", "\\_\\_")


def commands() -> str:
    """A page of every command."""
    group: Any = typer.main.get_command(app)
    parts = ["# Every command", *_commands(group, "realtime")]
    return "\n\n".join(parts) + "\n"


def _commands(command: Any, name: str) -> Iterator[str]:
    for word, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(inner, f"{name} {word}")
    if hasattr(command, "commands") and not command.invoke_without_command:
        return
    yield f"## `{name}`"
    yield _escaped(command.help or "")
    rows = [_option(each) for each in command.params if each.name != "help"]
    if rows:
        yield "\n".join(["| option | what for |", "|---|---|", *rows])


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    about = _escaped(getattr(option, "help", None) or "").replace("|", "\\|").replace("\n", " ")
    return f"| {names} | {about} |"
