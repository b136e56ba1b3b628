"""Files of lines: JSON, or CSV with a line of names at its top."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from realtime.stores.archive.kinds import KINDS

SUFFIXES = (".jsonl", ".ndjson", ".csv")

IN_JSON = {"participantIds", "attachments", "data"}
"""Columns of a CSV file whose values are JSON."""

Progress = Callable[[int], object]
"""Told of so many more lines."""

csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file; ``given`` is what it says, or the sentence about why it cannot be read."""

    file: "File"
    number: int
    given: dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class File:
    """One file of one kind; ``called`` is what its lines are called, where not by its name."""

    path: Path
    kind: str
    called: str | None = None

    def place(self, line: int) -> str:
        """Where a line stands, as it is told."""
        return f"{self.called or f'{self.path}, line'} {line}"

    def lines(self) -> Iterator[Line]:
        """Each line, by its number in the file; what is empty is left out.

        Raises OSError for a file that cannot be read.
        """
        read = _csv if self.path.suffix == ".csv" else _json
        return (Line(self, number, given) for number, given in read(self.path))

    def length(self) -> int:
        """About how many lines there are. Raises OSError."""
        with self.path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


class NoKind(Exception):  # noqa: N818 - told to whoever named the file
    """A file of which nobody can say what it has."""


def found(paths: Sequence[Path], others: Sequence[File] = ()) -> list[File]:
    """The files that are named, those in the folders that are, and others; by their kinds' order.

    Raises NoKind, OSError.
    """
    named = [file for path in paths for file in (_inside(path) if path.is_dir() else [_of(path)])]
    files = [*named, *others]
    order = list(KINDS)
    return sorted(files, key=lambda file: order.index(file.kind))


def _inside(folder: Path) -> list[File]:
    named = [
        File(path, path.stem)
        for path in sorted(folder.iterdir())
        if path.stem in KINDS and path.suffix in SUFFIXES
    ]
    if not named:
        raise NoKind(
            f"{folder} has no file to import: they are called {', '.join(KINDS)} and end in"
            " .jsonl or .csv."
        )
    return named


def _of(path: Path) -> File:
    path.stat()  # of what is not there, its name is not what is wrong
    if path.stem not in KINDS or path.suffix not in SUFFIXES:
        raise NoKind(
            f"{path} does not say what it has: call it one of {', '.join(KINDS)}, with .jsonl or"
            " .csv at the end."
        )
    return File(path, path.stem)


def _json(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                # As Windows begins a file.
                yield number, _object(line.removeprefix(BOM_UTF8) if number == 1 else line)


def _object(line: bytes) -> dict[str, Any] | str:
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"this is no JSON ({error.msg})" if line.isascii() else "this is no JSON in UTF-8"
    return _named(given) if isinstance(given, dict) else "a line is a JSON object: {…}"


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    # Half a character becomes one that no database takes, and is told of its line.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        names: list[str] = []
        for number, row in _rows(text):
            if isinstance(row, str):
                yield number, row
            elif not names:
                names = [camel(name.strip()) for name in row]
            elif row:
                yield number, _record(names, row)


def _rows(text: Iterable[str]) -> Iterator[tuple[int, list[str] | str]]:
    """Strictly read: a quotation mark that nobody closes would make one value of all the rest."""
    rows = csv.reader(text, strict=True)
    row: list[str] | str | None = []
    while row is not None:
        began = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            row = f"this is no CSV ({error}): see its quotation marks, each inside a value is two"
        if row is not None:
            yield began, row


def _record(names: Sequence[str], row: Sequence[str]) -> dict[str, Any] | str:
    if len(row) != len(names):
        return f"{len(row)} values where the first line names {len(names)}"
    given: dict[str, Any] = {}
    for name, value in zip(names, row, strict=True):
        if value != "":
            try:
                given[name] = json.loads(value) if name in IN_JSON else value
            except (ValueError, RecursionError):
                return f"{name}: this is no JSON"
    return given


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    """By the names that we use; null is as if it were not there."""
    return {camel(name): value for name, value in given.items() if value is not None}


@cache
def camel(name: str) -> str:
    """``sender_id`` as ``senderId``."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others) if first else name
