"""The page at `/admin`, in a real Chromium: an operator looks at who is there, and acts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from realtime.config import ConfigError, load
from realtime.domain.ids import new_id
from realtime.domain.outbox import WEBHOOK, WEBHOOK_DEAD
from realtime.models import Outbox
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import press, until, violations
from tests.driver import FOLDER, install_clients
from tests.nodes import SERVER_KEY, InProcess
from tests.scenarios.steps import everyone_joins, say, talk

Open = Callable[[str], Awaitable[Page]]

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])

DOOR = "document.getElementById('door-said')"
LIST = "document.getElementById('list').textContent"
PARTS = ("nodes", "people", "rooms", "slow", "failures", "troubles", "explain")
DIFFERENT = ("nodes", "people")
"""Parts that are drawn in ways of their own; the others are tables like the first."""
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    return await cluster.node(admin__page=True)


@pytest.fixture
async def tab(node: InProcess, page: Open) -> Page:
    """The page, with the key."""
    opened = await page(f"{node.url}/admin")
    await opened.command("Emulation.setFocusEmulationEnabled", enabled=True)
    await unlock(opened, SERVER_KEY)
    await until(opened, f"{LIST}.includes('serving')")
    return opened


async def unlock(tab: Page, key: str) -> None:
    """Type a key, as a person does."""
    await until(tab, "!document.getElementById('door').hidden")
    await tab.evaluate("document.getElementById('key').focus()")
    await tab.command("Input.insertText", text=key)
    await press(tab, "Enter", "\r")


async def goes(tab: Page, address: str) -> None:
    """Open a part of the page, and wait until it is there."""
    await tab.evaluate(f"location.hash = {json.dumps(address)}; 0")
    await until(tab, f"{LIST} !== 'Looking …' && !!document.querySelector('[aria-current]')")


async def shows(tab: Page, *texts: str) -> None:
    for text in texts:
        await until(tab, f"{LIST}.includes({json.dumps(text)})")


async def click(tab: Page, label: str) -> None:
    """Press the button that is read out like this."""
    found = f"document.querySelector('button[aria-label={json.dumps(label)}]')"
    await until(tab, f"!!{found}")
    await tab.evaluate(f"{found}.focus(); {found}.click()")


async def test_an_operator_looks_and_acts(
    cluster: Cluster, node: InProcess, tab: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = await cluster.frontend(node, "ada", headers={"User-Agent": PHONE})
    bob = await cluster.frontend(node, "bob", dialect="jobs")
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada)

    await goes(tab, "people")
    await shows(tab, "ada", "bob", "Chrome on Android", "jobs", "3 rooms")
    await goes(tab, f"people?room=conversations/conversation:{conversation}")
    await shows(tab, "ada")
    assert "bob" not in await tab.evaluate(LIST)
    await goes(tab, "rooms?name=user:")
    await shows(tab, "conversations/user:ada", "jobs/user:bob")

    await goes(tab, "people?user=ada")
    await click(tab, "Disconnect: ada, Chrome on Android")
    await ada.is_disconnected()
    await until(tab, f"{LIST}.includes('Nobody like that')")
    assert "One connection was closed" in await said(tab)
    assert await tab.evaluate("document.activeElement.id") == "part"  # its button has gone
    await ada.reconnect()

    await goes(tab, "people?user=bob")
    await until(tab, "document.getElementById('said').textContent === ''")  # that was of ada
    await click(tab, "Revoke tokens: bob")
    await until(tab, "document.getElementById('sure').open")
    await press(tab, "Escape")
    await until(tab, "!document.getElementById('sure').open")
    assert await tab.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Revoke tokens: bob"
    )
    assert not bob.unheard("disconnect")
    his = cluster.person(node, "bob", "jobs")  # a token of before
    await click(tab, "Revoke tokens: bob")
    await tab.evaluate("document.getElementById('sure-yes').click()")
    await bob.is_disconnected()
    await until(tab, "document.getElementById('said').textContent.includes('refused')")
    assert (await his.get("/api/realtime/notifications")).status == 401
    revoked = "route=/api/server/users/{userId}/disconnect"
    assert capsys.readouterr().out.count(revoked) == 1  # what was left with Escape is not done

    row = await dead_webhook()
    await goes(tab, "failures?kind=webhook")
    await shows(tab, "crm", "dead")
    await click(tab, "Send again: webhook for crm")
    await until(tab, "document.getElementById('said').textContent.includes('another day')")
    assert (await Outbox.get(id=row.id)).kind == WEBHOOK

    message = await say(ada, conversation, "Hi")
    await goes(tab, f"explain?user=bob&message={message['id']}")
    await shows(tab, "ada wrote it", "No push")
    assert tab.console == []


async def dead_webhook() -> Outbox:
    now = datetime.now(UTC)
    return await Outbox.create(
        id=new_id(), kind=WEBHOOK_DEAD, target="crm", body={"type": "message.sent", "data": {}},
        attempts=130, due_at=now, expires_at=now, created_at=now,
        answer={"status": 500, "reason": "Oops"},
    )  # fmt: skip


async def said(tab: Page) -> str:
    found: str = await tab.evaluate("document.getElementById('said').textContent")
    return found


async def test_it_shows_nothing_without_a_key(
    node: InProcess, page: Open, cluster: Cluster
) -> None:
    tab = await page(f"{node.url}/admin")
    for wrong in ("no key", "“no key”"):
        await unlock(tab, wrong)
        await until(tab, f"{DOOR}.textContent.includes('does not know')")
        await tab.evaluate(f"{DOOR}.textContent = ''")
    assert await tab.evaluate("document.getElementById('house').hidden")
    assert await tab.evaluate("sessionStorage.length") == 0

    await unlock(tab, SERVER_KEY)
    await shows(tab, "serving")
    await tab.evaluate("document.getElementById('forget').click()")
    assert await tab.evaluate("[sessionStorage.length, document.activeElement.id]") == [0, "key"]
    stranger = cluster.frontends.person(node.url)
    for path in ("nodes", "connections", "rooms", "troubles", "failures"):
        assert (await stranger.get(f"/api/server/{path}")).status == 401
    assert (await stranger.get("/admin/index.html")).status == 404  # one address, with its policy
    for file in ("main.js", "parts/people.js", "dom.js"):  # of two versions no page is made
        assert (await stranger.get(f"/admin/{file}")).headers["Cache-Control"] == "no-cache"
    policy = (await stranger.get("/admin")).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


OFTEN = "const later = setInterval; globalThis.setInterval = (look) => later(look, 200);"
"""Looks again soon, not after five seconds."""


async def test_a_look_loses_neither_the_page_nor_the_focus(
    cluster: Cluster, node: InProcess, page: Open
) -> None:
    for number in range(52):
        await cluster.frontend(node, f"user-{number:02}")
    tab = await page("about:blank")
    await tab.command("Page.addScriptToEvaluateOnNewDocument", source=OFTEN)
    await tab.command("Emulation.setFocusEmulationEnabled", enabled=True)
    await tab.goes_to(f"{node.url}/admin")
    await unlock(tab, SERVER_KEY)
    await goes(tab, "people")
    await shows(tab, "user-49")
    assert "user-50" not in await tab.evaluate(LIST)
    await tab.evaluate("document.getElementById('next').click();"
                       "document.getElementById('next').click()")  # fmt: skip
    await shows(tab, "user-50", "user-51")
    assert await tab.evaluate("document.getElementById('at').textContent") == "Page 2"
    assert await tab.evaluate("document.activeElement.id") == "part"
    await tab.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    await press(tab, "Enter", "\r")
    assert await tab.evaluate("[document.activeElement.id, location.hash]") == ["part", "#people"]
    await tab.evaluate("document.querySelector('details summary').focus();"
                       "document.querySelector('details').open = true")  # fmt: skip
    await tab.evaluate("document.querySelector('.person').dataset.old = 'yes'")
    await until(tab, "!document.querySelector('[data-old]')")  # it has looked again by itself

    assert await tab.evaluate("document.activeElement.matches('summary')")
    assert await tab.evaluate("document.querySelector('details').open")
    assert "user-50" in await tab.evaluate(LIST)


async def test_axe_finds_nothing_wrong(cluster: Cluster, node: InProcess, page: Open) -> None:
    install_clients()
    axe = (FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text()
    await cluster.frontend(node, "ada", headers={"User-Agent": PHONE})
    tab = await page(f"{node.url}/admin")
    await looks(tab, "light", 360)
    assert await violations(tab, axe) == []
    await unlock(tab, SERVER_KEY)
    await shows(tab, "serving")
    for part in PARTS:
        await goes(tab, part)
        await looks(tab, "light", 360)
        assert await violations(tab, axe) == [], part
        for width in (360, 800, 1280):
            await looks(tab, "dark", width)
            assert await tab.evaluate("document.documentElement.scrollWidth") <= width, part
        if part in DIFFERENT:
            assert await violations(tab, axe) == [], part


async def looks(tab: Page, theme: str, width: int) -> None:
    """Show it in a theme, so wide."""
    chosen = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in chosen.items()]
    await tab.command("Emulation.setEmulatedMedia", features=features)
    await tab.command(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=800, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip


async def test_it_is_off_unless_asked_for_and_asks_for_a_key(cluster: Cluster) -> None:
    node = await cluster.node()
    stranger = cluster.frontends.person(node.url)

    for path in ("/admin", "/admin/", "/admin/main.js"):
        assert (await stranger.get(path)).status == 404
    with pytest.raises(ConfigError, match=r"admin has a page that nobody could use: set server\."):
        load(None, {"REALTIME_ADMIN__PAGE": "true"})
