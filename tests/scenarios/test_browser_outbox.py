"""`examples/outbox.js` in a real Chromium: each message is stored once, in order, after reloads."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from realtime.models import Message
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import until
from tests.driver import FOLDER, Driver
from tests.nodes import InProcess
from tests.tokens import token

Open = Callable[[str], Awaitable[Page]]

OUTBOX = Path(__file__).parents[2] / "examples" / "outbox.js"
CLIENT = FOLDER / "node_modules" / "sio-4.8" / "dist" / "socket.io.min.js"

BEGIN = """
    (async () => {{
        const {{ outbox }} = await import("data:text/javascript;base64,{outbox}");
        window.refused = [];
        window.socket = io({{ auth: {{ token: "{token}" }}, autoConnect: {connects} }});
        const refused = (data, why) => window.refused.push([data.content, why]);
        window.send = await outbox(socket, "{user}", {{ refused, wait: 1000 }});
    }})()
"""

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])


async def begins(tab: Page, user: str, *, connects: bool = True) -> None:
    """The page's own scripts, as a reload runs them again."""
    outbox = base64.b64encode(OUTBOX.read_bytes()).decode()
    await tab.evaluate(f"{CLIENT.read_text()}; 0")
    given = {"outbox": outbox, "token": token(user), "user": user, "connects": json.dumps(connects)}
    await tab.evaluate(BEGIN.format(**given))


async def reloaded(tab: Page, node: InProcess, user: str) -> None:
    await tab.goes_to(f"{node.url}/healthz")
    await begins(tab, user)


async def sends(tab: Page, *texts: str) -> None:
    """Kept, but perhaps not sent, when this returns."""
    for_each = f"for (const content of {json.dumps(texts)})"
    await tab.evaluate(
        f'(async () => {{ {for_each} await send({{ receiverId: "bob", content }}) }})()'
    )


async def emptied(tab: Page) -> None:
    """Nothing of Ada's waits any more."""
    await tab.evaluate(
        """new Promise((done) => {
            const look = () => {
                const opening = indexedDB.open("outbox of ada", 1);
                opening.onsuccess = () => {
                    const store = opening.result.transaction("kept").objectStore("kept");
                    const count = store.count();
                    count.onsuccess = () => {
                        opening.result.close();
                        count.result ? setTimeout(look, 20) : done();
                    };
                };
            };
            look();
        })"""
    )


async def stored() -> list[Any]:
    return list(await Message.all().order_by("seq").values_list("content", flat=True))


@pytest.fixture
async def node(cluster: Cluster, driver: Driver) -> InProcess:
    """`driver` has the clients installed."""
    return await cluster.node()


@pytest.fixture
async def tab(node: InProcess, page: Open) -> AsyncIterator[Page]:
    opened = await page(f"{node.url}/healthz")
    yield opened
    await opened.goes_to("about:blank")  # the node stops before the browser does


async def test_what_is_written_without_a_connection_is_sent_after_a_reload(
    cluster: Cluster, node: InProcess, tab: Page
) -> None:
    bob = await cluster.frontend(node, "bob")
    await begins(tab, "ada", connects=False)
    await sends(tab, "One", "Two", "Three")

    await reloaded(tab, node, "ada")
    await emptied(tab)

    assert await stored() == ["One", "Two", "Three"]
    assert [(await bob.hears("notification:new"))["message"] for _ in range(3)] == await stored()


async def test_what_a_reload_cuts_in_the_middle_is_stored_once(node: InProcess, tab: Page) -> None:
    await begins(tab, "ada")
    texts = [str(n) for n in range(30)]
    await sends(tab, *texts)  # most are on their way, and their answers will reach nobody

    for _ in range(3):
        await reloaded(tab, node, "ada")
    await emptied(tab)

    assert await stored() == texts


async def test_an_answer_that_never_came_is_asked_for_again(node: InProcess, tab: Page) -> None:
    await begins(tab, "ada")
    await until(tab, "socket.connected")
    await tab.evaluate(
        # The first answer is lost, as on a wire that is cut right behind the message.
        "(() => { const ack = socket.onack; let lost = 0;"
        " socket.onack = (packet) => lost++ ? ack.call(socket, packet) : undefined; })()"
    )

    await sends(tab, "One", "Two")
    await emptied(tab)

    assert await stored() == ["One", "Two"]


async def test_what_is_refused_for_good_is_let_go_and_told(node: InProcess, tab: Page) -> None:
    await begins(tab, "ada")

    await sends(tab, "One", " ", "Two")
    await emptied(tab)

    assert await stored() == ["One", "Two"]
    assert await tab.evaluate("refused") == [[" ", "content is required"]]


async def test_who_signs_in_next_sends_nothing_of_who_was_there(
    cluster: Cluster, node: InProcess, tab: Page
) -> None:
    bob = await cluster.frontend(node, "bob")
    await begins(tab, "ada", connects=False)
    await sends(tab, "From Ada")

    await reloaded(tab, node, "cleo")
    await sends(tab, "From Cleo")
    assert (await bob.hears("notification:new"))["message"] == "From Cleo"
    await reloaded(tab, node, "ada")
    await emptied(tab)

    told = await bob.hears("notification:new")
    assert (told["data"]["senderId"], told["message"]) == ("ada", "From Ada")


async def test_two_tabs_send_in_turn(node: InProcess, page: Open, tab: Page) -> None:
    other = await page(f"{node.url}/healthz")
    for each in (tab, other):
        await begins(each, "ada")

    for n in range(4):
        await sends(tab, f"{n} here")
        await sends(other, f"{n} there")
    await emptied(tab)

    assert await stored() == [f"{n} {where}" for n in range(4) for where in ("here", "there")]
    await other.goes_to("about:blank")
