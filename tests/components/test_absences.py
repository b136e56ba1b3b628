"""Ada's pages lose the node, and show on return what Eve's show, which never did."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from realtime.delivery import said
from realtime.transport.socketio.recovery import keeping
from tests.cluster import Cluster, port
from tests.components.seats import agree, are_gone, seated, show, tell
from tests.components.stage import Stage
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import everyone_joins, notify, once, talk
from tests.scenarios.test_recalling import WINDOW, forgets
from tests.swallowing import Wire


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes forget and keep what they would in minutes."""
    monkeypatch.setattr(keeping, "TICK", 0.05)
    monkeypatch.setattr(said, "EVERY", 0.05)


@pytest.fixture
async def node(cluster: Cluster, stage: Stage) -> InProcess:
    return await cluster.node(
        recovery__window=WINDOW,
        presence__grace=0,
        transport__ping_interval=300,  # what is cut off in silence is not missed before
        dialects__origins=stage.origins("ada", "eve"),
    )


@pytest.fixture
async def wire(node: InProcess) -> AsyncIterator[Wire]:
    async with Wire(port(node)) as made:
        yield made


@pytest.fixture
async def bob(cluster: Cluster, node: InProcess) -> Frontend:
    return await cluster.frontend(node, "bob")


@once
async def test_a_second_five_minutes_and_a_night(
    cluster: Cluster, node: InProcess, wire: Wire, bob: Frontend, stage: Stage
) -> None:
    away, here = (
        await seated(stage, bob, "ada", wire.url),
        await seated(stage, bob, "eve", node.url),
    )
    everyone = [*away, *here]
    hours = await talk(bob, "zoe")
    await everyone_joins(hours, bob)
    await show(everyone, "before")

    # A second, in another network: the node has not noticed by then that it was left.
    await wire.cut()
    await tell(bob, everyone, "first", "second")
    wire.is_noticed()
    await show(everyone, "second")
    await agree(cluster, node, away, here, {0})

    # Minutes, and the node knows it.
    await wire.hangs_up()
    await are_gone(bob, away)
    await tell(bob, everyone, "third", "fourth")
    for seat in everyone:
        await notify(node, seat.user, title="Shipped")
    await forgets(node, bob, hours)
    wire.leads_to(port(node))
    await show(everyone, "fourth")
    await agree(cluster, node, away, here, {2})

    # A night, in which what was shown in the evening has changed.
    for seat in everyone:
        await bob.emit("typing:start", {"conversationId": seat.room})
    for seat in everyone:
        await seat.sees_typing("bob")
    await wire.hangs_up()
    await are_gone(bob, away)
    of_conversations = [seat for seat in everyone if seat.dialect == "conversations"]
    for stored in await tell(bob, of_conversations, "fifth"):
        if of_conversations[0].hears_edits:
            await bob.ask("message:edit", {"messageId": stored["id"], "content": "fifth, mended"})
    for stored in await tell(bob, of_conversations, "gone"):
        await bob.ask("message:delete", {"messageId": stored["id"]})
    for seat in everyone:
        await bob.post("/api/realtime/activity/log", action="view_profile", targetUserId=seat.user)
    await tell(bob, everyone, "sixth")
    await forgets(node, bob, hours)
    wire.leads_to(port(node))
    await show(everyone, "sixth")
    await agree(cluster, node, away, here, {4})
    for seat in everyone:
        await seat.tab.goes_to("about:blank")  # the node stops before the browser does
