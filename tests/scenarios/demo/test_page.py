"""The demo at `/`, in a real Chromium: two people talk, in every dialect, over a bad network."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from realtime.gateway.demo import routes
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import (
    Open,
    Waking,
    click,
    pane,
    press,
    ready,
    says,
    sees,
    speaks,
    types,
    until,
    violations,
    wire,
)
from tests.driver import FOLDER, install_clients
from tests.nodes import SERVER_KEY, InProcess
from tests.patience import PATIENCE

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])


async def test_what_one_types_the_other_reads_and_the_first_sees_that(tab: Page) -> None:
    await says(tab, "ada", "Lunch?")

    await sees(tab, "bob", "Lunch?")
    await until(tab, f"{pane('ada')}.querySelector('.mine .facts').textContent.includes('Read')")
    await says(tab, "bob", "<b>Gladly</b>")
    await sees(tab, "ada", "<b>Gladly</b>")


async def test_typing_and_presence_are_seen(tab: Page) -> None:
    await until(tab, f"{pane('ada')}.querySelector('.dot').dataset.state === 'online'")
    await types(tab, "bob", "I am")
    await until(tab, f"{pane('ada')}.querySelector('.typing').textContent === 'Bob is typing …'")
    await says(tab, "bob", " here")

    await until(tab, f"{pane('ada')}.querySelector('.typing').textContent === ''")
    await sees(tab, "ada", "I am here")


@pytest.mark.parametrize(
    ("dialect", "event"),
    [
        ("conversations", "message:new"),
        ("jobs", "message_received"),
        ("skilllink", "new_message"),
        ("linsta", "receive_message"),
    ],
)
async def test_one_conversation_is_heard_in_the_events_of_each_dialect(
    tab: Page, dialect: str, event: str
) -> None:
    await says(tab, "ada", "Said before")
    await sees(tab, "bob", "Said before")
    await speaks(tab, "bob", dialect)
    await sees(tab, "bob", "Said before")
    await tab.evaluate("document.getElementById('wire-clear').click()")

    await says(tab, "ada", "Said now")
    await sees(tab, "bob", "Said now")
    await says(tab, "bob", "And back")
    await sees(tab, "ada", "And back")

    await tab.evaluate(
        "((who) => { who.value = 'bob'; who.dispatchEvent(new Event('input')); })"
        "(document.getElementById('wire-who'))"
    )
    assert event in await wire(tab)
    foreign = {"message:new", "message_received", "new_message", "receive_message"} - {event}
    assert not foreign & set(await wire(tab))
    assert f"bob={dialect}" in await tab.evaluate("location.search")


async def test_who_has_closed_the_chat_hears_the_bell(tab: Page) -> None:
    await says(tab, "ada", "Open")
    await sees(tab, "bob", "Open")
    await click(tab, "bob", "Ada")
    await until(tab, f"!{pane('bob')}.querySelector('.chat')")
    await until(tab, "[...document.querySelectorAll('.wire-rows .name')].some((n) => n.textContent"
                     " === 'leave:conversation')")  # fmt: skip
    await says(tab, "ada", "Closed")

    await until(tab, f"{pane('bob')}.querySelector('.badge').textContent === '1'")
    await until(tab, f"{pane('bob')}.querySelector('.count')?.textContent === '1 unread'")
    await tab.evaluate(f"{pane('bob')}.querySelector('.bell').click()")
    assert "New message from Ada" in await tab.evaluate(
        f"{pane('bob')}.querySelector('.notices ul').textContent"
    )
    await click(tab, "bob", "Mark all read")
    await until(tab, f"{pane('bob')}.querySelector('.badge').hidden")
    await press(tab, "Escape")
    assert await tab.evaluate(f"{pane('bob')}.querySelector('.notices').hidden")
    assert await tab.evaluate("document.activeElement.className") == "bell"


async def test_a_backend_notifies_in_every_dialect(tab: Page) -> None:
    for count, dialect in enumerate(DIALECTS, start=1):
        await speaks(tab, "ada", dialect)
        await click(tab, "ada", "Notify Ada")

        await until(tab, f"{pane('ada')}.querySelector('.badge').textContent === '{count}'")
        rows = f"{pane('ada')}.querySelector('.notices ul').textContent"
        await until(tab, f"{rows}.split('as your backend would').length === {count + 1}")


@pytest.mark.parametrize("default", [each for each in DIALECTS if each != "conversations"])
async def test_each_dialect_is_spoken_whatever_the_node_s_default_is(
    cluster: Cluster, client: None, page: Open, default: str
) -> None:
    node = await cluster.node(demo=True, dialects__origins=None, dialect=default)
    for count, dialect in enumerate(DIALECTS, start=1):
        opened = await page(f"{node.url}/?ada={dialect}&bob=jobs")
        await ready(opened, "ada", "bob")

        await says(opened, "ada", f"Said in {dialect}")
        await sees(opened, "bob", f"Said in {dialect}")
        await says(opened, "bob", f"Answered {dialect}")
        await sees(opened, "ada", f"Answered {dialect}")
        await click(opened, "ada", "Notify Ada")
        rows = f"{pane('ada')}.querySelector('.notices ul').textContent"
        await until(opened, f"{rows}.split('as your backend would').length === {count + 1}")
        await until(opened, f"{pane('ada')}.querySelector('.badge').textContent === '{count}'")


@pytest.mark.parametrize("way", ["notification", "both"])
async def test_a_message_that_comes_as_a_notification_is_read_in_the_chat_once(
    cluster: Cluster, client: None, page: Open, way: str
) -> None:
    node = await cluster.node(demo=True, dialects__origins=None, skilllink__messages_as=way)
    opened = await page(f"{node.url}/?bob=skilllink")
    await ready(opened, "ada", "bob")

    for text in ("Lunch?", "Or later?"):
        await says(opened, "ada", text)
        await sees(opened, "bob", text)

    assert await opened.evaluate(f"{pane('bob')}.querySelectorAll('.messages p').length") == 2
    assert await opened.evaluate(f"{pane('bob')}.querySelector('.badge').hidden")


async def test_what_is_said_while_the_network_is_cut_comes_after_it(tab: Page) -> None:
    for dialect in DIALECTS:
        await speaks(tab, "ada", dialect)
        await cut_and_mended(tab, f"Still there, in {dialect}?", f"Where is {dialect}?")


async def test_what_is_missed_comes_by_itself_where_the_server_still_has_it(tab: Page) -> None:
    await click(tab, "bob", "Cut the network")
    await until(tab, f"{pane('bob')}.querySelector('.link').dataset.link === 'cut'")
    await says(tab, "ada", "Into the tunnel")
    await sees(tab, "ada", "Into the tunnel")
    await tab.evaluate("document.getElementById('wire-clear').click()")
    await click(tab, "bob", "Mend the network")
    await sees(tab, "bob", "Into the tunnel")

    told = await tab.evaluate(f"{pane('bob')}.querySelector('.link').textContent")
    assert "what was missed came by itself" in told
    assert not [name for name in await wire(tab) if name.startswith("GET /api/messages/conv")
                and "…" in name]  # fmt: skip


async def test_what_got_no_answer_is_sent_again_and_counts_once(tab: Page) -> None:
    """The server has it, and its answer is lost on the way."""
    await tab.evaluate(
        "{ const real = fetch; let lost = 1; globalThis.fetch = async (path, how) => {"
        " const answer = await real(path, how);"
        " if (how?.method === 'POST' && path.startsWith('/api/messages?') && lost-- > 0)"
        " throw new TypeError('Failed to fetch');"
        " return answer; }; }"
    )

    await says(tab, "ada", "Is this thing on?")

    await until(tab, f"{pane('ada')}.querySelector('.trouble').textContent.includes('not answer')")
    await until(tab, f"{pane('ada')}.querySelector('.mine .facts').textContent.includes('Read')")
    await until(tab, f"{pane('ada')}.querySelector('.trouble').textContent === ''")
    assert await tab.evaluate(f"{pane('bob')}.querySelectorAll('.theirs').length") == 1


async def test_a_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back(
    demo: InProcess, page: Open
) -> None:
    opened = await page(f"{demo.url}/")
    await ready(opened, "ada", "bob")
    demo.variables["REALTIME_PORT"] = demo.url.rpartition(":")[2]
    told = f"{pane('ada')}.querySelector('.trouble').textContent"

    await demo.stop()

    await until(opened, f"{told}.includes('The server does not answer.')")
    await says(opened, "ada", "Anybody there?")
    await demo.start()
    await sees(opened, "bob", "Anybody there?")
    await until(opened, f"{told} === ''")


async def test_a_page_whose_token_is_taken_no_more_says_what_to_do(
    demo: InProcess, page: Open, cluster: Cluster
) -> None:
    opened = await page(f"{demo.url}/")
    await ready(opened, "ada", "bob")

    await revoke(cluster, demo, "ada")

    told = f"{pane('ada')}.querySelector('.trouble').textContent"
    await until(opened, f"{told}.includes('load the page again')")


async def revoke(cluster: Cluster, node: InProcess, user: str) -> None:
    """As an application's backend does when somebody signs out everywhere."""
    backend = cluster.frontends.person(node.url, token=SERVER_KEY, dialect="server")
    answer = await backend.post(f"/api/server/users/{user}/disconnect", revokeTokens=True)
    assert answer.status < 300, answer.text


