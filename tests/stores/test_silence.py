"""Servers that no longer answer, or no longer write, without having closed a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from realtime.models import User
from realtime.stores.database import Database
from realtime.stores.idempotency import Idempotency, Kept
from realtime.stores.postgres import connection
from realtime.stores.writer import StorageFailed
from tests.patience import PATIENCE
from tests.servers.postgres import Postgres
from tests.stores.chat import Chat, now, stored_seqs, without_gaps
from tests.stores.wire import Wire

GUARD = 30
"""Seconds after which whoever waits is taken to wait for ever; asyncpg alone took 35 and more."""


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[Wire]:
    async with Wire(postgres_url) as wire:
        yield wire


@pytest.fixture
async def database(wire: Wire) -> AsyncIterator[Database]:
    """A database behind the wire."""
    async with await Database.open(wire.url) as database:
        await database.create_tables()
        yield database


@pytest.mark.parametrize("retry", [None, "again"])
async def test_a_draft_goes_over_another_wire_where_the_first_has_fallen_silent(
    wire: Wire, database: Database, retry: str | None
) -> None:
    chat = Chat(database, patience=6)
    pair = await chat.between("ada", "bob")
    first = await chat.send(pair, "ada", client_id=retry)
    wire.fall_silent()

    async with asyncio.timeout(GUARD):
        written = await chat.send(pair, "ada", client_id=retry)
        await chat.writer.stop()

    assert written.fresh is (retry is None)
    assert (written.message.id == first.message.id) is (retry is not None)
    assert await stored_seqs(pair) == without_gaps(2 if retry is None else 1)


async def test_patience_bounds_the_attempt_where_the_server_is_frozen(
    wire: Wire, database: Database
) -> None:
    chat = Chat(database, patience=1)
    pair = await chat.between("ada", "bob")
    wire.freeze()

    async with asyncio.timeout(GUARD):
        answers = await chat.send_all(chat.draft(pair, "ada", str(n)) for n in range(1200))
        await chat.writer.stop()

    assert {type(answer) for answer in answers} == {StorageFailed}


async def test_a_connection_that_fell_silent_while_it_was_idle_fails_nobody(
    wire: Wire, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "QUIET", 0.0)
    async with asyncio.TaskGroup() as several:
        for name in ("ada", "bob", "cy"):
            several.create_task(User.create(id=name))
    wire.fall_silent()

    async with asyncio.timeout(GUARD):
        counts = await asyncio.gather(*(User.all().count() for _ in range(20)))
    assert set(counts) == {3}

    wire.break_all()
    assert await User.all().count() == 3


@pytest.mark.parametrize("idle", [False, True])
async def test_a_connection_that_the_server_is_about_to_end_fails_no_draft(
    wire: Wire, database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch, idle: bool
) -> None:
    if idle:
        monkeypatch.setattr(connection, "QUIET", -1.0)
    chat = Chat(database)
    pair = await chat.between("ada", "bob")
    rest = "SELECT pg_sleep(0.1)"
    await asyncio.gather(*(database.client.execute_query(rest) for _ in range(5)))
    wire.hold_back_ends()
    await everybody_is_put_out(postgres_url)

    async with asyncio.timeout(GUARD):
        await wire.put_out.wait()
        await asyncio.sleep(0.05)  # it is read in another turn; where it is not, less is shown
        await chat.send(pair, "ada")
        wire.let_ends_come()
        await chat.writer.stop()

    assert await stored_seqs(pair) == without_gaps(1)


async def everybody_is_put_out(url: str) -> None:
    """As by a server that is restarted."""
    asking = await asyncpg.connect(url)
    await asking.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asking.close()


async def test_a_silent_connection_is_silent_for_nobody_else(
    wire: Wire, database: Database
) -> None:
    async with asyncio.TaskGroup() as several:
        for name in ("ada", "bob", "cy"):
            several.create_task(User.create(id=name))
    wire.fall_silent()

    async with asyncio.timeout(GUARD):
        first = await database.condition()
        assert await User.all().count() == 3

    assert first == "unreachable"
    assert await database.condition() is None


async def test_a_frozen_server_is_unreachable_and_well_again_by_itself(
    wire: Wire, database: Database
) -> None:
    async with asyncio.timeout(GUARD):
        wire.freeze()
        asked = await asyncio.gather(*(database.condition() for _ in range(1000)))
        wire.thaw()
        while await database.condition() is not None:
            pass

    assert set(asked) == {"unreachable"}


async def test_a_statement_that_is_given_up_is_stopped_at_the_server(
    postgres_url: str, postgres: Postgres
) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)'"
    async with await Database.open(f"{postgres_url}?command_timeout=1") as database:
        with pytest.raises(TimeoutError):
            await database.client.execute_query("SELECT pg_sleep(300)")

    looking = await asyncpg.connect(postgres_url)
    async with asyncio.timeout(GUARD):
        while await looking.fetchval(query):
            pass
    await looking.close()


async def test_locks_of_a_transaction_whose_wire_fell_silent_are_free_again(
    wire: Wire, database: Database
) -> None:
    await User.create(id="ada")
    inside, silent = asyncio.Event(), asyncio.Event()

    async def renames() -> None:
        async with in_transaction():
            await User.filter(id="ada").update(name="Ada")
            inside.set()
            await silent.wait()
            await User.filter(id="ada").update(name="Ida")

    renaming = asyncio.ensure_future(renames())
    await inside.wait()
    wire.fall_silent()
    silent.set()

    async with asyncio.timeout(GUARD):
        with pytest.raises((TimeoutError, asyncpg.PostgresConnectionError)):
            await renaming
        await User.filter(id="ada").update(name="Eda")

    assert (await User.get(id="ada")).name == "Eda"


async def test_a_write_whose_commit_was_not_heard_of_is_done_once(
    wire: Wire, database: Database
) -> None:
    idempotency, calls = Idempotency(now), 0

    async def write() -> Kept:
        nonlocal calls
        calls += 1
        await User.create(id=f"u{calls}")
        return Kept(201, {"calls": calls})

    wire.cut("after", b"COMMIT;", b"COMMIT")
    with pytest.raises(asyncpg.PostgresConnectionError):
        await idempotency.once("key", "print", write)

    assert await idempotency.once("key", "print", write) == Kept(201, {"calls": 1})
    assert await User.all().values_list("id", flat=True) == ["u1"]


async def test_a_write_whose_wire_fell_silent_can_be_tried_again(
    wire: Wire, database: Database
) -> None:
    """The claim of the first is held by a server that knows nothing of it, but not for long."""
    idempotency = Idempotency(now)

    async def write() -> Kept:
        await User.create(id="ada")
        return Kept(201, {})

    async def silent() -> Kept:
        wire.fall_silent()
        return await write()

    async with asyncio.timeout(GUARD):
        with pytest.raises((TimeoutError, asyncpg.PostgresConnectionError)):
            await idempotency.once("key", "print", silent)
        assert await idempotency.once("key", "print", write) == Kept(201, {})


@pytest.fixture
def twins() -> Iterator[tuple[Postgres, Postgres]]:
    """Two servers of which the second has what the first was given before."""
    first = Postgres(careless=False)
    second = first.twin()
    yield first, second
    first.close()
    second.close()


async def test_after_a_failover_nobody_writes_to_the_server_that_was_demoted(
    twins: tuple[Postgres, Postgres],
) -> None:
    old, new = twins
    for server in twins:
        async with await Database.open(server.url) as database:
            await database.create_tables()
    async with Wire(old.url) as wire, await Database.open(wire.url) as database:
        chat = Chat(database, patience=10)
        pair = await chat.between("ada", "bob")
        await demote(old)
        async with asyncio.timeout(PATIENCE):  # each of the server's processes reads it by itself
            while await database.condition() != "read-only":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        with pytest.raises(Exception, match="read-only transaction"):
            await User.create(id="cy")
        wire.lead_to(new.url)

        async with asyncio.timeout(GUARD):
            while await database.condition() is not None:
                pass
        # The new server knows nobody: it took the writes that come now, the old one none.
        assert await User.all().count() == 0
        pair = await chat.between("ada", "bob")
        assert (await chat.send(pair, "ada")).fresh
        await chat.writer.stop()


async def test_a_draft_finds_the_new_server_by_itself(twins: tuple[Postgres, Postgres]) -> None:
    old, new = twins
    async with Wire(old.url) as wire, await Database.open(wire.url) as database:
        await database.create_tables()
        chat = Chat(database, patience=10)
        pair = await chat.between("ada", "bob")
        await chat.send(pair, "ada")
        await asyncio.to_thread(new.close)
        following = await asyncio.to_thread(old.twin)
        try:
            await chat.send_all(chat.draft(pair, "ada") for _ in range(3))
            await demote(old)
            wire.lead_to(following.url)

            async with asyncio.timeout(GUARD):
                answers = await chat.send_all(chat.draft(pair, "ada") for _ in range(30))
            assert all(answer.fresh for answer in answers), answers
            await chat.writer.stop()
        finally:
            await asyncio.to_thread(following.close)


async def demote(server: Postgres) -> None:
    """Let it refuse writes, on connections that are open already as well."""
    await server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    await server.execute("SELECT pg_reload_conf()")


async def test_a_protected_file_is_read_only(tmp_path: Path) -> None:
    async with await Database.open(f"sqlite://{tmp_path}/a.db?query_only=1") as database:
        assert await database.condition() == "read-only"
