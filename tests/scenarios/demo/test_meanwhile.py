"""The demo at `/` while something is under way: answers that are late, chats that are closed,
another dialect, a connection that says nothing."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import (
    Open,
    Waking,
    click,
    held,
    holds,
    let_go,
    pane,
    ready,
    says,
    sees,
    speaks,
    until,
    wire,
)
from tests.nodes import SERVER_KEY, InProcess
from tests.patience import PATIENCE
from tests.rest import Rest

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])

BADGE = f"{pane('ada')}.querySelector('.badge')"
COUNTED = "200 /api/notifications/unread-count?dialect=conversations"
LISTED = "200 /api/notifications?dialect=conversations&limit=20"


async def over_the_wire(tab: Page, *names: str) -> None:
    """Wait until all of these are in the list."""
    rows = "[...document.querySelectorAll('.wire-rows .name')].map((each) => each.textContent)"
    await until(tab, f"((said) => {json.dumps(names)}.every((n) => said.includes(n)))({rows})")


async def clear_the_wire(tab: Page) -> None:
    await tab.evaluate("document.getElementById('wire-clear').click()")


async def cut(tab: Page, user: str) -> None:
    await click(tab, user, "Cut the network")
    await until(tab, f"{pane(user)}.querySelector('.link').dataset.link === 'cut'")


async def shown(tab: Page, user: str, text: str) -> int:
    """How often a text stands in somebody's chat."""
    said = f"[...{pane(user)}.querySelectorAll('.messages p')]"
    found: int = await tab.evaluate(
        f"{said}.filter((each) => each.textContent === {json.dumps(text)}).length"
    )
    return found


async def test_a_late_list_does_not_hide_what_rang_since(tab: Page) -> None:
    await holds(tab, "method === 'GET' && path.startsWith('/api/notifications')")
    await click(tab, "ada", "Notify Ada")
    await held(tab)
    await tab.evaluate("globalThis.holding = false")
    await clear_the_wire(tab)
    await click(tab, "ada", "Notify Ada")
    await over_the_wire(tab, COUNTED, LISTED)  # what was asked later is here
    assert await tab.evaluate(f"{BADGE}.textContent") == "2"

    await let_go(tab)

    assert await tab.evaluate(f"{BADGE}.textContent") == "2"


async def test_an_answer_of_before_does_not_unread_what_was_read(tab: Page) -> None:
    await holds(tab, "method === 'GET' && path.startsWith('/api/notifications')")
    await click(tab, "ada", "Notify Ada")
    await held(tab)
    await until(tab, f"{BADGE}.textContent === '1'")
    await tab.evaluate(f"{pane('ada')}.querySelector('.bell').click()")
    await click(tab, "ada", "Mark all read")
    await until(tab, f"{BADGE}.hidden")

    await let_go(tab)

    assert await tab.evaluate(f"{BADGE}.hidden")


async def test_what_rings_while_all_is_marked_as_read_stays_unread(tab: Page) -> None:
    await speaks(tab, "ada", "jobs")
    await click(tab, "ada", "Notify Ada")
    await until(tab, f"{BADGE}.textContent === '1'")
    await holds(tab, "method === 'PUT'")
    await click(tab, "ada", "Mark all read")
    await held(tab)
    await clear_the_wire(tab)
    await click(tab, "ada", "Notify Ada")
    await over_the_wire(tab, "200 /api/realtime/notifications?limit=20")

    await let_go(tab)

    await over_the_wire(tab, "200 /api/realtime/notifications/mark-all-read")
    await until(tab, f"!{BADGE}.hidden && {BADGE}.textContent === '1'")


async def test_what_was_asked_in_another_dialect_is_not_shown(tab: Page) -> None:
    """`skilllink` has no statuses: what `linsta` asked would stand there for ever."""
    await holds(tab, "path.startsWith('/api/users/status')")
    await speaks(tab, "ada", "linsta")
    await held(tab)
    await speaks(tab, "ada", "skilllink")

    await let_go(tab)

    state = f"{pane('ada')}.querySelector('.dot').dataset.state"
    assert await tab.evaluate(state) == "status unknown"


