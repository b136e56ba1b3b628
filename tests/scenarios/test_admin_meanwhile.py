"""The page at `/admin` while something is under way: a late answer, a link that has the focus, a
server that is gone or stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import held, holds, let_go, press, until
from tests.nodes import SERVER_KEY, InProcess
from tests.scenarios.test_admin import LIST, OFTEN, goes, shows, unlock

Open = Callable[[str], Awaitable[Page]]

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])

SAID = "document.getElementById('said').textContent"


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    return await cluster.node(admin__page=True)


@pytest.fixture
async def tab(node: InProcess, page: Open) -> Page:
    """The page, with the key; it looks five times a second."""
    opened = await page("about:blank")
    await opened.command("Page.addScriptToEvaluateOnNewDocument", source=OFTEN)
    await opened.command("Emulation.setFocusEmulationEnabled", enabled=True)
    await opened.goes_to(f"{node.url}/admin")
    await unlock(opened, SERVER_KEY)
    await until(opened, f"{LIST}.includes('serving')")
    return opened


async def test_a_page_that_was_turned_is_not_turned_back_by_a_late_answer(
    cluster: Cluster, node: InProcess, tab: Page
) -> None:
    for number in range(52):
        await cluster.frontend(node, f"user-{number:02}")
    await goes(tab, "people")
    await shows(tab, "user-49")
    await holds(tab, "path.includes('/connections') && !path.includes('cursor')")
    await held(tab)
    await tab.evaluate("document.getElementById('next').click()")
    await shows(tab, "user-51")
    await tab.evaluate(
        "globalThis.seen = []; new MutationObserver(() => seen.push(list.textContent))"
        ".observe(list, {childList: true})"
    )

    await let_go(tab)

    await until(tab, "seen.length > 1")
    assert await tab.evaluate("seen.every((each) => each.includes('user-51'))")


async def test_a_link_keeps_the_focus_when_the_list_is_renewed(
    cluster: Cluster, node: InProcess, tab: Page
) -> None:
    await cluster.frontend(node, "ada")
    for part in ("rooms?name=user:", "people"):
        await goes(tab, part)
        await shows(tab, "ada")
        await tab.evaluate("list.querySelectorAll('details').forEach((each) => each.open = true)")
        links: int = await tab.evaluate("list.querySelectorAll('a').length")
        assert links
        for place in range(links):
            link = f"list.querySelectorAll('a')[{place}]"
            await tab.evaluate(f"{link}.dataset.old = 'yes'; {link}.focus()")
            await until(tab, "!list.querySelector('[data-old]')")
            assert await tab.evaluate(f"document.activeElement === {link}"), (part, place)


async def test_the_focus_stays_where_a_filter_is_filled_in_and_follows_a_link(
    cluster: Cluster, node: InProcess, tab: Page
) -> None:
    assert await tab.evaluate("document.activeElement.id") == "part"  # behind the door
    await cluster.frontend(node, "ada")
    await cluster.frontend(node, "bob")
    await goes(tab, "people")
    await shows(tab, "ada", "bob")
    await tab.evaluate("document.querySelector('[name=user]').focus()")
    await tab.command("Input.insertText", text="bob")
    await press(tab, "Enter", "\r")
    await until(tab, f"{LIST}.includes('bob') && !{LIST}.includes('ada')")
    assert await tab.evaluate("document.activeElement.name") == "user"

    await tab.evaluate("[...list.querySelectorAll('a')].find((a) => a.text === 'Explain').focus()")
    await press(tab, "Enter", "\r")

    await until(tab, "location.hash === '#explain?user=bob'")
    await until(tab, f"{LIST}.includes('Fill in')")
    assert await tab.evaluate("document.activeElement.id") == "part"


async def test_it_says_that_the_server_is_gone_until_it_is_back(node: InProcess, tab: Page) -> None:
    node.variables["REALTIME_PORT"] = node.url.rpartition(":")[2]
    await node.stop()
    await until(tab, f"{SAID} === 'The server does not answer.'")

    await node.start()

    await until(tab, f"{SAID} === ''")


STANDS_STILL = """{
  const real = fetch, made = [];
  AbortSignal.timeout = () => (made.push(new AbortController()), made.at(-1).signal);
  globalThis.fetch = (path, how) => new Promise((_, no) => {
    globalThis.asked = true;
    how.signal?.addEventListener("abort", () => no(how.signal.reason));
  });
  globalThis.late = () => { globalThis.fetch = real; made.forEach((each) => each.abort()); };
}"""
"""A server that keeps its connections and says nothing; with `late()` its time is over."""


async def test_it_says_that_a_server_stands_still(tab: Page) -> None:
    await tab.evaluate(STANDS_STILL)
    await tab.evaluate(
        "globalThis.told = []; new MutationObserver(() => told.push(said.textContent))"
        ".observe(said, {childList: true})"
    )
    await until(tab, "globalThis.asked")

    await tab.evaluate("late()")

    await until(tab, "told.includes('The server does not answer.')")
    await until(tab, f"{SAID} === ''")
