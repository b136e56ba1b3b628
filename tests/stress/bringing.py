"""An import that is killed again and again: `python -m tests.stress.bringing [CONVERSATIONS]`.

So many conversations of five messages are imported into PostgreSQL once without a break, and once
by processes that are killed by SIGKILL: while they check the files, and whenever another part of
the messages is stored. Both databases must have the very same rows in the end, and a last import
nothing to add. Ends with 1 if they have not.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from tests.nodes import command, environment, migrate
from tests.servers.postgres import Postgres
from tests.servers.running import Running
from tests.stores.archives import many, written

KILLS = 6
LOOK = 0.02
LONG = 600

KEPT = {
    "users": "*",
    "conversations": "*",
    "participants": "conversation_id, user_id, read_seq, joined_at",  # its id is made anew
    "messages": "*",
    "notifications": "*",
}

DIGEST = """
    SELECT count(*) || ' ' || coalesce(md5(string_agg(row, '' ORDER BY row)), '')
    FROM (SELECT md5(r::text) AS row FROM (SELECT {columns} FROM {table}) AS r) AS rows
"""


async def digests(url: str) -> dict[str, str]:
    """Of each table how many rows it has, and what is in them."""
    connection = await asyncpg.connect(url)
    try:
        return {
            table: await connection.fetchval(DIGEST.format(columns=columns, table=table))
            for table, columns in KEPT.items()
        }
    finally:
        await connection.close()


class Bringing:
    """Imports of one folder into one database."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def begun(self) -> Running:
        variables = environment(self._folder, self._url, {})
        return command("import", str(self._folder / "old"), variables=variables)

    async def whole(self) -> list[str]:
        """Without a break; what it says."""
        running = self.begun()
        assert await running.ends(LONG) == 0, running.lines
        return list(running.lines)

    async def killed_at(self, messages: int) -> int:
        """Killed as soon as so many messages are stored; how many there were then."""
        connection = await asyncpg.connect(self._url)
        running = self.begun()
        try:
            stored = -1
            while stored < messages and running.child.poll() is None:
                await asyncio.sleep(LOOK)
                stored = await connection.fetchval("SELECT count(*) FROM messages")
            running.kill()
            return int(await connection.fetchval("SELECT count(*) FROM messages"))
        finally:
            await connection.close()


async def run(conversations: int, folder: Path) -> int:
    """Both imports, and whether they came to the same; the exit code."""
    postgres, given = Postgres(), many(conversations)
    total = len(given["messages"])
    written(folder / "old", **given)
    try:
        urls = [await postgres.create() for _ in range(2)]
        for url in urls:
            migrate(folder, url)
        began = time.monotonic()
        await Bringing(folder, urls[0]).whole()
        print(f"{total:,} messages in {time.monotonic() - began:.1f} s without a break")
        killed = Bringing(folder, urls[1])
        at = [await killed.killed_at(total * n // KILLS) for n in range(KILLS)]
        print("killed when these were stored: " + ", ".join(f"{stored:,}" for stored in at))
        await killed.whole()
        last = next(line for line in await killed.whole() if line.startswith("messages"))
        once, again = [await digests(url) for url in urls]
        differ = [table for table, digest in once.items() if again[table] != digest]
        print(f"then {last}; " + (f"{differ} differ" if differ else "all rows are the same"))
        return int(bool(differ) or not last.startswith("messages: 0 imported"))
    finally:
        postgres.close()


def main() -> None:
    """Run it with so many conversations, 20 000 where no number is given."""
    conversations = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(conversations, Path(folder))))


if __name__ == "__main__":
    main()
