"""The scripts of the tutorial, run as a reader runs them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cluster import Cluster
from tests.driver import FOLDER, NEWEST, install_clients
from tests.driver import node as node_js
from tests.scenarios.steps import once
from tests.servers.running import Running
from tests.tokens import token

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
HELLO, READING = re.findall(r"^```js\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@once
async def test_what_the_reader_is_told_to_write_prints_what_she_is_told(
    cluster: Cluster, tmp_path: Path
) -> None:
    node = await cluster.node()
    install_clients()
    (tmp_path / "node_modules").mkdir()
    client = FOLDER / "node_modules" / f"sio-{NEWEST}"
    (tmp_path / "node_modules" / "socket.io-client").symlink_to(client)
    hello, reading = tmp_path / "hello.mjs", tmp_path / "reading.mjs"
    hello.write_text(HELLO)
    reading.write_text(READING)
    to_ada, to_bob = token("ada", name="Ada"), token("bob", name="Bob")

    bob = Running(node_js(), hello, node.url, to_bob)
    await bob.says("connected")
    ada = Running(node_js(), hello, node.url, to_ada, "bob")
    assert await ada.ends() == 0
    await bob.says("New message from Ada: Hello from a script")
    bob.kill()
    with_nobody = {"otherUserId": "cleo"}  # as who presses a name in the demo and writes nothing
    began = await cluster.person(node, "bob").post("/api/messages/start-conversation", with_nobody)
    assert began.status == 200
    looked = Running(node_js(), reading, node.url, to_bob)

    assert await looked.ends() == 0
    assert list(ada.lines) == ["connected", "stored"]
    assert sorted(looked.lines) == [
        "Ada: Hello from a script (1 unread)",
        "cleo: nothing yet (0 unread)",
    ]
    assert "`New message from Ada: Hello from a script`" in re.sub(r"\s+", " ", PAGE.read_text())


@once
async def test_a_token_that_does_not_count_is_told(cluster: Cluster, tmp_path: Path) -> None:
    node = await cluster.node()
    install_clients()
    (tmp_path / "node_modules").mkdir()
    client = FOLDER / "node_modules" / f"sio-{NEWEST}"
    (tmp_path / "node_modules" / "socket.io-client").symlink_to(client)
    (tmp_path / "hello.mjs").write_text(HELLO)

    stranger = Running(node_js(), tmp_path / "hello.mjs", node.url, "no token")

    await stranger.says("refused: Invalid token")
    stranger.kill()
