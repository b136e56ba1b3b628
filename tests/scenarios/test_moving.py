"""Moving from a Socket.IO server in Node.js as docs/from-node.md says: both behind one nginx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.driver import FOLDER, install_clients
from tests.driver import node as node_js
from tests.frontends import Frontends
from tests.nodes import InProcess
from tests.servers.nginx import Configured
from tests.servers.running import Running, free_port
from tests.test_documents import blocks
from tests.tokens import token

pytestmark = pytest.mark.parametrize(("database", "transports"), [("sqlite", "upgrade")])


@pytest.fixture
def old() -> Iterator[Running]:
    """The server that people are on."""
    install_clients()
    running = Running(node_js(), FOLDER / "old.js")
    yield running
    running.stop()


@pytest.fixture
def proxy(old: Running, node: InProcess, tmp_path: Path) -> Iterator[Configured]:
    """nginx as the page has it, before both."""
    (block,) = blocks("nginx")
    port, there = free_port(), old.wait_until_said(r"listening on (\d+)")[1]
    text = block.text.replace("127.0.0.1:3000", f"127.0.0.1:{there}")
    text = text.replace("127.0.0.1:3001", node.url.removeprefix("http://"))
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    folder = tmp_path / "nginx"
    folder.mkdir()
    running = Configured(folder, f"events {{}}\nhttp {{\n{text}\n}}", f"http://127.0.0.1:{port}")
    yield running
    running.close()


async def test_a_few_go_first_then_all_and_nobody_does_anything(
    cluster: Cluster, frontends: Frontends, old: Running, proxy: Configured, tmp_path: Path
) -> None:
    ada = await frontends.connect(proxy.url, token("ada"), dialect="another's", reconnects=True)
    bob = await frontends.connect(proxy.url, token("bob"), headers={"Cookie": "chat=new"})
    hello = {"receiverId": "bob", "content": "Hello"}

    assert await ada.ask("message:send", hello) == {"success": True, "by": "old"}
    assert (await bob.ask("message:send", {**hello, "receiverId": "ada"}))["data"]["seq"] == 1

    file = tmp_path / "nginx" / "nginx.conf"
    file.write_text(file.read_text().replace("default old;", "default new;"))
    proxy.reload()
    assert await ada.ask("message:send", hello) == {"success": True, "by": "old"}
    old.stop()

    await ada.is_connected(2)
    assert (await ada.ask("message:send", hello))["data"]["seq"] == 2
    assert (await bob.hears("notification:new"))["message"] == "Hello"
