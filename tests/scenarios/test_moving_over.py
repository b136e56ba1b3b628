"""A page that moves from a process to the one that takes its place is who she was to the last."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.cluster import Cluster, port
from tests.scenarios.kept import is_kept
from tests.scenarios.steps import BROWSER, everyone_joins, say, talk

LONGER = 2.0
"""Seconds: longer than a page takes to be back."""


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_what_she_joined_is_kept_though_the_first_process_is_long_in_ending(
    cluster: Cluster,
) -> None:
    node = await cluster.process()
    bob = await cluster.frontend(node, "bob", reconnects=True)
    page = await cluster.frontend(node, "ada", headers=BROWSER, reconnects=True)
    room = await talk(bob, "ada")
    before = await cluster.frontend(node, "ada", headers=BROWSER, reconnects=True)
    await everyone_joins(room, before)
    await is_kept(cluster, room, before)

    database = await asyncpg.connect(cluster.database_url)
    async with database.transaction():
        await database.execute("SELECT FROM known_sessions FOR UPDATE")
        await everyone_joins(room, page)
        await cluster.process("--replace", port=port(node))
        await page.is_disconnected(1)
        await asyncio.sleep(LONGER)
    await database.close()

    await page.is_connected(2)
    assert [each["recovered"] for each in page.connects] == [False, True]
    said = await say(bob, room, "Still here?")
    while (await page.hears("message:new"))[0]["id"] != said["id"]:
        pass
