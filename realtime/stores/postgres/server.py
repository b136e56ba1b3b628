"""What a PostgreSQL server is like: asked once, before the first connection is used for anything.

With one extra connection that prepares nothing, so that it works whatever stands in between.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import asyncpg

from realtime.stores.postgres.connection import Connection

ASKED = """
    SELECT pg_backend_pid() AS pid, current_setting('server_encoding') AS encoding,
        current_setting('default_transaction_isolation') AS isolation,
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int AS most,
        pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS read_only
"""

IDLE_IN_TRANSACTION = "5s"
"""How long a transaction of ours may ask for nothing: its wire may have been cut without a word,
and its locks would be kept until the system finds out, which takes hours."""


class Unusable(Exception):  # noqa: N818 - a state of the database, not an error of ours
    """A sentence: why this database cannot be used as it is, and the way out."""


class Server(NamedTuple):
    """What stands behind a URL."""

    encoding: str
    isolation: str
    """What a transaction gets that asks for nothing: ``read committed`` unless it was changed."""
    pooled: bool
    """Whether a pooler (PgBouncer and its like) stands between: the server's process is another
    than the one that answered. It may hand each transaction to another connection of its own, which
    knows no statement that was prepared before, and it refuses settings of a session."""

    read_only: bool
    """Whether it takes no writes: a replica, or told so."""

    most: int
    """How many connections it lets in, of everybody together."""

    def check(self, database: str | None) -> None:
        """Raises Unusable."""
        if self.encoding != "UTF8":
            raise Unusable(
                f"The database {database} is encoded as {self.encoding}, which cannot hold every "
                f"text: make another with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
            )
        if self.pooled and self.isolation != "read committed":
            raise Unusable(
                f"Behind a pooler the default_transaction_isolation must be read committed, not "
                f"{self.isolation}: change it with ALTER ROLE … SET, or connect past the pooler."
            )

    def settings(self) -> dict[str, str]:
        """What to ask of each session. A pooler would refuse them, and needs none."""
        if self.pooled:
            return {}
        return {
            "default_transaction_isolation": "read committed",
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
            # Our longest statement looks into thousands of indexes: compiled, it takes 170 ms more.
            "jit": "off",
        }


async def ask(options: Mapping[str, Any]) -> Server:
    """Connect as ``options`` say and look. Raises what connecting raises, and Unusable."""
    given = {**options, "statement_cache_size": 0, "connection_class": Connection}
    try:
        connection = await asyncpg.connect(**given)
    except asyncpg.ProtocolViolationError as error:
        if "startup parameter" not in str(error):
            raise
        raise Unusable(
            f"A pooler stands before the database and refuses `schema` and `options` in "
            f"DATABASE_URL ({error}): leave them out, and use ALTER ROLE … SET search_path instead."
        ) from error
    try:
        row = await connection.fetchrow(ASKED)
        pooled = row["pid"] != connection.get_server_pid()
        return Server(row["encoding"], row["isolation"], pooled, row["read_only"], row["most"])
    finally:
        await connection.close()