async def cut_and_mended(tab: Page, hers: str, his: str) -> None:
    """Ada says something without a network, and Bob meanwhile; each hears the other once."""
    await click(tab, "ada", "Cut the network")
    await until(tab, f"{pane('ada')}.querySelector('.link').dataset.link === 'cut'")
    await says(tab, "ada", hers)
    waiting = f"{pane('ada')}.querySelector('.mine.unsent .facts')?.textContent.includes('Waiting')"
    await until(tab, waiting)
    await says(tab, "bob", his)
    await click(tab, "ada", "Mend the network")

    await sees(tab, "ada", his)
    await sees(tab, "bob", hers)
    await until(tab, f"!{waiting}")
    assert "back after" in await tab.evaluate(f"{pane('ada')}.querySelector('.link').textContent")
    for text in (hers, his):
        for user in ("ada", "bob"):
            said = f"[...{pane(user)}.querySelectorAll('.messages p')]"
            shown = f"{said}.filter((p) => p.textContent === {json.dumps(text)}).length"
            assert await tab.evaluate(shown) == 1


async def test_the_wire_is_filtered_and_saved_as_a_transcript(tab: Page, tmp_path: Path) -> None:
    await tab.command(
        "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "saved")
    )
    await says(tab, "ada", "Needle")
    await sees(tab, "bob", "Needle")
    await tab.evaluate(
        "((box) => { box.value = 'message:new'; box.dispatchEvent(new Event('input')); })"
        "(document.getElementById('wire-text'))"
    )
    assert await wire(tab) == ["message:new"] * 2
    await tab.evaluate("document.getElementById('wire-save').click()")

    await until(tab, "document.getElementById('wire-said').textContent.includes('2 lines saved')")
    saved = await asyncio.to_thread(appears, tmp_path / "saved" / "transcript.jsonl")
    lines = [json.loads(line) for line in saved.splitlines()]
    assert [(line["dialect"], line["direction"], line["name"]) for line in lines] == [
        ("conversations", "in", "message:new")
    ] * 2
    assert {line["who"] for line in lines} == {"ada", "bob"}
    assert all(line["data"]["content"] == "Needle" for line in lines)
    assert "eyJ" not in saved


