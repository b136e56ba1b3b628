"""A stranger's Prometheus, set up by `docs/metrics.md`, while `realtime bench` runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.run import Shell
from tests.cluster import Cluster
from tests.deploy.files import DEPLOY
from tests.deploy.test_monitoring import DASHBOARD, RULES
from tests.nodes import Process
from tests.servers.prometheus import Prometheus, until
from tests.tokens import SECRET

NOTHING_THERE = {"Between nodes", "Redis", "How far back the stream reaches"}
"""Panels without data on a node that has no Redis; the queries are right all the same."""

CALM = {
    "Sessions that ended", "Refused, limited, failed", "Came back", "Pushes and webhooks",
    "Slowed down", "Messages waiting", "Database errors", "Not taken by clients yet",
    "Waits to be sent",
}  # fmt: skip
"""Panels that need not show anything of a crowd that is well."""

OF_THE_MACHINE = {"RealtimeLoopLate", "RealtimeMessagesSlow"}
"""What a busy machine may set off."""

SHOWN = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
async def node(cluster: Cluster) -> Process:
    return await cluster.process()


@pytest.fixture
async def prometheus(tmp_path: Path, node: Process) -> AsyncIterator[Prometheus]:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    target = node.url.removeprefix("http://")
    running = await asyncio.to_thread(Prometheus, folder, DEPLOY / "prometheus", target)
    yield running
    running.close()


def as_grafana_asks(query: str) -> str:
    return query.replace("$__rate_interval", "1m").replace("$node", ".+")


async def test_a_busy_node_shows_on_the_dashboard_and_sets_off_no_alert(
    cluster: Cluster, node: Process, prometheus: Prometheus, shell: Shell
) -> None:
    await until(lambda: is_one(prometheus, 'up{job="realtime"}'))
    await cluster.frontend(node, "ada")
    crowd = ("--url", node.url, "--clients", "6", "--rate", "40", "--seconds", "1")

    ended = await asyncio.to_thread(shell.run, "bench", *crowd, JWT_SECRET=SECRET)

    sent = re.search(r"^Sent +(\d+)$", ended.text, re.MULTILINE)
    assert sent, ended.text
    stored = 'realtime_messages_total{outcome="stored"}'
    await until(lambda: holds(prometheus, stored, float(sent[1])))
    await until(lambda: all_evaluated(prometheus))
    shown = {panel["title"]: await values_of(prometheus, panel) for panel in SHOWN}
    assert {title for title, values in shown.items() if not values} <= NOTHING_THERE | CALM
    silent = {title for title, values in shown.items() if not any(values)}
    assert silent <= NOTHING_THERE | CALM
    rules = await prometheus.rules()
    assert rules.keys() == {rule["alert"] for rule in RULES}
    assert {rule["health"] for rule in rules.values()} == {"ok"}
    off = {name for name, rule in rules.items() if rule["state"] != "inactive"}
    assert off <= OF_THE_MACHINE

    await node.stop()

    await until(lambda: is_pending(prometheus, "RealtimeNodeDown"))


async def values_of(prometheus: Prometheus, panel: dict[str, object]) -> list[float]:
    """What a panel has shown, all its queries together."""
    targets = panel["targets"]
    assert isinstance(targets, list)
    found = [await prometheus.ever(as_grafana_asks(each["expr"])) for each in targets]
    return [value for values in found for value in values]


async def is_one(prometheus: Prometheus, query: str) -> bool:
    return await holds(prometheus, query, 1.0)


async def holds(prometheus: Prometheus, query: str, value: float) -> bool:
    return await prometheus.now(query) == [value]


async def all_evaluated(prometheus: Prometheus) -> bool:
    return all(rule["health"] != "unknown" for rule in (await prometheus.rules()).values())


async def is_pending(prometheus: Prometheus, alert: str) -> bool:
    return (await prometheus.rules())[alert]["state"] == "pending"
