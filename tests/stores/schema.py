"""What a database says of its own tables, in a form that two ways of making them share."""

from __future__ import annotations

from typing import Any

from realtime.stores.database import Database

Schema = dict[str, set[tuple[Any, ...]]]

COLUMNS = """
    SELECT table_name, column_name, udt_name, character_maximum_length, is_nullable
    FROM information_schema.columns WHERE table_schema = 'public'
"""

INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""

COMMENTS = """
    SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c
    ON c.oid = d.objoid WHERE c.relnamespace = 'public'::regnamespace
"""


OTHERS = ("sqlite_sequence",)
"""Tables that come with aerich's."""


async def described(database: Database) -> Schema:
    """Columns (name, type, nullability), keys, indexes and comments, without aerich's table."""
    read = _postgres if database.dialect == "postgres" else _sqlite
    schema = await read(database)
    return {
        part: {row for row in rows if row[0] not in OTHERS and "aerich" not in row[0]}
        for part, rows in schema.items()
    }


async def _rows(database: Database, query: str) -> set[tuple[Any, ...]]:
    _, rows = await database.client.execute_query(query)
    return {tuple(dict(row).values()) for row in rows}


async def _postgres(database: Database) -> Schema:
    return {
        "columns": await _rows(database, COLUMNS),
        "indexes": await _rows(database, INDEXES),
        "keys": await _rows(database, CONSTRAINTS),
        "comments": await _rows(database, COMMENTS),
    }


async def _sqlite(database: Database) -> Schema:
    tables = [name for (name,) in await _rows(database, "SELECT name FROM sqlite_master")]
    schema: Schema = {"columns": set(), "indexes": set(), "keys": set()}
    for table in tables:
        for part, pragma in (("columns", "table_info"), ("keys", "foreign_key_list")):
            rows = await _rows(database, f'PRAGMA {pragma}("{table}")')
            schema[part] |= {(table, *row[1:]) for row in rows}  # row[0] counts in order
        for _, name, *about in await _rows(database, f'PRAGMA index_list("{table}")'):
            columns = await _rows(database, f'PRAGMA index_info("{name}")')
            # Not where a column stands in its table: one that was added later stands at the end.
            named = sorted((place, column) for place, _, column in columns)
            schema["indexes"].add((table, name, *about, *named))
    return schema
