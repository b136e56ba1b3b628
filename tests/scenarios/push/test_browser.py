"""The page's half, in a real Chromium against a real node.

A headless browser without a network reaches no push service of its own: what `subscribe()` would
get from there is the tests' service's, and its pushes come in over the DevTools protocol. All the
rest is the browser's: the worker, permissions, notifications, and how a push event lives.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tests.browser import Page
from tests.nodes import Process
from tests.patience import PATIENCE
from tests.scenarios.push.house import House
from tests.servers.push_service import Browser
from tests.tokens import token
from tests.vapid import OTHER_PUBLIC, PUBLIC

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])

SEED_WORKER = (Path(__file__).parent / "seed_worker.js").read_text()

# What the browser would have from its push service.
SUBSCRIBED = """
    const given = %s;
    let kept = null;
    PushManager.prototype.getSubscription = async () => kept;
    PushManager.prototype.subscribe = async function ({ applicationServerKey, userVisibleOnly }) {
      window.asked = [[...new Uint8Array(applicationServerKey)], userVisibleOnly];
      const options = { applicationServerKey: applicationServerKey.buffer };
      const unsubscribe = async () => { kept = null; window.ended = true; return true };
      kept = { toJSON: () => given, endpoint: given.endpoint, options, unsubscribe };
      return kept;
    };
    window.subscribedWith = (key) => {
      kept.options.applicationServerKey = new Uint8Array(key).buffer;
    };
"""

# What a click does cannot be seen from outside: a script has no leave to open windows.
CLICKS = """
    self.opened = []; self.focused = []; self.badges = []; self.times = 0;
    const show = ServiceWorkerRegistration.prototype.showNotification;
    ServiceWorkerRegistration.prototype.showNotification = async function (...given) {
      await show.apply(this, given);
      self.times++;
    };
    Clients.prototype.openWindow = async (url) => { self.opened.push(url) };
    WindowClient.prototype.focus = async function () { self.focused.push(this.url); return this };
    WindowClient.prototype.navigate = async function (url) { self.opened.push(url); return this };
    navigator.setAppBadge = async (count) => { self.badges.push(count) };
    navigator.clearAppBadge = async () => { self.badges.push(0) };
"""


ACTIVE = """
    navigator.serviceWorker.ready.then(({ active }) => new Promise((done) => {
      const look = () => active.state === "activated" && done(true);
      active.addEventListener("statechange", look);
      look();
    }))
