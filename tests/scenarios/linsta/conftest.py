"""Ada and Bob at Linsta, in a room, and Eve, who has no business there."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster, Node
from tests.frontend import Frontend
from tests.nodes import InProcess


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    cluster.settings["presence__grace"] = 0  # of Bob's node, too
    return await cluster.node()


@pytest.fixture
async def ada(cluster: Cluster, node: InProcess) -> Frontend:
    return await cluster.frontend(node, "ada", dialect="linsta")


@pytest.fixture
async def bob(cluster: Cluster, other: Node) -> Frontend:
    return await cluster.frontend(other, "bob", dialect="linsta")


@pytest.fixture
async def eve(cluster: Cluster, node: InProcess) -> Frontend:
    return await cluster.frontend(node, "eve", dialect="linsta")


@pytest.fixture
async def room(ada: Frontend) -> str:
    """The room of Ada and Bob, which nobody has joined yet."""
    answer = await ada.post("/api/chat/rooms", otherUserId="bob")
    assert answer.status == 200, answer.text
    return str(answer["chatRoomId"])


@pytest.fixture
async def joined(ada: Frontend, bob: Frontend, room: str) -> str:
    """The same, and both have joined it."""
    for frontend in (ada, bob):
        assert await frontend.ask("join_room", {"chatRoomId": room}) == {"success": True}
        frontend.forget_what_was_heard()
    await ada.hears("user_joined", lambda said: said["userId"] == "bob")
    return room
