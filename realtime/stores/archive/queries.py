"""Data that lie in another database: what a file of queries finds there, as files of lines.

The file is TOML: where the database is, and for each kind of thing a query whose columns have the
names of that kind.
"""

import errno
import sqlite3
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from realtime.dialects.fields import MAX_INTEGER
from realtime.stores.archive.files import IN_JSON, File, NoKind
from realtime.stores.archive.kinds import KINDS
from realtime.stores.archive.ledger import NoRoom
from realtime.stores.urls import connection_options, is_sqlite, normalise, sqlite_path

PAGE = 1_000

SUFFIX = ".toml"

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The folder for temporary files has no more room."""

Rows = AsyncIterator[Mapping[str, Any]]


async def dumped(queries: Path, folder: Path) -> list[File]:
    """Run the queries of a file and keep what they find in a folder, a file for each kind.

    Raises NoKind, in a sentence, and OSError.
    """
    url, wanted = read(queries)
    return [await _dump(queries, url, kind, query, folder) for kind, query in wanted.items()]


def read(queries: Path) -> tuple[str, dict[str, str]]:
    """Where a file of queries says that the data are, and its query for each kind.

    Raises NoKind.
    """
    try:
        given = tomllib.loads(queries.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoKind(f"{queries} is no TOML ({error}).") from None
    url = given.pop("url", None)
    if not isinstance(url, str):
        raise NoKind(f'{queries} does not say where the data are: url = "postgres://…".')
    for kind, section in given.items():
        if kind not in KINDS:
            raise NoKind(f"{queries}: [{kind}] is none of {', '.join(KINDS)}.")
        if not isinstance(section, dict) or not isinstance(section.get("query"), str):
            raise NoKind(f'{queries}: [{kind}] has no query = "SELECT …".')
    if not given:
        raise NoKind(f"{queries} has no query: name one of {', '.join(KINDS)} in brackets.")
    return url, {kind: section["query"] for kind, section in given.items()}


async def _dump(queries: Path, url: str, kind: str, query: str, folder: Path) -> File:
    path = folder / f"{kind}.jsonl"
    try:
        with path.open("wb") as file:
            async for row in _rows(url, query):
                file.write(orjson.dumps(_line(row), option=orjson.OPT_APPEND_NEWLINE))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise NoRoom(error.strerror or "full") from None
        why = str(error).partition("\n")[0] or type(error).__name__
        raise NoKind(f"{queries}: [{kind}] finds nothing ({why}).") from None
    except ValueError as error:
        raise NoKind(f"{queries}: [{kind}]: {error}") from None
    return File(path, kind, f"{queries}, [{kind}], row")


async def _rows(url: str, query: str) -> Rows:
    if is_sqlite(normalise(url)):
        for row in _sqlite(Path(sqlite_path(normalise(url))), query):
            yield row
        return
    connection = await asyncpg.connect(**connection_options(normalise(url)))
    try:
        async with connection.transaction(readonly=True):
            async for row in connection.cursor(query, prefetch=PAGE):
                yield row
    finally:
        await connection.close()


def _sqlite(path: Path, query: str) -> Any:
    """Read only, so that a wrong name makes no empty file."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        found = database.execute(query)
        names = [column[0] for column in found.description or ()]
        for row in found:
            yield dict(zip(names, row, strict=True))


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in row.items() if value is not None}


def _plain(name: str, value: Any) -> Any:
    """A database's value as JSON has it. Raises ValueError for one that it has not."""
    if isinstance(value, str) and (name in IN_JSON or name == "participant_ids"):
        return orjson.loads(value)
    if isinstance(value, list):  # an array, of UUIDs or numeric, too
        return [None if each is None else _plain("", each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, bytes):
        raise ValueError(f"{name} has bytes, and nothing here takes them.")
    return value if isinstance(value, str | int | float | bool) else str(value)


def _number(value: Decimal) -> int | float | str:
    """As text where JSON would not have it as it is: a long id, and what is no number."""
    if not value.is_finite():
        return str(value)
    if value != value.to_integral_value():
        return float(value)
    return int(value) if abs(value) <= MAX_INTEGER else str(int(value))