"""


class Tab:
    """A page of the node's own origin, with leave to show notifications."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.worker: str | None = None

    async def allowed(self) -> None:
        await self.page.command(
            "Browser.grantPermissions", origin=self.origin, permissions=["notifications"]
        )
        await self.page.command("ServiceWorker.enable")

    async def registers(self, worker: str) -> None:
        await self.page.evaluate(
            f"navigator.serviceWorker.register('{worker}', {{scope: '/'}}).then(() => true)"
        )
        await self.knows_worker()

    async def knows_worker(self) -> None:
        """Find the worker's own session, and let it remember what clicks do."""
        await self.page.evaluate(ACTIVE)
        found = await self.page.command("Target.getTargets")
        worker = next(
            each
            for each in found["targetInfos"]
            if each["type"] == "service_worker" and each["url"].startswith(f"{self.origin}/")
        )
        attached = await self.page.command(
            "Target.attachToTarget", targetId=worker["targetId"], flatten=True
        )
        self.worker = attached["sessionId"]
        await self.page.evaluate(f"(() => {{ {CLICKS} }})()", session=self.worker)

    async def forgets_workers(self) -> None:
        """The browser is the tests' own, and outlives the node."""
        await self.page.evaluate("localStorage.clear()")
        await self.page.evaluate(
            "navigator.serviceWorker.getRegistrations()"
            ".then((all) => Promise.all(all.map((each) => each.unregister())))"
        )

    async def is_pushed(self, data: str) -> None:
        """And shows it: who asks before what is shown makes Chromium forget that it shows it."""
        before = await self.page.evaluate("self.times", session=self.worker)
        told = self.page.told["ServiceWorker.workerRegistrationUpdated"]
        (registration,) = [
            each for each in told["registrations"] if each["scopeURL"] == f"{self.origin}/"
        ]
        await self.page.command(
            "ServiceWorker.deliverPushMessage",
            origin=self.origin,
            registrationId=registration["registrationId"],
            data=data,
        )
        async with asyncio.timeout(PATIENCE):
            shown = before
            while shown == before:
                await asyncio.sleep(0.1)  # Chromium forgets what is asked for before it is shown
                shown = await self.page.evaluate("self.times", session=self.worker)

    async def shows(self, count: int = 1) -> list[dict[str, Any]]:
        """The notifications that are shown, once there are so many."""
        # Asked from here: the timers of a page that nobody sees stand still.
        script = """
            navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) =>
              all.map((n) => ({ title: n.title, body: n.body, tag: n.tag,
                                actions: n.actions.map((a) => a.action) })))
        """
        async with asyncio.timeout(PATIENCE):
            while len(found := await self.page.evaluate(script)) != count:
                pass
        return list(found)

    async def clicks(self, action: str = "") -> dict[str, list[str]]:
        """Click the first notification; what the worker has opened and focused so far."""
        script = f"""
            (async () => {{
              const [notification] = await self.registration.getNotifications();
              const done = [];
              const event = new NotificationEvent("notificationclick",
                {{ notification, action: "{action}" }});
              event.waitUntil = (promise) => done.push(promise);
              self.dispatchEvent(event);
              await Promise.all(done);
              return {{ opened: self.opened, focused: self.focused }};
            }})()
        """
        before = len(await self.shows_any())
        clicked = dict(await self.page.evaluate(script, session=self.worker))
        await self.shows(before - 1)
        return clicked

    async def shows_any(self) -> list[Any]:
        """What is shown at this moment."""
        script = "self.registration.getNotifications().then((all) => all.map((n) => n.title))"
        return list(await self.page.evaluate(script, session=self.worker))


OpenPage = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def node(house: House) -> Process:
    return await house.node()


@pytest.fixture
async def tab(node: Process, page: OpenPage) -> AsyncIterator[Tab]:
    made = Tab(await page(f"{node.url}/healthz"), node.url)
    await made.allowed()
    yield made
    await made.forgets_workers()


async def with_push(tab: Tab, browser: Browser, user: str) -> None:
    """Load push.js as a page does."""
    given = json.dumps(browser.subscription)
    await tab.page.evaluate(f"(() => {{ {SUBSCRIBED % given} }})()")
    await tab.page.evaluate(
        "import('/push/push.js').then(({ pushNotifications }) =>"
        f" {{ window.push = pushNotifications({{ token: '{token(user)}' }}) }})"
    )


async def test_from_the_subscription_to_the_click(
    house: House, node: Process, tab: Tab, http: ClientSession
) -> None:
    browser = house.service.browser(PUBLIC, "fcm")
    await with_push(tab, browser, "bob")
    ada = house.cluster.person(node, "ada")

    before = await tab.page.evaluate("push.renew()")
    await tab.page.evaluate("push.subscribe().then(() => true)")
    await tab.knows_worker()
    await ada.post("/api/messages", receiverId="bob", content="Lunch?")
    await house.service.until(lambda: bool(browser.shown))
    await tab.is_pushed(json.dumps(browser.shown[0]))
    (shown,) = await tab.shows()

    assert before is None
    assert (shown["title"], shown["body"]) == ("New message from Ada", "Lunch?")
    assert shown["tag"] == browser.shown[0]["tag"]
    assert await tab.page.evaluate("self.badges", session=tab.worker) == [1]
    clicked = await tab.clicks("view")
    link = f"{node.url}{browser.shown[0]['link']}"
    assert clicked == {"opened": [link], "focused": [f"{node.url}/healthz"]}


