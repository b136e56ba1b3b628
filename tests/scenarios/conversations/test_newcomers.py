"""A node that can store nothing says so, serves who is known, and lets newcomers wait."""

from __future__ import annotations

from structlog.testing import capture_logs

from realtime.models import User
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import once
from tests.tokens import token


@once
async def test_a_newcomer_waits_at_the_door_instead_of_knocking_again_and_again(
    cluster: Cluster, node: InProcess, ada: Frontend
) -> None:
    await User._meta.db.execute_query("PRAGMA query_only = 1")

    with capture_logs() as logged:
        bob = cluster.frontends.open(node.url, token("bob"), reconnects=True)
        waits = False
        while not waits and len(bob.transports) < 3:
            waits = any(line["event"] == "connect waits" for line in logged)
            unready = await ada.get("/readyz")
        assert (await ada.get("/api/messages/conversations")).status == 200
        assert bob.connects == []
        await User._meta.db.execute_query("PRAGMA query_only = 0")
        await bob.is_connected(1)

    assert unready.status == 503
    assert unready["database"] == "read-only"
    assert bob.refusals == []
    assert bob.transports == ["websocket"]
    assert (await ada.get("/readyz")).status == 200
