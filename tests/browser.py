"""Chromium from the system, spoken to over its DevTools protocol: open a page, ask it things."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from pathlib import Path
from typing import Any

import aiohttp

from tests.missing import missing
from tests.patience import PATIENCE
from tests.servers.running import Running

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
LISTENING = r"DevTools listening on (?P<url>ws://\S+)"


class PageError(Exception):
    """What a script in the page threw."""


def program() -> Path:
    """Chromium's path, or a skip that says how to get it."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and MACOS.exists():
        return MACOS
    return Path(found or missing("Chromium", "apt install chromium, or install Google Chrome"))


class Browser:
    """A headless browser with an empty profile; its pages share cookies."""

    def __init__(self, folder: Path) -> None:
        # Its caches and sockets go with the profile: the machine's own stay as they were.
        env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        self._running = Running(
            program(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank", env=env
        )
        self.devtools = self._running.wait_until_said(LISTENING)["url"]

    def close(self) -> None:
        """End it and all its pages."""
        self._running.stop()


class Page:
    """One tab; made by `opened`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.console: list[str] = []
        """What the page printed, one text a call, and the errors that nobody caught."""
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.told: dict[str, dict[str, Any]] = {}
        """By method: the last that the browser told of a domain that a test has enabled."""
        self._events: dict[str, asyncio.Event] = {}
        self._brought: dict[str, dict[str, Any]] = {}
        self._session: str | None = None
        self._target = ""
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            found = message.json()
            if waiting := self._waiting.pop(found.get("id", 0), None):
                if not waiting.done():  # else nobody waited so long, and all others still do
                    waiting.set_result(found)
            elif found.get("method") == "Runtime.consoleAPICalled":
                self.console.append(" ".join(map(_shown, found["params"]["args"])))
            elif found.get("method") == "Runtime.exceptionThrown":
                self.console.append(_thrown(found["params"]["exceptionDetails"]))
            elif event := self._events.get(found.get("method", "")):
                self._brought[found["method"]] = found["params"]
                event.set()
            elif method := found.get("method"):
                self.told[method] = found["params"]

    async def command(
        self, method: str, *, session: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """Any command of the DevTools protocol, to this page or another target's session; raises
        `PageError` when it is refused."""
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        to = session or self._session
        sent = {"id": number, "method": method, "params": params}
        await self._socket.send_json(sent | ({"sessionId": to} if to else {}))
        found = await asyncio.wait_for(answer, PATIENCE)
        if "error" in found:
            raise PageError(found["error"]["message"])
        result: dict[str, Any] = found["result"]
        return result

    async def event(self, command: str, name: str, **params: Any) -> dict[str, Any]:
        """What an event brings that a command causes."""
        heard = self._events[name] = asyncio.Event()
        await self.command(command, **params)
        await asyncio.wait_for(heard.wait(), PATIENCE)
        return self._brought[name]

    async def attach(self) -> None:
        """Make the tab; `opened` does."""
        target = await self.command("Target.createTarget", url="about:blank")
        attached = await self.command(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session, self._target = attached["sessionId"], target["targetId"]
        for domain in ("Page", "Runtime"):
            await self.command(f"{domain}.enable")

    async def goes_to(self, url: str) -> None:
        """Load a page and wait for its `load` event."""
        loaded = self._events["Page.loadEventFired"] = asyncio.Event()
        await self.command("Page.navigate", url=url)
        await asyncio.wait_for(loaded.wait(), PATIENCE)

    async def evaluate(self, script: str, *, session: str | None = None) -> Any:
        """The value of a script, a promise's too; raises `PageError` with what it threw."""
        found = await self.command(
            "Runtime.evaluate",
            session=session,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        if details := found.get("exceptionDetails"):
            raise PageError(_thrown(details))
        return found["result"].get("value")

    async def screenshot(self) -> str:
        """The page as it looks, a PNG in base64."""
        return str((await self.command("Page.captureScreenshot"))["data"])

    async def close(self) -> None:
        """End the tab, which would go on talking to its server."""
        self._session = None
        await self.command("Target.closeTarget", targetId=self._target)
        await self._socket.close()
        await self._reader


def _shown(value: dict[str, Any]) -> str:
    return str(value.get("value", value.get("description", "")))


def _thrown(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])


async def opened(browser: Browser, http: aiohttp.ClientSession, url: str) -> Page:
    """A new tab that has loaded `url`."""
    page = Page(await http.ws_connect(browser.devtools, max_msg_size=0))
    await page.attach()
    await page.goes_to(url)
    return page
