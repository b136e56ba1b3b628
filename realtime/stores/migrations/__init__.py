"""Bringing a database to the schema of this version, and telling whether it has it.

The migrations are aerich's, a tree for each database: SQL is one database's words.
"""

import asyncio
from pathlib import Path

import asyncpg

from realtime.stores.migrations import sqlite
from realtime.stores.migrations.trees import BREAKING, versions
from realtime.stores.postgres.connection import Connection
from realtime.stores.urls import connection_options, is_sqlite, normalise

APPLIED = "SELECT version FROM aerich WHERE app = 'models' ORDER BY id"


class SchemaOlder(Exception):  # noqa: N818 - a state of the database, not an error of ours
    """The database lacks ``versions``."""

    def __init__(self, versions: list[str]) -> None:
        super().__init__(f"The database lacks {len(versions)} migrations: run `realtime migrate`.")
        self.versions = versions


class SchemaNewer(Exception):  # noqa: N818 - a state of the database, not an error of ours
    """A newer version of the server has applied ``versions``, and said that we would not cope."""

    def __init__(self, versions: list[str]) -> None:
        super().__init__(f"The database is too new for this version: {', '.join(versions)}.")
        self.versions = versions


async def migrate(url: str, data_dir: Path) -> list[str]:
    """Apply what is missing, and say what that was. Safe to call from several nodes at once.

    A SQLite file is migrated as a copy that takes its place when all went well; nobody else may
    have it open meanwhile, else ``InUse`` is raised. ``data_dir`` is made for it where it is not
    there; a server's database needs no file, and its node may run on a read-only disk.
    """
    if is_sqlite(normalise(url)):
        await asyncio.to_thread(data_dir.mkdir, mode=0o700, parents=True, exist_ok=True)
    if not await pending(url):
        return []
    # aerich and its command line take long to import, and hardly any start applies anything.
    from realtime.stores.migrations.apply import upgrade, upgrade_alone  # noqa: PLC0415

    if is_sqlite(normalise(url)):
        return await sqlite.migrate(url, pending, upgrade)
    return await upgrade_alone(url)


async def pending(url: str) -> list[str]:
    """The migrations that the database lacks, in order."""
    applied = await _applied(url)
    return [version for version in versions(url) if version not in applied]


async def check(url: str) -> None:
    """Whether this version of the server can serve this database.

    Raises SchemaOlder, and SchemaNewer if one of the migrations that we do not know says in its
    name that it breaks older versions.
    """
    applied, known = await _applied(url), versions(url)
    breaking = [version for version in applied if version not in known and BREAKING in version]
    if breaking:
        raise SchemaNewer(breaking)
    missing = [version for version in known if version not in applied]
    if missing:
        raise SchemaOlder(missing)


async def _applied(url: str) -> list[str]:
    url = normalise(url)
    if is_sqlite(url):
        return await asyncio.to_thread(sqlite.applied, url, APPLIED)
    connection = await asyncpg.connect(**connection_options(url), connection_class=Connection)
    try:
        return [version for (version,) in await connection.fetch(APPLIED)]
    except asyncpg.UndefinedTableError:  # nothing was ever applied
        return []
    finally:
        await connection.close()