def appears(file: Path) -> str:
    """The text of a file that the browser writes."""
    until = time.monotonic() + PATIENCE
    while not file.exists() or not file.read_text():
        assert time.monotonic() < until, "the browser saved nothing"
        time.sleep(0.02)
    return file.read_text()


async def test_one_person_can_be_opened_alone(demo: InProcess, page: Open) -> None:
    ada = await page(f"{demo.url}/?user=ada&dialect=linsta")
    bob = await page(f"{demo.url}/?user=bob")
    await ready(ada, "ada")
    await ready(bob, "bob")
    assert await ada.evaluate(f"{pane('bob')} === null")

    await says(ada, "ada", "From another window")

    await sees(bob, "bob", "From another window")


WIDTHS = (1280, 800, 360)


async def as_wide_as(page: Page, width: int) -> None:
    await page.command(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=800, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(tab: Page, theme: str) -> None:
    install_clients()
    axe = (FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text()
    chosen = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in chosen.items()]
    await tab.command("Emulation.setEmulatedMedia", features=features)
    assert await violations(tab, axe) == []

    await says(tab, "ada", "Hello")
    await sees(tab, "bob", "Hello")
    await speaks(tab, "bob", "jobs")
    await click(tab, "ada", "Notify Ada")
    await until(tab, f"{pane('ada')}.querySelector('.badge').textContent === '1'")
    await tab.evaluate(f"{pane('ada')}.querySelector('.bell').click()")
    await click(tab, "bob", "Cut the network")
    await says(tab, "bob", "Waits")
    await tab.evaluate("document.querySelector('.wire-rows summary').click()")

    for width in WIDTHS:
        await as_wide_as(tab, width)
        assert await violations(tab, axe) == []
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width


KEEPS_NOTHING = """
    Object.defineProperty(window, "localStorage", {
      get() { throw new DOMException("Access is denied", "SecurityError"); },
    });
"""


async def test_a_theme_can_be_chosen_where_a_browser_keeps_nothing(
    demo: InProcess, tab: Page
) -> None:
    await tab.command("Page.addScriptToEvaluateOnNewDocument", source=KEEPS_NOTHING)
    await tab.goes_to(demo.url)
    await ready(tab, "ada", "bob")

    for theme in ("light", "dark"):
        await tab.evaluate("document.getElementById('theme').click()")
        assert await tab.evaluate("document.documentElement.dataset.theme") == theme
        assert await tab.evaluate("document.querySelector('#theme span').textContent") == theme
    assert tab.console == []


@pytest.mark.parametrize("query", ["", "?user=cleo"])
async def test_the_head_has_room_for_all_that_it_offers(
    demo: InProcess, page: Open, query: str
) -> None:
    """The documentation's link too, which is there where somebody has made the pages."""
    opened = await page(f"{demo.url}/{query}")
    await until(opened, "document.querySelector('.pane')")
    await opened.evaluate("document.getElementById('docs').hidden = false")

    for width in (320, *WIDTHS):
        await as_wide_as(opened, width)
        assert await opened.evaluate(
            "(() => { const seen = [...document.querySelectorAll('.top h1, .top a, .top button')]"
            ".filter((each) => !each.hidden);"
            " const boxes = seen.map((each) => { const words = document.createRange();"
            " words.selectNodeContents(each); return words.getBoundingClientRect(); });"
            " return boxes.every((a) => a.left >= 0 && a.right <= innerWidth)"
            " && boxes.every((a, i) => boxes.every((b, j) => i === j || a.right <= b.left"
            " || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top)); })()"
        ), width


async def test_the_latest_stays_in_sight_when_the_page_becomes_smaller(tab: Page) -> None:
    """As when a phone's keyboard opens."""
    for number in range(8):
        await says(tab, "ada", f"Number {number}")
    await sees(tab, "bob", "Number 7")

    await as_wide_as(tab, 360)

    last = f"{pane('bob')}.querySelector('.messages li:last-child').getBoundingClientRect()"
    box = f"{pane('bob')}.querySelector('.messages').getBoundingClientRect()"
    await until(tab, f"{last}.bottom <= {box}.bottom + 1 && {last}.top >= {box}.top")


async def test_nothing_comes_from_another_host(tab: Page) -> None:
    hosts = await tab.evaluate(
        "[...new Set(performance.getEntriesByType('resource').map((r) => new URL(r.name).host))]"
    )

    assert hosts == [await tab.evaluate("location.host")]


async def test_a_missing_client_is_told_with_what_to_do(
    cluster: Cluster, page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "CLIENT", tmp_path / "nothing.js")
    node = await cluster.node(demo=True)
    opened = await page(f"{node.url}/")

    await until(opened, "!document.getElementById('notice').hidden")
    told = await opened.evaluate("document.getElementById('notice').textContent")
    assert "Run realtime demo" in told


async def test_without_being_asked_for_there_is_no_demo_and_no_token(cluster: Cluster) -> None:
    node = await cluster.node()
    nobody = cluster.frontends.person(node.url)

    for path in ("/", "/demo/people.json", "/demo/main.js", "/demo/socket.io.js"):
        assert (await nobody.get(path)).status == 404
    assert (await nobody.post("/demo/notify", userId="ada")).status == 404


async def test_only_the_demos_people_are_notified_and_not_without_end(cluster: Cluster) -> None:
    node = await cluster.node(demo=True, limits__rest__rate=0.01, limits__rest__burst=2)
    nobody = cluster.frontends.person(node.url)

    assert (await nobody.post("/demo/notify", userId="eve")).status == 400
    assert (await nobody.post("/demo/notify")).status == 400
    assert (await nobody.post("/demo/notify", userId=["ada"])).status == 400
    asked = [(await nobody.post("/demo/notify", userId="ada")).status for _ in range(3)]
    assert asked == [201, 201, 429]


SUBSCRIBES = """
PushManager.prototype.subscribe = async function (options) {
  const key = new Uint8Array(options.applicationServerKey);
  if (key.length !== 65) throw new Error("no key of P-256");
  return {toJSON: () => (SUBSCRIPTION)};
};
"""
"""A push service that takes everybody: Chromium's own is not reached from a test."""


async def test_without_vapid_keys_no_browser_is_offered_to_be_woken(tab: Page) -> None:
    await tab.evaluate("fetch('/api/notifications/vapid-public-key').then((r) => r.text())")

    assert await tab.evaluate(
        "[...document.querySelectorAll('.notices button')].filter((b) => !b.hidden).length"
    ) == 2 * len(("Mark all read", "Notify"))


async def test_a_browser_is_subscribed_and_shows_what_is_pushed(waking: Waking) -> None:
    node, tab = await waking(SUBSCRIBES)
    await tab.evaluate(f"{pane('ada')}.querySelector('.bell').click()")
    await click(tab, "ada", "Wake this browser")
    await until(tab, f"{pane('ada')}.querySelector('.said').textContent.includes('woken for Ada')")
    assert "201 /api/notifications/subscribe?dialect=conversations" in await wire(tab)

    pushed = {"title": "New message from Bob", "message": "Are you there?", "tag": "c1"}
    worker = await tab.event("ServiceWorker.enable", "ServiceWorker.workerRegistrationUpdated")
    (registration,) = [  # the browser outlives the node of another test
        each["registrationId"]
        for each in worker["registrations"]
        if each["scopeURL"] == f"{node.url}/demo/"
    ]
    shown = (
        "navigator.serviceWorker.getRegistration('/demo/').then((r) => r.getNotifications())"
        ".then((all) => all.map((each) => [each.title, each.body, each.tag]))"
    )
    found: list[list[str]] = []
    async with asyncio.timeout(PATIENCE):
        while not found:  # a busy browser drops what comes before its worker runs
            await tab.command(
                "ServiceWorker.deliverPushMessage",
                origin=node.url,
                registrationId=registration,
                data=json.dumps(pushed),
            )
            found = await tab.evaluate(shown)
    assert found == [["New message from Bob", "Are you there?", "c1"]]
