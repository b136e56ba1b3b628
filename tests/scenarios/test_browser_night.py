"""A page in a real Chromium sleeps through a night, and shows in the morning what it would have."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from realtime.delivery import said
from realtime.transport.socketio.recovery import keeping
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import until
from tests.driver import FOLDER, Driver
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import everyone_joins, notify, once, say, talk
from tests.scenarios.test_recalling import WINDOW, forgets
from tests.swallowing import Wire
from tests.tokens import token

CLIENT = FOLDER / "node_modules" / "sio-4.8" / "dist" / "socket.io.min.js"

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")

COMPONENTS = """
    // What each seed's components do when they are mounted, once; they know of no reconnect.
    const mounts = {
        conversations(socket, room, show) {
            socket.emit("join:conversation", room);
            socket.on("message:new", ({ id, content }) => show.add(id, content));
            socket.on("message:updated", ({ id, content }) => show.add(id, content));
            socket.on("message:deleted", ({ messageId }) => show.take(messageId));
            socket.on("notification:new", (notification) => show.badge(notification));
        },
        jobs(socket, room, show) {
            socket.on("message_received", ({ id, message }) => show.add(id, message));
            socket.on("notification", (notification) => show.badge(notification));
        },
        skilllink(socket, room, show) {
            socket.on("new_message", ({ id, content }) => show.add(id, content));
            socket.on("notification", (notification) => show.badge(notification));
        },
        linsta(socket, room, show) {
            socket.emit("join_room", { chatRoomId: room });
            socket.on("receive_message", ({ _id, text }) => show.add(_id, text));
            socket.on("notification", (notification) => show.badge(notification));
        },
    };
    window.pages = {};
    window.mount = (dialect, token, room) => {
        const socket = io({ auth: { token }, query: { dialect }, forceNew: true });
        const shown = new Map(), badges = [];
        window.pages[dialect] = { socket, shown, badges };
        const show = {
            add: (id, text) => shown.set(id, text),
            take: (id) => shown.delete(id),
            badge: (notification) => badges.push(JSON.stringify(notification)),
        };
        return new Promise((ready) => socket.once("connect", () => {
            mounts[dialect](socket, room, show);
            ready();
        }));
    };
    0
"""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes forget and keep what they would in minutes."""
    monkeypatch.setattr(keeping, "TICK", 0.05)
    monkeypatch.setattr(said, "EVERY", 0.05)


@pytest.fixture
async def node(cluster: Cluster, driver: Driver) -> InProcess:
    """`driver` has the clients installed."""
    return await cluster.node(recovery__window=WINDOW, presence__grace=0)


@pytest.fixture
async def wire(node: InProcess) -> AsyncIterator[Wire]:
    async with Wire(int(node.url.rpartition(":")[2])) as made:
        yield made


async def shown(tab: Page, dialect: str) -> list[Any]:
    return list(await tab.evaluate(f"[...pages.{dialect}.shown.values()]"))


@once
async def test_after_a_night_every_page_shows_what_it_would_have_shown(
    cluster: Cluster,
    node: InProcess,
    wire: Wire,
    page: Callable[[str], Awaitable[Page]],
) -> None:
    bob: Frontend = await cluster.frontend(node, "bob")
    rooms = {dialect: await talk(bob, f"ada of {dialect}") for dialect in DIALECTS}
    hours = await talk(bob, "zoe")
    await everyone_joins(hours, bob)
    tab = await page(f"{wire.url}/healthz")
    await tab.evaluate(CLIENT.read_text() + "; 0")
    await tab.evaluate(COMPONENTS)
    for dialect, room in rooms.items():
        given = [dialect, token(f"ada of {dialect}"), room]
        await tab.evaluate(f"mount(...{json.dumps(given)})")
    for dialect, room in rooms.items():
        await say(bob, room, "before")
        await until(tab, f"pages.{dialect}.shown.size === 1")

    await wire.hangs_up()
    for dialect, room in rooms.items():
        gone, edited = await say(bob, room, "gone"), await say(bob, room, "missed")
        await bob.ask("message:edit", {"messageId": edited["id"], "content": "mended"})
        await bob.ask("message:delete", {"messageId": gone["id"]})
        await notify(node, f"ada of {dialect}", title="Shipped")
    await forgets(node, bob, hours)
    wire.leads_to(int(node.url.rpartition(":")[2]))
    for dialect, room in rooms.items():
        await until(tab, f"pages.{dialect}.socket.connected")
        assert await tab.evaluate(f"pages.{dialect}.socket.recovered"), dialect
        await say(bob, room, "after")
        await until(tab, f"[...pages.{dialect}.shown.values()].includes('after')")

        assert await shown(tab, dialect) == ["before", "mended", "after"], dialect
        badges = await tab.evaluate(f"pages.{dialect}.badges")
        assert sum("On its way" in each for each in badges) == 1, (dialect, badges)
    hers = cluster.person(node, "ada of conversations")
    counted = (await hers.get("/api/notifications/unread-count"))["count"]
    assert await tab.evaluate("pages.conversations.badges.length") == counted == 2
    await tab.goes_to("about:blank")  # the node stops before the browser does
