"""A disk without room: it is said by the error's code, and over as soon as there is room again."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import OperationalError

from realtime.models import User
from realtime.stores.database import Database
from realtime.stores.writer import StorageFailed
from tests.stores.chat import Chat


async def filled(database: Database, *, statement: bool) -> None:
    """Write until there is no room left, statement by statement or with the writer."""
    await database.client.execute_query("PRAGMA max_page_count = 120")
    chat = Chat(database)
    pair = await chat.between("ada", "bob")

    async def write_on() -> None:
        for n in range(10_000):
            if statement:
                await User.create(id=f"u{n}", name="x" * 200)
            else:
                await chat.send(pair, "ada", "x" * 2000)

    with pytest.raises(OperationalError if statement else StorageFailed):
        await write_on()
    await chat.writer.stop()


@pytest.mark.parametrize("statement", [True, False])
async def test_a_full_disk_is_told_by_its_code_until_there_is_room(
    tmp_path: Path, statement: bool
) -> None:
    async with await Database.open(f"sqlite://{tmp_path}/full.db") as database:
        await database.create_tables()
        with capture_logs() as logged:
            await filled(database, statement=statement)

            assert await database.condition() == "full"
            assert await database.condition() == "full"
            assert await User.get(id="ada")  # reading goes on

            await database.client.execute_query("PRAGMA max_page_count = 4294967294")
            assert await database.condition() is None

        said = [(line["event"], line.get("error")) for line in logged]
        expected = [("database_full", "SQLITE_FULL"), ("database_has_room", None)]
        assert [line for line in said if line[0].startswith("database")] == expected
        stored = [error for event, error in said if event == "message_not_stored"]
        assert stored == ([] if statement else ["SQLITE_FULL"])
