"""Servers that are not as we would set them up: behind a pooler, crowded, strict, badly encoded."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from tortoise.transactions import in_transaction

from realtime.models import User
from realtime.stores import migrations
from realtime.stores.archive import pages
from realtime.stores.database import Database
from realtime.stores.postgres.server import Unusable
from tests.servers.postgres import Postgres, renamed
from tests.stores.archives import brought, many, written
from tests.stores.chat import Chat, stored_seqs, without_gaps


async def renamed_by_everybody() -> None:
    """Transactions and statements of many kinds, all at once."""

    async def rename(n: int) -> None:
        async with in_transaction():
            user = await User.get(id=f"u{n}")
            user.name = f"No. {n}"
            await user.save()
        assert await User.filter(id=f"u{n}", name=f"No. {n}").exists()

    await User.bulk_create([User(id=f"u{n}") for n in range(64)])
    await asyncio.gather(*(rename(n) for n in range(64)))
    assert await User.filter(name__startswith="No.").count() == 64


async def test_behind_a_pooler_everything_works_by_a_plain_url(
    pooled_url: str, tmp_path: Path
) -> None:
    assert await migrations.migrate(pooled_url, tmp_path)
    assert await migrations.migrate(pooled_url, tmp_path) == []

    async with await Database.open(pooled_url) as database:
        chat, other = Chat(database), Chat(database)
        pair = await chat.between("ada", "bob")
        answers, more, _ = await asyncio.gather(
            chat.send_all(chat.draft(pair, "ada", client_id=str(n % 90)) for n in range(100)),
            other.send_all(other.draft(pair, "bob") for _ in range(100)),
            renamed_by_everybody(),
        )
        for node in (chat, other):
            await node.writer.stop()

        assert sum(answer.fresh for answer in answers) == 90
        assert all(answer.fresh for answer in more)
        assert await stored_seqs(pair) == without_gaps(190)
        assert await database.condition() is None


async def test_an_import_goes_through_a_pooler(
    pooled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 20)
    await migrations.migrate(pooled_url, tmp_path)
    folder, given = tmp_path / "old", many(40)
    async with await Database.open(pooled_url) as database:
        _, new = await brought(database, written(folder, **given))
        _, again = await brought(database, folder)

    assert (new["messages"], sum(again.values())) == (len(given["messages"]), 0)


async def test_what_a_pooler_refuses_is_a_sentence(pooled_url: str) -> None:
    with pytest.raises(Unusable, match="ALTER ROLE … SET search_path"):
        await Database.open(f"{pooled_url}?schema=chat")


async def test_a_strict_database_behind_a_pooler_is_a_sentence(
    pooled_url: str, postgres: Postgres
) -> None:
    await strict(postgres, pooled_url)

    with pytest.raises(Unusable, match="must be read committed, not serializable"):
        await Database.open(pooled_url)


async def test_a_strict_database_is_asked_for_read_committed(
    postgres_url: str, postgres: Postgres
) -> None:
    await strict(postgres, postgres_url)
    async with await Database.open(postgres_url) as database:
        await database.create_tables()
        await User.create(id="ada", name="0")

        async def count_up() -> None:
            async with in_transaction():
                user = await User.filter(id="ada").select_for_update().get()
                await User.filter(id="ada").update(name=str(int(user.name or 0) + 1))

        await asyncio.gather(*(count_up() for _ in range(20)))

        assert (await User.get(id="ada")).name == "20"


async def strict(postgres: Postgres, url: str) -> None:
    name = urlsplit(url).path[1:]
    await postgres.execute(
        f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'"
    )


@pytest.fixture
async def small_plan(postgres_url: str, postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a role that may have three connections."""
    role, database = f"small_{secrets.token_hex(4)}", urlsplit(postgres_url).path[1:]
    await postgres.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 3")
    await postgres.execute(f'ALTER DATABASE "{database}" OWNER TO {role}')
    parts = urlsplit(postgres_url)
    yield urlunsplit(parts._replace(netloc=f"{role}@{parts.hostname}:{parts.port}"))
    await postgres.drop(postgres_url)
    await postgres.execute(f"DROP ROLE {role}")


async def test_a_role_with_fewer_connections_than_the_pool_waits(
    small_plan: str, tmp_path: Path
) -> None:
    await migrations.migrate(small_plan, tmp_path)
    async with await Database.open(small_plan) as database:
        chat = Chat(database)
        pair = await chat.between("ada", "bob")

        answers, _ = await asyncio.gather(
            chat.send_all(chat.draft(pair, "ada") for _ in range(50)), renamed_by_everybody()
        )
        await chat.writer.stop()

        assert all(answer.fresh for answer in answers)
        assert await database.condition() is None


async def test_a_database_that_cannot_hold_every_text_is_a_sentence(postgres: Postgres) -> None:
    name = f"ascii_{secrets.token_hex(4)}"
    await postgres.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
    url = renamed(postgres.url, name)

    with pytest.raises(Unusable, match=f"The database {name} is encoded as SQL_ASCII"):
        await Database.open(url)

    await postgres.drop(url)
