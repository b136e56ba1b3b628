"""Stores on both databases, and a conversation to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from realtime.stores.database import Database
from realtime.stores.epoch import open_epoch
from tests.domain.world import World
from tests.servers.postgres import Postgres
from tests.stores.chat import Chat
from tests.stores.older import Older


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each test that uses a store runs on both databases."""
    return str(request.param)


@pytest.fixture
async def empty_url(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """A database without tables."""
    if kind == "sqlite":
        yield f"sqlite://{tmp_path / 'store.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = await server.create()
    yield url
    await server.drop(url)


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    """An open database with the models' tables."""
    async with await Database.open(empty_url) as database:
        await database.create_tables()
        await open_epoch()
        yield database


@pytest.fixture
async def chat(database: Database) -> AsyncIterator[Chat]:
    """A writer at work, and what it announced."""
    chat = Chat(database)
    yield chat
    await chat.writer.stop()


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """A node's domain, on each of the two databases."""
    made = World(database)
    yield made
    await made.stop()


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Older:
    """Migration trees to take migrations from, and to bring back."""
    return Older(tmp_path / "migrations", monkeypatch)