async def test_a_chat_that_is_closed_while_it_opens_is_left(tab: Page) -> None:
    await click(tab, "bob", "Ada")
    await over_the_wire(tab, "leave:conversation")
    await clear_the_wire(tab)
    await holds(tab, "path.endsWith('/start-conversation')")
    await click(tab, "bob", "Ada")
    await held(tab)
    await click(tab, "bob", "Ada")

    await let_go(tab)

    await over_the_wire(tab, "join:conversation", "leave:conversation")
    await says(tab, "ada", "Are you there?")
    await until(tab, f"{pane('bob')}.querySelector('.badge').textContent === '1'")


async def opens_and_waits(demo: InProcess, cluster: Cluster, tab: Page) -> None:
    """Bob closes the chat and opens it again: he has joined, and his history is on its way."""
    backend = cluster.frontends.person(demo.url, token=SERVER_KEY, dialect="server")
    await click(tab, "bob", "Ada")
    await joined(backend, 1)
    await holds(tab, "method === 'GET' && path.startsWith('/api/messages/conversations/')")
    await click(tab, "bob", "Ada")
    await held(tab)
    await joined(backend, 2)


async def joined(backend: Rest, count: int) -> None:
    """Wait until so many sockets are in the conversation's room."""
    async with asyncio.timeout(PATIENCE):
        found = -1
        while found != count:
            await asyncio.sleep(0.02)
            rooms = (await backend.get("/api/server/rooms?name=conversation:"))["data"]["items"]
            found = sum(room["connections"] for room in rooms)


async def test_what_is_deleted_does_not_come_back_with_an_answer_of_before(
    demo: InProcess, cluster: Cluster, tab: Page
) -> None:
    await says(tab, "ada", "A slip")
    await sees(tab, "bob", "A slip")
    await opens_and_waits(demo, cluster, tab)
    await clear_the_wire(tab)
    ada = cluster.person(demo, "ada")
    [chat] = (await ada.get("/api/messages/conversations"))["data"]
    assert (await ada.delete(f"/api/messages/{chat['lastMessage']['id']}")).status == 200
    told = "[...document.querySelectorAll('.wire-rows .name')].map((each) => each.textContent)"
    await until(tab, f"{told}.filter((name) => name === 'message:deleted').length === 2")

    await let_go(tab)

    await until(tab, f"{pane('bob')}.querySelector('.chat[data-entered]')")
    assert await shown(tab, "bob", "A slip") == 0


async def test_what_comes_before_a_chat_is_there_is_read_with_it(
    demo: InProcess, cluster: Cluster, tab: Page
) -> None:
    await opens_and_waits(demo, cluster, tab)
    await says(tab, "ada", "Early")
    await sees(tab, "bob", "Early")

    await let_go(tab)

    await until(tab, f"{pane('ada')}.querySelector('.mine .facts').textContent.includes('Read')")
    assert "PUT /api/messages/conversations/null/read" not in await wire(tab)
    assert await shown(tab, "bob", "Early") == 1


@pytest.mark.parametrize("dialect", ["conversations", "linsta"])
async def test_what_waits_is_sent_though_its_chat_was_closed(tab: Page, dialect: str) -> None:
    await speaks(tab, "ada", dialect)
    await cut(tab, "ada")
    await says(tab, "ada", "To Bob")
    await click(tab, "ada", "Cleo")
    await says(tab, "ada", "To Cleo")
    await click(tab, "ada", "Cleo")

    await click(tab, "ada", "Mend the network")

    await sees(tab, "bob", "To Bob")
    await click(tab, "ada", "Cleo")
    await sees(tab, "ada", "To Cleo")
    await until(tab, f"!{pane('ada')}.querySelector('.unsent')")
    assert await shown(tab, "ada", "To Cleo") == 1


async def test_what_waits_is_sent_though_another_dialect_is_spoken(tab: Page) -> None:
    """Also where it is word for word what was sent before."""
    await says(tab, "ada", "Hello?")
    await sees(tab, "bob", "Hello?")
    await cut(tab, "ada")
    await says(tab, "ada", "Hello?")

    await speaks(tab, "ada", "jobs")

    await until(tab, f"{pane('bob')}.querySelectorAll('.theirs').length === 2")
    await until(tab, f"!{pane('ada')}.querySelector('.unsent')")
    assert await shown(tab, "ada", "Hello?") == 2


