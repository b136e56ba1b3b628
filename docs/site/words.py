"""The reference of what is refused, and in which words; and of what a node writes into its log."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pages import ROOT

from realtime.dialects.base import Dialect
from realtime.dialects.contract import EXAMPLES
from realtime.domain import errors
from realtime.domain.errors import Refused

_LEVELS = ("debug", "info", "warning", "error", "exception")


def refusals(tables: Mapping[str, Dialect]) -> str:
    """A page of every refusal, in the words of each dialect and of the server API."""
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Refused) and kind is not Refused
    ]
    parts = ["# Every refusal", _REFUSED]
    for kind in sorted(kinds, key=lambda each: each.__name__):
        parts += _refusal(kind, tables)
    return "\n\n".join(parts) + "\n"


_REFUSED = (
    "What a call is answered, and an ack says, in the words of each dialect. Some calls have words"
    " of their own for one of these. A call whose token is missing or wrong is 401; who comes too"
    " often is 429 with `Retry-After`."
)


def _refusal(kind: type[Refused], tables: Mapping[str, Dialect]) -> Iterator[str]:
    yield f"## {kind.__name__}"
    yield (inspect.getdoc(kind) or "").replace("``", "`")
    rows = [row for name, table in tables.items() for row in _row(kind, name, table)]
    if rows:
        yield "\n".join(["| said by | status | body |", "|---|---|---|", *rows])


def _row(kind: type[Refused], name: str, table: Dialect) -> Iterator[str]:
    """Its line in a table, where that names it or one of its ancestors."""
    if not any(each in table.refuses for each in kind.__mro__):
        return
    refused = EXAMPLES.get(kind) or _made(kind)
    if refused is None:
        return
    status, _, body = table.refusal(refused)
    text = json.dumps(body, ensure_ascii=False).replace("|", "\\|")
    yield f"| `{name}` | {status} | `{text}` |"


def _made(kind: type[Refused]) -> Refused | None:
    try:
        return kind()
    except TypeError:
        return None


class Line(NamedTuple):
    """What is written somewhere, and with which fields."""

    event: str
    level: str
    fields: tuple[str, ...]
    module: str


def logs() -> str:
    """A page of every line that can stand in the log."""
    rows = (
        f"| {_code(line.event)} | {line.level} | {', '.join(f'`{each}`' for each in line.fields)} |"
        f" `{line.module}` |"
        for line in sorted(set(_lines()))
    )
    head = ["| line | level | with | written by |", "|---|---|---|---|"]
    return "\n\n".join(["# Every log line", _LOGGED, "\n".join([*head, *rows])]) + "\n"


_LOGGED = (
    "In JSON a line's name is `event`. Fields that several lines share (`socket`, `user`,"
    " `dialect`, `node`) stand in many of them besides. Nothing that people wrote, and no token or"
    " key, is in any."
)


def _code(text: str) -> str:
    """As code, with the backticks that it may have itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _lines() -> Iterator[Line]:
    for file in sorted((ROOT / "realtime").rglob("*.py")):
        module = file.relative_to(ROOT / "realtime").with_suffix("").as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (line := _line(node, module)) is not None:
                yield line


def _line(call: ast.Call, module: str) -> Line | None:
    """`log.info("name", field=…)`, as everything in the package writes it."""
    function: Any = call.func
    written = isinstance(function, ast.Attribute) and function.attr in _LEVELS
    if not written or not isinstance(function.value, ast.Name) or function.value.id != "log":
        return None
    named = tuple(word.arg for word in call.keywords if word.arg)
    event = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return Line(str(event), function.attr, named, module) if event is not None else None
