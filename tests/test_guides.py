"""What the pages name is there: tests, settings, metrics and figures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from realtime.config.settings import settings
from realtime.domain.happened import Happened
from tests.test_documents import PAGES, ROOT

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


def named(pattern: str) -> Iterator[tuple[str, str]]:
    """Everything in backticks that looks like this, with the page that names it."""
    for page, text in TEXTS.items():
        for name in re.findall(rf"`({pattern})`", text):
            yield page.name, name


def test_every_promise_names_tests_that_are_there() -> None:
    promises = re.split(r"^## ", TEXTS[ROOT / "docs" / "guarantees.md"], flags=re.MULTILINE)[1:]

    assert len(promises) == 8
    for promise in promises:
        tests = re.findall(r"`(tests/\S+\.py)::(\w+)`", promise)
        assert len(tests) >= 3, promise
        for file, name in tests:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            there = {each.name for each in ast.walk(tree) if hasattr(each, "name")}
            assert name in there, f"{file}::{name}"


def test_every_setting_that_a_page_names_is_one() -> None:
    paths = [path for path, _ in settings()]
    sections = {path[0] for path in paths if len(path) > 1}
    known = {*map(str, Happened)} | {
        ".".join(path[:size]) for path in paths for size in range(1, len(path) + 1)
    }
    dotted = named(r"[a-z]+(?:\.[a-z_]+)+(?<!\.py)(?<!\.js)(?<!\.mjs)")
    found = {(page, name) for page, name in dotted if name.partition(".")[0] in sections}

    assert len(found) > 100
    assert {(page, name) for page, name in found if name not in known} == set()


def test_every_metric_that_a_page_names_is_in_the_table_of_metrics() -> None:
    table = re.findall(r"^\| `(realtime_\w+)`", TEXTS[ROOT / "docs" / "metrics.md"], re.MULTILINE)
    found = {re.sub(r"_total$", "", name) for _, name in named(r"realtime_[a-z_]+")}

    assert len(found) > 30
    assert found <= set(table)


def test_the_figures_of_the_comparison_are_those_that_were_measured() -> None:
    measured = {row[0]: row[1:] for row in rows(TEXTS[ROOT / "BENCHMARKS.md"]) if len(row) > 8}
    page = [row for row in rows(TEXTS[ROOT / "docs" / "comparison.md"]) if ", " in row[0]]
    compared = [row for row in page if row[0].partition(",")[0] in measured]

    assert len(compared) >= 6
    for name, node, stock, ours in compared:
        _, _, in_node, _in_bun, in_stock, in_ours, *_ = measured[name.partition(",")[0]]
        told = [figure.partition(", ")[0] for figure in (in_node, in_stock, in_ours)]
        assert [node, stock, ours] == told, f"BENCHMARKS.md has other figures for: {name}"


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = (line for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
