"""`realtime check --url`: which hop between the frontends and the nodes is in the way, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.cli.run import Shell
from tests.servers.nginx import Configured
from tests.servers.running import Running, free_port

LISTENS = r"http://localhost:(\d+)/healthz"

PROXY = """
events {{ worker_connections 512; }}
http {{
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    upstream nodes {{ {nodes} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_buffering off;
            {location}
        }}
    }}
}}
"""
PASSED = """
proxy_pass http://nodes;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
"""

Serve = Callable[..., str]
Told = dict[str, list[dict[str, str]]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """`serve()` starts a node of its own database, and gives its port."""
    running: list[Running] = []

    def start(**variables: str) -> str:
        folder = tmp_path / f"node{len(running)}"
        folder.mkdir()
        node = Shell(folder).start("serve", PORT="0", **variables)
        running.append(node)
        return node.wait_until_said(LISTENS)[1]

    yield start
    for node in running:
        node.stop()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """`proxy(port, …, location=…)` is nginx before nodes; its URL."""
    running: list[Configured] = []

    def start(*ports: str, location: str = PASSED) -> str:
        folder, port = tmp_path / "nginx", free_port()
        folder.mkdir()
        nodes = " ".join(f"server 127.0.0.1:{each};" for each in ports)
        text = PROXY.format(nodes=nodes, port=port, location=location)
        running.append(Configured(folder, text, f"http://127.0.0.1:{port}"))
        return running[-1].url

    yield start
    for each in running:
        each.close()


def probed(shell: Shell, url: str) -> tuple[int, Told]:
    """The exit code, and the findings about the way to a URL by their topic."""
    ended = shell.run("check", "--json", "--url", url, PORT="0")
    found: Told = {}
    for each in orjson.loads(ended.text):
        found.setdefault(each["topic"], []).append(each)
    return ended.code, found


QUICK = {"REALTIME_TRANSPORT__PING_INTERVAL": "1"}


def test_a_way_that_is_free_is_well(shell: Shell, serve: Serve, proxy: Callable[..., str]) -> None:
    code, found = probed(shell, proxy(serve(REALTIME_NODE__NAME="n1", **QUICK)))

    assert code == 0
    assert "Server: nginx" in found["URL"][0]["found"]
    assert found["Clock"][0]["severity"] == "ok"
    assert found["Sessions"][0]["found"] == "8 of 8 reached their node (n1)"
    assert found["WebSocket"][0]["found"] == "opens, and takes over from polling"
    assert {each["found"] for each in found["Silence"]} == {
        "a poll bears 1 s of it",
        "a WebSocket bears 1 s of it",
    }


def test_a_proxy_that_passes_no_upgrade_is_told(
    shell: Shell, serve: Serve, proxy: Callable[..., str]
) -> None:
    code, found = probed(shell, proxy(serve(**QUICK), location="proxy_pass http://nodes;"))

    assert code == 1
    assert "pass Upgrade and Connection" in found["WebSocket"][0]["problem"]
    assert [each["severity"] for each in found["Silence"]] == ["ok"]


def test_a_proxy_that_waits_too_shortly_is_told_with_the_time(
    shell: Shell, serve: Serve, proxy: Callable[..., str]
) -> None:
    node = serve(REALTIME_TRANSPORT__PING_INTERVAL="4")
    code, found = probed(shell, proxy(node, location=PASSED + "proxy_read_timeout 1s;"))

    assert code == 1
    for each in found["Silence"]:
        after = float(each["found"].split()[-2])
        assert 0.5 < after < 4
        assert "nginx: proxy_read_timeout 75s" in each["problem"]
        assert "a hop (Server: nginx" in each["problem"]


def test_sessions_that_miss_their_node_are_told(
    shell: Shell, serve: Serve, proxy: Callable[..., str]
) -> None:
    nodes = [serve(REALTIME_NODE__NAME=name, **QUICK) for name in ("n1", "n2")]
    code, found = probed(shell, proxy(*nodes))

    assert code == 1
    assert found["Sessions"][0]["found"].startswith("0 of 8 reached their node")
    assert "one Redis" in found["Sessions"][0]["problem"]


@pytest.mark.parametrize("answer", ["welcome", "0{}", "0{sid"])
def test_what_is_no_server_of_ours_is_told(
    shell: Shell, proxy: Callable[..., str], answer: str
) -> None:
    code, found = probed(shell, proxy("1", location=f'return 200 "{answer}";'))

    assert code == 1
    assert "no handshake" in found["URL"][0]["problem"]
    assert "Sessions" not in found


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("chat.example", "is no URL of a server"),
        ("ftp://chat.example", "is no URL of a server"),
        ("http://127.0.0.1:1", "Nothing answers at http://127.0.0.1:1"),
    ],
)
def test_where_nothing_is_one_sentence_says_so(shell: Shell, url: str, told: str) -> None:
    code, found = probed(shell, url)

    assert code == 1
    assert told in found["URL"][0]["problem"]
