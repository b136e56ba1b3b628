"""PostgreSQL is started again beneath a node, and nobody who calls meanwhile is refused for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.cluster import Cluster
from tests.nodes import migrate
from tests.scenarios.steps import everyone_joins, once, say, talk
from tests.servers.postgres import Postgres


@once
async def test_who_joins_writes_reads_or_connects_meanwhile_is_answered_after_it(
    cluster: Cluster, own_postgres: Postgres, tmp_path: Path
) -> None:
    await asyncio.to_thread(migrate, tmp_path, own_postgres.url)
    node = await cluster.process(database_url=own_postgres.url)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada)
    await asyncio.to_thread(own_postgres.stop)

    joins = asyncio.ensure_future(bob.ask("join:conversation", room))
    writes = asyncio.ensure_future(say(ada, room, "Are you there?"))
    reads = asyncio.ensure_future(bob.get("/api/notifications"))
    connects = asyncio.ensure_future(cluster.frontend(node, "cleo"))
    done, _ = await asyncio.wait({writes, reads, connects}, timeout=0.5)
    assert not done
    await asyncio.to_thread(own_postgres.start)

    assert await joins == {"success": True}
    assert (await reads).status == 200
    await connects
    message = await writes
    assert (await ada.hears("message:new"))["id"] == message["id"]
    await say(ada, room, "Good")
    while (await bob.hears("message:new"))["content"] != "Good":
        pass
