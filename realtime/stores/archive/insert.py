"""Many rows in one statement, on either database: they travel as one JSON text."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from realtime.models.raw import rows


def source(columns: Mapping[str, str], connection: BaseDBAsyncClient) -> str:
    """What stands behind FROM for rows with these columns, by their types in PostgreSQL's words.

    Their JSON is the query's next value.
    """
    if connection.capabilities.dialect == "postgres":
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
    """Insert rows that have the same columns; gives a row for each that was."""
    if not given:
        return []
    columns = _columns(model, given[0])
    names = ", ".join(f'"{name}"' for name in columns)
    return await rows(
        f"INSERT INTO {model._meta.db_table} ({names})"  # noqa: S608 - names of ours
        f" SELECT {names} FROM {source(columns, connection)} WHERE {where}"
        f" ON CONFLICT {conflict} RETURNING {returning} AS returned",
        as_text(given),
        connection=connection,
    )


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
