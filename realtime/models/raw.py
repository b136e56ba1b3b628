"""Queries that the ORM cannot say, written once for both databases."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
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

NEWEST = """
    SELECT id FROM {table} INDEXED BY {index} WHERE {condition} AND id < ? ORDER BY id DESC LIMIT ?
"""

LAST = UUID(int=2**128 - 1)
"""No id is greater."""


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


WORDS = {
    "postgres": {
        "IN uuids(?)": "= ANY(?::uuid[])",
        "IN texts(?)": "= ANY(?::text[])",
        "IN texts(?1)": "= ANY(?1::text[])",
        "array_of(": "json_agg(",
        "pairs(?, ?)": "unnest(?::text[], ?::text[]) AS pair (low, high)",
    },
    "sqlite": {
        "IN uuids(?)": "IN (SELECT value FROM json_each(?))",
        "IN texts(?)": "IN (SELECT value FROM json_each(?))",
        "IN texts(?1)": "IN (SELECT value FROM json_each(?1))",
        "array_of(": "json_group_array(",
        "pairs(?, ?)": (
            "(SELECT one.value AS low, other.value AS high"
            " FROM json_each(?) one JOIN json_each(?) other ON other.key = one.key) AS pair"
        ),
        "FOR UPDATE SKIP LOCKED": "",
        "FOR SHARE": "",
    },
}
"""What each database calls one of a list, and a list that it makes; SQLite, with its one writer,
has no locks of rows."""

NUMBERED = re.compile(r"\?(\d)")
"""A value by its number, for queries that use one more than once: SQLite's own way to say it."""

INDEXED_BY = re.compile(r"INDEXED BY \w+")
"""Said to SQLite only, which has no statistics: it takes any index for as good as another."""


async def rows(
    sql: str, *values: Any, connection: BaseDBAsyncClient | None = None
) -> list[dict[str, Any]]:
    """Run a query with ``?``, or ``?1`` to ``?9``, for its values; ids are passed as strings.

    ``IN uuids(?)`` and ``IN texts(?)`` take a list for one value: the text of the query, and so its
    plan, stays as it is. ``FROM pairs(?, ?)`` is the table ``pair`` of two lists, ``low`` and
    ``high``. ``list_of`` reads what ``array_of(…)`` gives.
    """
    connection = connection or _current()
    dialect = connection.capabilities.dialect
    for ours, theirs in WORDS[dialect].items():
        sql = sql.replace(ours, theirs)
    if dialect == "postgres":
        numbers, sql = count(1), NUMBERED.sub(r"$\1", INDEXED_BY.sub("", sql))
        sql = "".join(f"${next(numbers)}" if part == "?" else part for part in _split(sql))
        given = list(values)
    else:
        given = [_in_sqlite(each) for each in values]
    return [dict(row) for row in await connection.execute_query_dict(sql, given)]


async def newest(
    table: str, condition: str, index: str, *, before: UUID | None, most: int
) -> list[UUID]:
    """The ids of rows for which a condition holds, by the index that has only those: up to
    ``most``, the newest first, older than one."""
    sql = NEWEST.format(table=table, condition=condition, index=index)
    return [uuid_of(row["id"]) for row in await rows(sql, str(before or LAST), most)]


async def lists_of(sql: str, keys: Sequence[str]) -> list[list[str]]:
    """For each of these, in their order, all that the query has for it: its rows are ``whose`` and
    ``id``, and its value are the keys."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in await rows(sql, list(keys)):
        found[row["whose"]].append(row["id"])
    return [found[each] for each in keys]


def on_postgres() -> bool:
    """Whether queries go to PostgreSQL, and not to SQLite."""
    return str(_current().capabilities.dialect) == "postgres"


def in_a_transaction() -> bool:
    """Whether queries go to a transaction around us, and to no other connection."""
    return isinstance(_current(), TransactionalDBClient)


def list_of(found: str) -> list[Any]:
    """What ``array_of(…)`` gave."""
    return list(orjson.loads(found))


def uuid_of(value: Any) -> UUID:
    """An id as the database gives it: SQLite keeps text."""
    return value if type(value) is UUID else UUID(str(value))


def time_of(value: Any) -> datetime | None:
    """A time as the database gives it, in UTC: SQLite keeps text."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return None if at is None else at.astimezone(UTC)


def as_json(value: Any) -> Any:
    """A value of any JSON type for a JSON column: Tortoise takes text for already encoded."""
    return orjson.dumps(value).decode() if isinstance(value, str) else value


def _in_sqlite(value: Any) -> Any:
    """A value as Tortoise stores it there; a list as ``json_each`` takes it."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return orjson.dumps(value).decode() if type(value) is list else value


def _current() -> BaseDBAsyncClient:
    """The one database's connection, or that of the transaction around us."""
    (connection,) = get_connections().all()
    return connection


def _split(sql: str) -> list[str]:
    parts: list[str] = []
    for piece in sql.split("?"):
        parts += [piece, "?"]
    return parts[:-1]
