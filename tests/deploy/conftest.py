"""Two nodes on one PostgreSQL and what stands in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.run import Shell
from tests.cluster import Cluster
from tests.nodes import Process
from tests.servers.nginx import Configured
from tests.servers.running import free_port

Proxied = Callable[..., Configured]
Nodes = dict[str, Process]


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
def transports() -> str:
    return "polling"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
async def nodes(cluster: Cluster) -> Nodes:
    """Nodes that believe nginx, by their names."""
    cluster.settings["transport__trusted_proxies"] = ["127.0.0.0/8"]
    names = ("n1", "n2")
    started = await asyncio.gather(*(cluster.process(node__name=name) for name in names))
    return dict(zip(names, started, strict=True))


@pytest.fixture
def proxied(shell: Shell, nodes: Nodes, tmp_path: Path) -> Iterator[Proxied]:
    """Starts nginx in front of both nodes; arguments and variables of `realtime nginx`."""
    running: list[Configured] = []

    def start(*arguments: str, **variables: str) -> Configured:
        where = f"127.0.0.1:{free_port()}"
        addresses = [node.url.removeprefix("http://") for node in nodes.values()]
        chosen = ("--nodes", *addresses, "--listen", where, *arguments)
        printed = shell.run("nginx", *chosen, **variables)
        assert printed.code == 0, printed.text
        folder = tmp_path / "nginx"
        folder.mkdir()
        running.append(Configured(folder, printed.text, f"http://{where}"))
        return running[-1]

    yield start
    for proxy in running:
        proxy.close()


@pytest.fixture
def proxy(proxied: Proxied) -> Configured:
    return proxied()
