"""The database before the server runs: is it there, and has it today's schema?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from urllib.parse import urlsplit

from asyncpg import InterfaceError, PostgresError
from tortoise.exceptions import BaseORMException

from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.reasons import plainly
from realtime.stores import migrations
from realtime.stores.migrations.sqlite import InUse
from realtime.stores.postgres.server import Server, Unusable, ask
from realtime.stores.urls import connection_options, is_sqlite, sqlite_path

_RAISED = (
    *(OSError, PostgresError, InterfaceError, SqliteError, BaseORMException),
    UnicodeError,  # a host that no resolver can be asked for
)


async def migrate(config: Config) -> list[str]:
    """Bring the schema up to date; the names of what was applied. Raises CannotStartError."""
    await look(config)
    with told(config):
        return await migrations.migrate(config.database, config.data_dir)


async def look(config: Config) -> Server | None:
    """What a PostgreSQL server is like; None for SQLite. Raises CannotStartError for one that
    cannot be used as it is."""
    if sqlite_file(config) is not None:
        return None
    options = connection_options(config.database)
    with told(config):
        server = await ask(options)
        server.check(options["database"])
    return server


async def pending(config: Config) -> list[str]:
    """The names of migrations that the database lacks. Raises CannotStartError."""
    with told(config):
        return await migrations.pending(config.database)


async def prepare(config: Config) -> list[str]:
    """What `serve` does first: SQLite migrates by itself, PostgreSQL must have been migrated.

    Raises CannotStartError for a schema that this version cannot serve.
    """
    applied = await migrate(config) if sqlite_file(config) is not None else []
    await look(config)
    with told(config):
        await migrations.check(config.database)
    return applied


def outdated(lacking: list[str]) -> str:
    """Why an older schema is refused, and the way out."""
    count = f"{len(lacking)} migration" + ("s" if len(lacking) > 1 else "")
    return f"The database's schema is older than this version ({count}): run: realtime migrate"


def sqlite_file(config: Config) -> Path | None:
    """The file of an SQLite database; None for a server."""
    return Path(sqlite_path(config.database)) if is_sqlite(config.database) else None


def is_made(config: Config) -> bool:
    """Whether the file of an SQLite database is there; a server's counts as made. Raises
    CannotStartError for a path that is too long, or where this user may not look."""
    file = sqlite_file(config)
    with told(config):
        return file is None or file.exists()


def place(config: Config) -> str:
    """Where the database is, without its password."""
    file = sqlite_file(config)
    if file is not None:
        return f"SQLite in {file}"
    parts = urlsplit(config.database)
    return f"PostgreSQL at {parts.hostname}:{parts.port or 5432}{parts.path}"


@contextmanager
def told(config: Config) -> Iterator[None]:
    """Turn what drivers raise into one sentence with the way out."""
    try:
        yield
    except migrations.SchemaOlder as error:
        raise CannotStartError(outdated(error.versions)) from error
    except (migrations.SchemaNewer, InUse, Unusable) as error:
        raise CannotStartError(str(error)) from error
    except _RAISED as error:
        where = config.called("database_url" if config.database_url else "data_dir")
        raise CannotStartError(
            f"The database cannot be used, {place(config)} ({plainly(error)}): check {where}."
        ) from error
