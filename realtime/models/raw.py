"""Queries that the ORM cannot say, written once for both databases."""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

DRAW = """
    SELECT nextval('positions_id_seq') AS position,
        pg_current_xact_id()::text::bigint AS committed_in
    FROM generate_series(1, $1)
"""
"""PostgreSQL's: so many positions."""

FIRST_POSITION = """
    INSERT INTO positions (id) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM positions)
"""
"""SQLite's: the row that holds the last position, where there is none yet."""

DRAW_POSITIONS = "UPDATE positions SET id = id + ? RETURNING id"
"""SQLite's: so many positions are taken; gives the last."""


async def places(count: int) -> tuple[list[int], int]:
    """So many positions for the journal, in order, and the transaction that takes them (or 0)."""
    connection = _current()
    if connection.capabilities.dialect == "postgres":
        drawn = await connection.execute_query_dict(DRAW, [count])
        return [row["position"] for row in drawn], drawn[0]["committed_in"]
    await connection.execute_query(FIRST_POSITION)
    (row,) = await connection.execute_query_dict(DRAW_POSITIONS, [count])
    last = int(row["id"])
    return list(range(last - count + 1, last + 1)), 0


async def rows(
    sql: str, *values: Any, connection: BaseDBAsyncClient | None = None
) -> list[dict[str, Any]]:
    """Run a query with ``?`` for its values; ids are passed as strings."""
    connection = connection or _current()
    if connection.capabilities.dialect == "postgres":
        numbers = count(1)
        sql = "".join(f"${next(numbers)}" if part == "?" else part for part in _split(sql))
    return [dict(row) for row in await connection.execute_query_dict(sql, list(values))]


def marks(values: Sequence[Any]) -> str:
    """As many ``?`` as there are values, for ``IN (…)``."""
    return ", ".join("?" * len(values))


def uuid_of(value: Any) -> UUID:
    """An id as the database gives it: SQLite keeps text."""
    return value if type(value) is UUID else UUID(str(value))


def as_json(value: Any) -> Any:
    """A value of any JSON type for a JSON column: Tortoise takes text for already encoded."""
    return orjson.dumps(value).decode() if isinstance(value, str) else value


def _current() -> BaseDBAsyncClient:
    """The one database's connection, or that of the transaction around us."""
    (connection,) = get_connections().all()
    return connection


def _split(sql: str) -> list[str]:
    parts: list[str] = []
    for piece in sql.split("?"):
        parts += [piece, "?"]
    return parts[:-1]
