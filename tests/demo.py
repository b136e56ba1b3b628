"""The demo's page in a real browser, driven as a person does: by typing, clicking and looking."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.browser import Page
from tests.nodes import InProcess

Open = Callable[[str], Awaitable[Page]]
"""Opens a page at a URL."""
Waking = Callable[[str], Awaitable[tuple[InProcess, Page]]]
"""Opens the demo where browsers may be woken, with a script for their side of it."""


def pane(user: str) -> str:
    """Somebody's side of the page, as a script's expression."""
    return f"document.querySelector('[aria-labelledby=\"name-{user}\"]')"


async def until(page: Page, condition: str) -> None:
    """Wait until an expression is true in the page."""
    await page.evaluate(
        "new Promise((done) => {"
        f" const look = () => ({condition}) ? done() : setTimeout(look, 20); look(); }})"
    )


async def ready(page: Page, *users: str) -> None:
    """Wait until these sides are connected and their chats are open."""
    await page.command("Emulation.setFocusEmulationEnabled", enabled=True)
    for user in users:
        await until(page, f"{pane(user)}?.querySelector('[data-link=connected]')")
        await until(page, f"{pane(user)}.querySelector('.chat[data-entered]')")


async def press(page: Page, key: str, text: str = "") -> None:
    """One key, as the keyboard sends it to what has the focus."""
    for kind in ("keyDown", "keyUp"):
        typed = {"text": text} if text and kind == "keyDown" else {}
        code = {"Enter": 13, "Tab": 9, "Escape": 27}[key]
        await page.command(
            "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **typed
        )


async def types(page: Page, user: str, text: str) -> None:
    """Write into somebody's box, without sending it."""
    await page.evaluate(f"{pane(user)}.querySelector('form input').focus()")
    await page.command("Input.insertText", text=text)


async def says(page: Page, user: str, text: str) -> None:
    """Write something and press Enter."""
    await types(page, user, text)
    await press(page, "Enter", "\r")


async def sees(page: Page, user: str, text: str) -> None:
    """Wait until somebody's open chat shows this text."""
    shown = f"[...{pane(user)}.querySelectorAll('.messages p')].map((p) => p.textContent)"
    await until(page, f"{shown}.includes({json.dumps(text)})")


async def click(page: Page, user: str, words: str) -> None:
    """Press the button of somebody's side that has these words in it."""
    buttons = f"[...{pane(user)}.querySelectorAll('button')]"
    await page.evaluate(
        f"{buttons}.find((b) => b.textContent.includes({json.dumps(words)})).click()"
    )


async def speaks(page: Page, user: str, dialect: str) -> None:
    """Choose a dialect in somebody's list, and wait until she is back."""
    await page.evaluate(
        f"((list) => {{ list.value = {json.dumps(dialect)};"
        f" list.dispatchEvent(new Event('change')); }})({pane(user)}.querySelector('select'))"
    )
    await ready(page, user)


async def holds(page: Page, calls: str) -> None:
    """Keep the answers of `calls`, a condition of `method` and `path`, from the page; new ones
    until `globalThis.holding` is false, all until `let_go`."""
    await page.evaluate(
        "{ const real = fetch; Object.assign(globalThis, {holding: true, held: []});"
        " globalThis.fetch = async (path, how) => { const method = how?.method ?? 'GET';"
        f" const hold = globalThis.holding && ({calls}); const answer = await real(path, how);"
        " if (hold) await new Promise((go) => globalThis.held.push(go)); return answer; }; }"
    )


async def held(page: Page) -> None:
    """Wait until an answer is there that is kept."""
    await until(page, "globalThis.held.length > 0")


async def let_go(page: Page) -> None:
    """Let the page have what was kept, and time to do something with it."""
    await page.evaluate(
        "globalThis.holding = false; globalThis.held.forEach((go) => go());"
        " new Promise((done) => setTimeout(done, 200))"
    )


async def wire(page: Page) -> list[str]:
    """The names in the list of what went over the wire that are shown, the latest first."""
    rows = "document.querySelectorAll('.wire-rows li:not([hidden])')"
    names = await page.evaluate(f"[...{rows}].map((r) => r.querySelector('.name').textContent)")
    found: list[str] = names
    return found


async def violations(page: Page, axe: str) -> list[Any]:
    """What axe-core, whose script is given, finds wrong with the page as it is."""
    await page.evaluate(axe + "; 0")
    found = await page.evaluate(
        "axe.run().then(({violations}) => violations.map((v) =>"
        " [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + n.failureSummary)]))"
    )
    return list(found)
