"""Many rows in one statement, on either database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.fields import DatetimeField
from tortoise.models import Model

from realtime.models.raw import on_postgres, rows
from realtime.stores.hooks import connection_of


def source(columns: Mapping[str, str]) -> str:
    """What stands behind FROM for rows with these columns, by their types in PostgreSQL's words.

    Their JSON is the query's next value.
    """
    if on_postgres():
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return f"json_to_recordset(?::json) AS r({typed})"
    picked = ", ".join(f"{_picked(name, kind)} AS {name}" for name, kind in columns.items())
    return f"(SELECT {picked} FROM json_each(?)) AS r"  # noqa: S608 - names of ours


async def insert(
    model: type[Model],
    given: Sequence[Mapping[str, Any]],
    connection: BaseDBAsyncClient,
    *,
    where: str = "true",
    conflict: str = "DO NOTHING",
    returning: str = "1",
) -> list[dict[str, Any]]:
    """Insert rows that have the same columns, and travel as one JSON text; gives a row for each
    that was not there."""
    if not given:
        return []
    columns = _columns(model, given[0])
    names = ", ".join(f'"{name}"' for name in columns)
    return await rows(
        f"INSERT INTO {model._meta.db_table} ({names})"  # noqa: S608 - names of ours
        f" SELECT {names} FROM {source(columns)} WHERE {where}"
        f" ON CONFLICT {conflict} RETURNING {returning} AS returned",
        as_text(given),
        connection=connection,
    )


async def append(
    model: type[Model], given: Sequence[Mapping[str, Any]], transaction: TransactionalDBClient
) -> None:
    """Insert rows that have the same columns, and of which none can be there: the shortest way.

    Values are as SQLite keeps them: ids, times and JSON as text.
    """
    if not given:
        return
    table, names, connection = model._meta.db_table, list(given[0]), connection_of(transaction)
    columns = [[row[name] for row in given] for name in names]
    if on_postgres():
        typed = [_typed(model, *each) for each in zip(names, columns, strict=True)]
        records = zip(*typed, strict=True)
        await connection.copy_records_to_table(table, records=records, columns=names)
        return
    marks = ", ".join("?" * len(names))
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of ours
    await connection.executemany(sql, zip(*columns, strict=True))


def _typed(model: type[Model], name: str, values: list[Any]) -> list[Any]:
    """COPY's: a time is no text."""
    if not isinstance(model._meta.fields_map[name], DatetimeField):
        return values
    return [at and datetime.fromisoformat(at) for at in values]


def as_text(given: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the one value of a query."""
    return orjson.dumps(given, default=str).decode()


def _columns(model: type[Model], row: Mapping[str, Any]) -> dict[str, str]:
    fields = model._meta.fields_map
    return {name: str(fields[name].get_for_dialect("postgres", "SQL_TYPE")) for name in row}


def _picked(name: str, kind: str) -> str:
    """SQLite's: a column of JSON keeps a text with its quotation marks."""
    if kind == "JSONB":
        return f"nullif(value -> '$.{name}', 'null')"
    return f"json_extract(value, '$.{name}')"
