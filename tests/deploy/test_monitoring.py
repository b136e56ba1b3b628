"""The dashboard and the alert rules ask for metrics and labels that a node really has."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from prometheus_client import REGISTRY

import realtime
from realtime.counting import Counts, Histogram
from tests.deploy.files import DEPLOY, ROOT, documents

for module in pkgutil.walk_packages(realtime.__path__, "realtime."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
RULES = [
    rule for group in documents("prometheus/alerts.yaml")[0]["groups"] for rule in group["rules"]
]
SCRAPED = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Of Prometheus itself, and of every Python process."""
ADDED = {"instance", "job", "le"}
"""Labels that a scrape and a histogram add."""


def ours() -> dict[str, set[str]]:
    """The labels of every metric of this package, by the names that its samples have."""
    return {
        sample: labels_of(collector)
        for collector, names in REGISTRY._collector_to_names.items()
        if type(collector).__module__.startswith(("realtime", "prometheus_client.metrics"))
        for sample in names
        if sample.startswith("realtime_")
    }


def labels_of(collector: Any) -> set[str]:
    if isinstance(collector, Counts | Histogram):
        return set(collector._described[2])
    return set(getattr(collector, "_labelnames", ()))


KNOWN = {
    **ours(),
    "realtime_connections": {"dialect", "transport"},
    "realtime_users": {"dialect"},
    "realtime_writer_waiting": set(),
    "realtime_backlog_bytes": set(),
    **{name: set() for name in SCRAPED},
}


def asked() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


def selectors(expression: Any) -> Iterator[tuple[str, set[str]]]:
    """Each metric that a query reads, and the labels it is chosen by."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression.name, {each.name for each in expression.matchers.matchers}
    for part in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (inner := getattr(expression, part, None)) is not None:
            yield from selectors(inner)
    for argument in getattr(expression, "args", ()):
        yield from selectors(argument)


def grouped(text: str) -> set[str]:
    return {
        label.strip() for found in re.findall(r"by \(([^)]*)\)", text) for label in found.split(",")
    }


@pytest.mark.parametrize(("title", "query"), list(asked()))
def test_a_query_asks_for_what_there_is(title: str, query: str) -> None:
    read = list(selectors(promql_parser.parse(query)))

    assert read
    for name, chosen in read:
        assert name in KNOWN, f"{title}: no node has {name}"
        assert chosen | grouped(query) <= KNOWN[name] | ADDED, f"{title}: {name} has no such label"


def test_every_alert_says_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 5
    for rule in RULES:
        assert rule["annotations"].keys() == {"summary", "do"}
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_no_two_panels_of_the_dashboard_overlap() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_page_names_every_metric_and_no_other() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    written = set(re.findall(r"^\| `(realtime_\w+)`", page, re.MULTILINE))
    families = {re.sub(r"_(total|created|bucket|count|sum)$", "", name) for name in KNOWN}

    assert written == {name for name in families if name.startswith("realtime_")}
