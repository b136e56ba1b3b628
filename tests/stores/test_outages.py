"""A database that goes away, is busy or does not say what came of a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs
from tortoise.transactions import in_transaction

from realtime.domain.ports import Written
from realtime.models import Notification, User
from realtime.stores.database import Database
from realtime.stores.postgres import connection, pool
from realtime.stores.writer import StorageFailed
from realtime.stores.writer.batch import Batch
from realtime.stores.writer.commit import Commit
from tests.servers.postgres import Postgres
from tests.stores.chat import Chat, stored_seqs, without_gaps
from tests.stores.wire import Moment, Wire


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("question", "answer"), [(b'"client_id":"7"', b"SELECT"), (b"COMMIT;", b"COMMIT")]
)
async def test_a_commit_of_unknown_outcome_is_tried_again_and_stored_once(
    postgres_url: str, moment: Moment, question: bytes, answer: bytes
) -> None:
    """What is new is committed in one statement; then the retries in a transaction."""
    async with Wire(postgres_url) as wire, await Database.open(wire.url) as database:
        await database.create_tables()
        chat = Chat(database)
        pair = await chat.between("ada", "bob")
        await chat.send(pair, "ada")
        wire.cut(moment, question, answer)

        answers = await chat.send_all(
            chat.draft(pair, "ada", str(number), client_id=str(number % 15) if number else None)
            for number in range(20)
        )
        await chat.writer.stop()

        assert wire.cuts == 1
        assert sum(answer.fresh for answer in answers) == 16
        assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(17)
        assert await Notification.all().count() == 17
        told = [notification.id for event in chat.told for notification in event.notifications]
        stored = await Notification.all().values_list("id", flat=True)
        assert sorted(map(str, told)) == sorted(map(str, stored))


class Unheard:
    """A commit that is carried out each time, and meets with one of these faults behind that."""

    def __init__(self, commit: Commit, *faults: Exception) -> None:
        self._commit = commit
        self._faults = list(faults)
        self.distrust, self.doubt = commit.distrust, commit.doubt
        self.try_again, self.bad_text = commit.try_again, commit.bad_text

    async def at_once(self, batch: Batch) -> None:
        await self._met(batch, self._commit.at_once(batch))

    async def carefully(self, batch: Batch, *, again: bool) -> None:
        await self._met(batch, self._commit.carefully(batch, again=again))

    async def _met(self, batch: Batch, storing: Awaitable[None]) -> None:
        await storing
        if self._faults:
            batch.forget()
            raise self._faults.pop(0)


async def test_what_may_be_stored_already_is_known_again_though_the_next_attempt_fails(
    chat: Chat,
) -> None:
    pair = await chat.between("ada", "bob")
    faults = TimeoutError(), RuntimeError("whatever it is")
    chat.writer.commit_through(lambda commit: cast("Commit", Unheard(commit, *faults)))

    answers = await chat.send_all(chat.draft(pair, "ada", str(number)) for number in range(3))

    assert [answer.message.seq for answer in answers] == without_gaps(3)
    assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(3)


async def test_messages_wait_while_the_server_is_down(own_postgres: Postgres) -> None:
    async with await Database.open(own_postgres.url) as database:
        await database.create_tables()
        chat = Chat(database, patience=60)
        pair = await chat.between("ada", "bob")
        await asyncio.to_thread(own_postgres.stop)
        sends = [asyncio.ensure_future(chat.send(pair, "ada")) for _ in range(10)]
        assert await database.condition() == "unreachable"

        await asyncio.to_thread(own_postgres.start)

        assert [(await send).message.seq for send in sends] == without_gaps(10)
        assert await database.condition() is None
        await chat.writer.stop()


async def test_a_restart_costs_no_call_that_begins_after_it(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's goodbye to who was idle may wait unread while the loop is busy."""
    monkeypatch.setattr(connection, "QUIET", 60)
    async with await Database.open(own_postgres.url) as database:
        await database.create_tables()

        async def in_one() -> None:
            async with in_transaction() as transaction:
                await transaction.execute_query("SELECT pg_sleep(0.05)")

        await asyncio.gather(*(in_one() for _ in range(4)))
        own_postgres.stop()
        own_postgres.start()
        await asyncio.gather(in_one(), Notification.all().count(), in_one(), User.all().count())


async def test_every_call_waits_for_a_server_that_is_away(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Database.open(own_postgres.url) as database:
        await database.create_tables()
        with capture_logs() as lines:
            await asyncio.to_thread(own_postgres.stop)
            with monkeypatch.context() as hasty:
                hasty.setattr(pool, "WAIT", 0.5)
                with pytest.raises(TimeoutError):
                    await Notification.all().count()

            calls = [asyncio.ensure_future(Notification.all().count()) for _ in range(30)]
            assert await database.condition() == "unreachable"
            await asyncio.to_thread(own_postgres.start)
            assert await asyncio.gather(*calls) == [0] * 30

        said = [line["event"] for line in lines if line["event"].startswith("database_")]
        assert (said[0], said[-1]) == ("database_away", "database_is_back")


async def test_patience_ends_and_the_sender_is_told(own_postgres: Postgres) -> None:
    async with await Database.open(own_postgres.url) as database:
        await database.create_tables()
        doubts: list[bool] = []
        chat = Chat(database, patience=0.2)
        pair = await chat.between("ada", "bob")
        await asyncio.to_thread(own_postgres.stop)

        with pytest.raises(StorageFailed), database.in_doubt(lambda: doubts.append(True)):
            await chat.send(pair, "ada")
        await chat.writer.stop()
        assert doubts


async def test_messages_wait_for_another_process_that_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    async with await Database.open(f"sqlite://{path}?busy_timeout=20") as database:
        await database.create_tables()
        chat = Chat(database)
        pair = await chat.between("ada", "bob")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            send = asyncio.ensure_future(chat.send(pair, "ada"))
            done, _ = await asyncio.wait([send], timeout=0.3)
            assert not done
            other.execute("COMMIT")

        assert isinstance(await send, Written)
        await chat.writer.stop()
