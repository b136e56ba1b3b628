"""Seed 002 word by word: its components as a plain script, its first example against `make run`."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.domain.events import CustomEvent
from tests.cluster import Cluster
from tests.driver import FOLDER, NEWEST, install_clients
from tests.driver import node as node_js
from tests.frontend import TRANSPORTS, Frontend
from tests.missing import missing
from tests.nodes import InProcess
from tests.scenarios.steps import backend, once
from tests.servers.running import Running, free_port
from tests.tokens import token

REPOSITORY = Path(__file__).parents[3]

EXAMPLE = """
import { io } from 'socket.io-client';

const socket = io('http://localhost:3000', {
  auth: {
    token: 'YOUR_JWT_TOKEN' // Required for authentication
  },
  path: '/socket.io/',
});

// Connection events
socket.on('connect', () => {
  console.log('Connected to WebSocket server');
});

socket.on('disconnect', () => {
  console.log('Disconnected from WebSocket server');
});

socket.on('connect_error', (error) => {
  console.error('Connection error:', error.message);
});
"""
"""The document's first example, as it stands there; the port and the token are put in."""


def script(folder: Path, name: str, text: str) -> Path:
    """A script of a page's own, beside the newest client under the name that pages import."""
    node_js()
    install_clients()
    (folder / "node_modules").mkdir(parents=True)
    client = FOLDER / "node_modules" / f"sio-{NEWEST}"
    (folder / "node_modules" / "socket.io-client").symlink_to(client.resolve())
    (folder / name).write_text(text)
    return folder / name


async def test_the_seeds_components_work_as_they_are(
    cluster: Cluster, node: InProcess, tmp_path: Path, transports: str
) -> None:
    pages = script(
        tmp_path / "pages", "pages.mjs", Path(__file__).with_name("pages.mjs").read_text()
    )
    tokens = [token("ada", name="Ada"), token("bob", name="Bob")]

    running = Running(node_js(), pages, node.url, *tokens, *TRANSPORTS[transports])
    code = await running.ends()

    assert (code, running.lines[-1]) == (0, "all of it"), "\n".join(running.lines)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    """`make run`, with nothing configured but a free port and an empty data folder."""
    make = shutil.which("make") or missing("make", "apt install make, or xcode-select --install")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    running = Running(
        make,
        "run",
        cwd=REPOSITORY,
        env={
            **kept,
            "PORT": str(free_port()),
            "REALTIME_DATA_DIR": str(tmp_path / "data"),
            "REALTIME_CONFIG": os.devnull,
            "REALTIME_TRANSPORT__DRAIN_WINDOW": "0",
        },
    )
    yield running
    os.killpg(running.pid, signal.SIGTERM)  # make, and what it runs
    running.wait()


async def test_the_first_example_connects_to_make_run(served: Running, tmp_path: Path) -> None:
    port = (await served.says(r"running on port (\d+)"))[1]
    jwt = (await served.says(r"Token of ada .* (\S+)$"))[1]
    text = EXAMPLE.replace("3000", port).replace("YOUR_JWT_TOKEN", jwt)

    page = Running(node_js(), script(tmp_path / "page", "example.mjs", text))
    await page.says("Connected to WebSocket server")
    os.killpg(served.pid, signal.SIGTERM)
    await page.says("Disconnected from WebSocket server")
    page.kill()

    assert not page.said("Connection error: Invalid")


async def test_the_line_to_try_of_make_run_sends_a_message(served: Running) -> None:
    curl = shutil.which("curl") or missing("curl", "apt install curl, or brew install curl")
    line = (await served.says(r"^  Try it +curl (http.*)$"))[1]

    tried = Running("sh", "-c", f"{curl} -sS {line}")
    await tried.ends()

    assert re.search(r'"message":"Message sent successfully"', "".join(tried.lines))


@once
async def test_what_the_application_says_itself_comes_as_it_is(
    node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    order = {"id": 7, "status": "shipped", "lines": [1, 2.5, None, "x"]}
    announce = backend(node).node.announce

    announce(CustomEvent("order:updated", (order,), user_ids=("bob",)))
    announce(CustomEvent("announcement", ("Tea is ready",)))

    assert await bob.hears("order:updated") == order
    assert await bob.hears("announcement") == "Tea is ready"
    assert await ada.hears("announcement") == "Tea is ready"
    await asyncio.gather(ada.settled(), bob.settled())
    assert ada.heard("order:updated") == []
    assert len(bob.heard("announcement")) == 1


# The whole of it once more with the oldest client.


@once
async def test_the_oldest_client_has_all_of_it(cluster: Cluster, node: InProcess) -> None:
    """Every row of the page, seen with socket.io-client 4.0."""
    ada = await cluster.frontend(node, "ada", version="4.0")
    bob = await cluster.frontend(node, "bob", version="4.0")
    phone = await cluster.frontend(node, "bob", version="4.0", transports="upgrade")
    started = await ada.post("/api/messages/start-conversation", otherUserId="bob")
    room = started["data"]["conversationId"]

    assert await ada.ask("join:conversation", room) == {"success": True}
    assert await bob.ask("join:conversation", {"conversationId": room}) == {"success": True}
    assert await ada.ask("conversation:get-online-users", room) == ["bob"]
    await ada.emit("typing:start", {"conversationId": room})
    await ada.emit("typing:stop", {"conversationId": room})
    assert (await bob.hears("typing:start"))["userId"] == "ada"
    assert (await bob.hears("typing:stop"))["userId"] == "ada"
    sent = await ada.ask("message:send", {"conversationId": room, "content": "Hi"})
    assert await bob.hears("message:new") == sent["data"]
    read = await bob.ask("messages:mark-read", {"conversationId": room})
    assert await ada.hears("messages:read") == read["data"]
    message = {"messageId": sent["data"]["id"]}
    edited = await ada.ask("message:edit", {**message, "content": "Hello"})
    assert await bob.hears("message:updated") == edited["data"]
    deleted = await ada.ask("message:delete", message)
    assert await bob.hears("message:deleted") == deleted["data"]
    assert await bob.ask("leave:conversation", room) == {"success": True}
    await ada.post("/api/messages", receiverId="bob", content="Bye")
    notification = await phone.hears("notification:new")
    await bob.emit("notification:read", notification["id"])
    assert await phone.hears("notification:read") == notification["id"]
    await bob.emit("notifications:read-all")
    assert await phone.hears("notifications:read-all") is None
    assert (await ada.ask("user:get-status", "bob"))["status"] == "online"
    assert len(await ada.ask("users:get-status", ["bob", "eve"])) == 2
    assert (await ada.ask("auth:refresh", {"token": token("ada")}))["success"] is True
    assert (await ada.hears("user:status-changed", lambda body: body["userId"] == "bob"))[
        "status"
    ] == "online"