async def test_a_history_that_is_loaded_again_doubles_nothing(
    cluster: Cluster, client: None, page: Open
) -> None:
    """`jobs` is told no id of what it sends."""
    node = await cluster.node(demo=True, dialects__origins=None, recovery__mode="off")
    tab = await page(f"{node.url}/?ada=jobs")
    await ready(tab, "ada", "bob")
    await says(tab, "ada", "Only once")
    await sees(tab, "bob", "Only once")
    await cut(tab, "ada")
    await clear_the_wire(tab)

    await click(tab, "ada", "Mend the network")

    await over_the_wire(tab, "200 /api/realtime/chat/bob")
    assert await shown(tab, "ada", "Only once") == 1


STUCK = """{
  const real = fetch, of = new Map();
  AbortSignal.timeout = () => {
    const made = new AbortController();
    of.set(made.signal, made);
    return made.signal;
  };
  let stuck = 1;
  globalThis.fetch = (path, how) => {
    if (!path.startsWith("/api/messages?") || stuck-- <= 0) return real(path, how);
    const {signal} = how;
    globalThis.late = () => of.get(signal).abort();
    return new Promise((_, no) => signal?.addEventListener("abort", () => no(signal.reason)));
  };
}"""
"""One call on a connection that says nothing, as after a sleep; `late()` is its time-out."""


async def test_a_call_that_is_never_answered_holds_nothing_up(tab: Page) -> None:
    await tab.evaluate(STUCK)
    await says(tab, "ada", "Good morning")
    await until(tab, "globalThis.late")

    await tab.evaluate("late()")

    await until(tab, f"{pane('ada')}.querySelector('.trouble').textContent.includes('not answer')")
    await sees(tab, "bob", "Good morning")


LOST = """{
  const real = fetch;
  let lost = 1;
  globalThis.fetch = async (path, how) => {
    if (path.endsWith("/start-conversation") && lost-- > 0) throw new TypeError("Failed to fetch");
    return real(path, how);
  };
}"""


async def test_a_chat_whose_opening_got_no_answer_is_opened_once_more(tab: Page) -> None:
    await click(tab, "ada", "Bob")
    await over_the_wire(tab, "leave:conversation")
    await tab.evaluate(LOST)
    await click(tab, "ada", "Bob")
    trouble = f"{pane('ada')}.querySelector('.trouble').textContent"
    await until(tab, f"{trouble}.includes('asked again')")

    await says(tab, "ada", "Here I am")

    await sees(tab, "bob", "Here I am")
    await until(tab, f"{trouble} === ''")


SUBSCRIBED = """
PushManager.prototype.getSubscription = async () => globalThis.ended ? null : {
  options: {applicationServerKey: new Uint8Array(65).buffer},
  unsubscribe: async () => (globalThis.ended = true),
};
PushManager.prototype.subscribe = async () => {
  if (!globalThis.ended) throw new Error("A subscription with a different key already exists");
  return {toJSON: () => (SUBSCRIPTION)};
};
"""
"""A browser that has subscribed with other keys; Chromium's push service is not reached from a
test."""


async def test_a_browser_that_was_woken_with_other_keys_is_subscribed_anew(waking: Waking) -> None:
    _, tab = await waking(SUBSCRIBED)

    offers = f"[...{pane('ada')}.querySelectorAll('.notices button')]"
    await until(tab, f"{offers}.every((each) => !each.hidden)")
    await click(tab, "ada", "Wake this browser")

    await until(tab, f"{pane('ada')}.querySelector('.said').textContent.includes('woken for Ada')")
    await tab.evaluate(  # the browser is the tests' own, and outlives the node
        "navigator.serviceWorker.getRegistrations()"
        ".then((all) => Promise.all(all.map((each) => each.unregister())))"
    )


BUSY = """{
  const real = fetch;
  globalThis.fetch = async (path, how) => path === "/demo/people.json"
    ? new Response('{"error":"Server is busy"}', {status: 503}) : real(path, how);
}"""


async def test_a_page_that_is_refused_its_people_says_so(demo: InProcess, page: Open) -> None:
    tab = await page("about:blank")
    await tab.command("Page.addScriptToEvaluateOnNewDocument", source=BUSY)
    await tab.goes_to(f"{demo.url}/")

    await until(tab, "!document.getElementById('notice').hidden")

    told = await tab.evaluate("document.getElementById('notice').textContent")
    assert "The server does not answer: 503" in told