async def test_a_page_renews_its_subscription_and_makes_it_anew_with_another_key(
    house: House, node: Process, tab: Tab
) -> None:
    browser = house.service.browser(PUBLIC, "fcm")
    await with_push(tab, browser, "bob")
    await tab.page.evaluate("push.subscribe().then(() => true)")

    key, visible_only = await tab.page.evaluate("asked")
    await tab.page.evaluate("delete window.asked")
    await tab.page.evaluate("push.renew().then(() => true)")
    not_again = await tab.page.evaluate("window.asked === undefined && !window.ended")
    await tab.page.evaluate(f"subscribedWith({list(OTHER_PUBLIC.encode())})")
    await tab.page.evaluate("push.renew().then(() => true)")

    assert (len(key), visible_only) == (65, True)
    assert not_again
    assert await tab.page.evaluate("window.ended && asked[0].length") == 65
    assert await tab.page.evaluate("push.unsubscribe()") is True
    bob = house.cluster.person(node, "bob")
    gone = await bob.delete("/notifications/subscribe", {"endpoint": browser.endpoint})
    assert gone.status == 404


async def test_what_was_lost_while_the_key_changed_is_subscribed_at_the_next_load(
    house: House, tab: Tab
) -> None:
    browser = house.service.browser(PUBLIC, "fcm")
    await with_push(tab, browser, "bob")
    await tab.page.evaluate("push.subscribe().then(() => true)")
    await tab.page.evaluate(f"subscribedWith({list(OTHER_PUBLIC.encode())})")
    await tab.page.evaluate(
        """(() => {
          const subscribe = PushManager.prototype.subscribe;
          PushManager.prototype.subscribe = async function () {
            PushManager.prototype.subscribe = subscribe;
            throw new DOMException("push service not available", "AbortError");
          };
        })()"""
    )
    failed = await tab.page.evaluate("push.renew().catch((error) => error.name)")

    renewed = await tab.page.evaluate("push.renew().then((found) => found.endpoint)")

    assert failed == "AbortError"
    assert renewed == browser.endpoint
    assert await tab.page.evaluate("push.unsubscribe()") is True
    assert await tab.page.evaluate("push.renew()") is None


async def test_a_page_with_a_nearer_worker_of_its_own_subscribes_the_one_that_shows_pushes(
    house: House, page: OpenPage
) -> None:
    node = await house.node(demo=True)
    tab = Tab(await page(f"{node.url}/demo/style.css"), node.url)
    await tab.allowed()
    await tab.page.evaluate("navigator.serviceWorker.register('/demo/push.js').then(() => true)")
    await tab.page.evaluate(ACTIVE)
    await with_push(tab, house.service.browser(PUBLIC, "fcm"), "bob")
    await tab.page.evaluate(
        """(() => {
          const subscribe = PushManager.prototype.subscribe;
          PushManager.prototype.subscribe = function (options) {
            window.subscribedBy = this;
            return subscribe.call(this, options);
          };
        })()"""
    )

    await tab.page.evaluate("push.subscribe().then(() => true)")

    scope = """navigator.serviceWorker.getRegistrations().then((all) =>
        all.find((each) => each.pushManager === subscribedBy).scope)"""
    assert await tab.page.evaluate(scope) == f"{node.url}/"
    assert await tab.page.evaluate("push.unsubscribe()") is True
    await tab.forgets_workers()


PUSHED: list[tuple[str, str, str]] = [
    ("", "New notification", ""),
    ("not JSON", "New notification", "not JSON"),
    ("7", "New notification", "7"),
    ("null", "New notification", "null"),
    ('{"title": {}, "message": []}', "[object Object]", ""),
    ('{"notification": {"title": "Declared", "body": "Only"}}', "Declared", "Only"),
    ('{"title": "Old", "notification": {"actions": "none"}}', "Old", ""),
]


async def test_rules_18_and_25_whatever_comes_is_shown(tab: Tab) -> None:
    await tab.registers("/push/sw.js")

    for data, title, body in PUSHED:
        await tab.is_pushed(data)
        (shown,) = await tab.shows()
        assert (shown["title"], shown["body"]) == (title, body)
        await tab.clicks("dismiss")


