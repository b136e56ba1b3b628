"""What a node has kept of its pages, as the process after it will find it in the database."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import asyncpg

from realtime.transport.socketio.recovery.records import key_of
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.patience import PATIENCE


async def rows(cluster: Cluster, query: str) -> list[tuple[Any, ...]]:
    """What another process's database has."""
    if cluster.database_url is None:
        with closing(sqlite3.connect(cluster.folder / "realtime.sqlite3")) as file:
            return list(file.execute(query))
    connection = await asyncpg.connect(cluster.database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def is_kept(cluster: Cluster, room: str, *pages: Frontend) -> None:
    """Until the node that runs has kept that these pages are in the room, and all that was said by
    then: it does once a second."""
    async with asyncio.timeout(PATIENCE):
        while not (since := await _known_since(cluster, room, pages)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while await said_until(cluster) < since:  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.05)


async def _known_since(
    cluster: Cluster, room: str, pages: tuple[Frontend, ...]
) -> tuple[int, ...] | None:
    """The latest place at which one of their records was true; None if there is one less."""
    stored = await rows(cluster, "SELECT id, record FROM known_sessions")
    records = {key: json.loads(record) for key, record in stored}
    places = []
    for page in pages:
        record = records.get(key_of(str(page.pid)))
        if record is None or record["former"][-1:] != [page.sid]:
            return None
        if room not in record["note"]["joined"]:
            return None
        places.append(place(record["upto"]))
    return max(places)


async def said_until(cluster: Cluster) -> tuple[int, ...]:
    """The place up to which it is kept what was said."""
    return max(place(upto) for (upto,) in await rows(cluster, "SELECT upto FROM said"))


def place(text: str) -> tuple[int, ...]:
    """Its time in ms and its number there."""
    return tuple(map(int, text.split("-")[:2]))
