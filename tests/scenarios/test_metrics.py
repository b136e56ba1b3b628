"""What a monitor can read of a running node."""

import re

import pytest

from tests.cluster import Cluster


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
async def test_open_and_closed_sessions_are_counted(cluster: Cluster) -> None:
    node = await cluster.process()
    await cluster.frontend(node, "ada")
    bob = await cluster.frontend(node, "bob")
    await bob.disconnect()
    eve = await cluster.frontend(node, "eve")

    told = (await eve.get("/metrics")).text

    assert re.search(r"^realtime_sessions 2\.0$", told, re.MULTILINE)
    assert re.search(r"^realtime_sessions_closed_total\{reason=.+\} 1\.0$", told, re.MULTILINE)