LINKS: list[tuple[dict[str, str], str]] = [
    ({"link": "/orders/7"}, "/orders/7"),
    ({"link": "https://evil.example/x"}, "/"),
    ({"link": "//evil.example/x"}, "/"),
    ({"link": "javascript:alert(1)"}, "/"),
    ({"link": "http://["}, "/"),
    ({}, "/"),
]


async def test_rule_26_a_click_stays_on_its_own_origin(tab: Tab) -> None:
    await tab.registers("/push/sw.js")

    for said, leads_to in LINKS:
        await tab.is_pushed(json.dumps({"title": "Hi", **said}))
        await tab.shows()
        assert (await tab.clicks())["opened"].pop() == f"{tab.origin}{leads_to}"


async def test_a_click_leads_no_window_that_the_worker_does_not_control(tab: Tab) -> None:
    """It would have the focus and stay where it is: a click may show one window only."""
    await tab.registers("/push/sw.js")
    # As with Shift: without its worker.
    await tab.page.event("Page.reload", "Page.loadEventFired", ignoreCache=True)
    assert await tab.page.evaluate("navigator.serviceWorker.controller === null")

    await tab.is_pushed(json.dumps({"title": "Hi", "link": "/orders/7"}))
    await tab.shows()

    link = f"{tab.origin}/orders/7"
    assert await tab.clicks() == {"opened": [link], "focused": []}
    await tab.is_pushed(json.dumps({"title": "Hi", "link": "/healthz"}))
    await tab.shows()
    assert (await tab.clicks())["focused"] == [f"{tab.origin}/healthz"]


async def test_rule_5_the_same_tag_replaces_what_is_shown(tab: Tab) -> None:
    await tab.registers("/push/sw.js")
    for text in ("One", "Two"):
        await tab.is_pushed(json.dumps({"title": "Ada", "message": text, "tag": "t"}))
    await tab.is_pushed(json.dumps({"title": "Eve", "message": "Three", "tag": "u"}))

    shown = await tab.shows(2)

    assert sorted(each["body"] for each in shown) == ["Three", "Two"]
    dismissed = await tab.clicks("dismiss")
    assert dismissed["opened"] == []


@pytest.fixture
async def seeds_origin() -> AsyncIterator[str]:
    """Where the documents' frontend is served."""
    app = web.Application()

    async def page_of_seed(_: web.Request) -> web.Response:
        return web.Response(text="<title>SkillLink</title>", content_type="text/html")

    async def worker(_: web.Request) -> web.Response:
        return web.Response(text=SEED_WORKER, content_type="text/javascript")

    app.add_routes([web.get("/", page_of_seed), web.get("/sw.js", worker)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_documents_own_worker_shows_what_is_pushed(
    house: House, node: Process, page: OpenPage, seeds_origin: str
) -> None:
    """The seed's service worker, on its own origin, and its `view`."""

    browser = await house.browser(house.cluster.person(node, "bob", "skilllink"))
    ada = house.cluster.person(node, "ada")
    seeds = Tab(await page(f"{seeds_origin}/"), seeds_origin)
    await seeds.allowed()
    await seeds.registers("/sw.js")

    await ada.post("/api/messages", receiverId="bob", content="Homework?")
    await house.service.until(lambda: bool(browser.shown))
    await seeds.is_pushed(json.dumps(browser.shown[0]))

    (shown,) = await seeds.shows()
    assert (shown["title"], shown["body"]) == ("New message from Ada", "Homework?")
    assert shown["actions"] == ["view", "dismiss"]
    assert (await seeds.clicks("view"))["opened"] == ["/messages"]


@pytest.mark.parametrize("name", ["sw.js", "push.js"])
async def test_both_files_are_fresh_and_may_serve_the_whole_page(
    node: Process, http: ClientSession, name: str
) -> None:
    async with http.get(f"{node.url}/push/{name}") as answer:
        headers = answer.headers
        assert answer.status == 200
    again = {"If-None-Match": headers["ETag"]}
    async with http.get(f"{node.url}/push/{name}", headers=again) as answer:
        assert answer.status == 304

    assert headers["Content-Type"].startswith("text/javascript")
    assert headers["Service-Worker-Allowed"] == "/"
    assert headers["Cache-Control"] == "no-cache"
