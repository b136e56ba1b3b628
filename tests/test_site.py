"""The documentation as a site: built once for all of these, read in a real browser."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from realtime.cli import fetching
from realtime.config.settings import setting_names
from realtime.dialects.loading import load
from realtime.gateway import site
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import until, violations
from tests.dialects.corner import written
from tests.driver import FOLDER, install_clients
from tests.nodes import InProcess

ROOT = Path(__file__).parents[1]

Open = Callable[[str], Awaitable[Page]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site; what the build warns of fails it. Test processes beside this one share it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            outside = {"REALTIME_DIALECTS__MODULES": "corner.dialect"}
            paths = os.pathsep.join([str(written(shared)), os.environ.get("PYTHONPATH", "")])
            made = subprocess.run(
                [sys.executable, ROOT / "docs" / "site" / "build.py", folder],
                cwd=ROOT,
                env={**os.environ, **outside, "PYTHONPATH": paths},
                capture_output=True,
                text=True,
                check=False,
            )
            assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture
async def node(built: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    monkeypatch.setattr(site, "BUILT", built)
    return await cluster.node(docs=True)


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def transports() -> str:
    return "websocket"


class Read(HTMLParser):
    """What a page leads to, and the places in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def test_no_link_of_a_page_leads_nowhere(built: Path) -> None:
    pages = {page: Read(page) for page in built.rglob("*.html")}
    dead = [
        (page.name, link)
        for page, read in pages.items()
        for link in read.links
        if not is_there(page, link, pages)
    ]

    assert len(pages) > 40
    assert sum(len(read.links) for read in pages.values()) > 1000
    assert dead == []


def is_there(page: Path, link: str, pages: dict[Path, Read]) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme in ("http", "https", "mailto")
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not parts.fragment or target not in pages:
        return target.is_file()
    return unquote(parts.fragment) in pages[target].ids


def test_every_event_call_and_setting_has_its_place(built: Path) -> None:
    settings = (built / "reference" / "settings.html").read_text()
    assert [name for name in setting_names() if not has_heading(settings, name)] == []
    for name, dialect in load().items():
        page = (built / "reference" / f"{name}.html").read_text()
        said = {row.event for rows in dialect.sayings.values() for row in rows}
        assert [event for event in {*dialect.hears, *said} if f">{event}<" not in page] == []
        assert [each.path for each in dialect.routes if each.path not in page] == []


def has_heading(page: str, setting: str) -> bool:
    """Its own one, or that of the pair that it is part of (`limits.events`)."""
    return any(f">{name}<" in page for name in (setting, setting.rpartition(".")[0]))


READ = ("", "guarantees.html", "reference/jobs.html")


async def test_three_pages_are_good_at_both_widths_and_run_nothing_but_their_own(
    node: InProcess, page: Open
) -> None:
    install_clients()
    axe = (FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text()
    tab = await page("about:blank")
    await tab.command("Log.enable")
    for path in READ:
        for width, theme in ((1280, "light"), (360, "dark")):
            await looks(tab, width, theme)
            await tab.goes_to(f"{node.url}/docs/{path}")
            assert await violations(tab, axe) == []
            assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    hosts = await tab.evaluate(
        "[...new Set(performance.getEntriesByType('resource').map((r) => new URL(r.name).host))]"
    )

    assert hosts == [await tab.evaluate("location.host")]
    assert tab.console == []
    assert tab.told.get("Log.entryAdded") is None  # what the policy forbids would stand there


async def looks(tab: Page, width: int, theme: str) -> None:
    metrics: dict[str, Any] = {"height": 800, "deviceScaleFactor": 1, "mobile": False}
    await tab.command("Emulation.setDeviceMetricsOverride", width=width, **metrics)
    wanted = [{"name": "prefers-color-scheme", "value": theme}]
    await tab.command("Emulation.setEmulatedMedia", features=wanted)


def test_a_dialect_from_outside_is_written_out_as_ours_are(built: Path) -> None:
    page = (built / "reference" / "shop.html").read_text()
    everywhere = (built / "index.html").read_text()

    for said in ("ask:clerk", "clerk:answered", "/api/shop/questions"):
        assert said in page
    assert 'href="reference/shop.html"' in everywhere
    assert "Who?" in (built / "reference" / "refusals.html").read_text()


async def test_the_search_finds_a_setting(node: InProcess, page: Open) -> None:
    tab = await page(f"{node.url}/docs/search.html?q=trusted_proxies")

    await until(tab, "document.querySelectorAll('#search-results li a').length > 2")
    found = "[...document.querySelectorAll('#search-results li a')].map((a) => a.textContent)"
    assert "Every setting" in await tab.evaluate(found)


async def test_the_demo_leads_to_it(
    built: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, page: Open
) -> None:
    fetching.fetched()
    monkeypatch.setattr(site, "BUILT", built)
    node = await cluster.node(docs=True, demo=True, dialects__origins=None)
    tab = await page(f"{node.url}/")

    await until(tab, "!document.getElementById('docs').hidden")
    await tab.goes_to(await tab.evaluate("document.getElementById('docs').href"))
    heading = await tab.evaluate("document.querySelector('h1').firstChild.textContent")
    assert heading == "Documentation"


async def test_it_is_served_as_plain_files(node: InProcess, cluster: Cluster) -> None:
    anybody = cluster.person(node, "ada", token="")

    index = await anybody.get("/docs/")
    assert index.status == 200
    assert "script-src 'self'" in index.headers["Content-Security-Policy"]
    for path in ("/docs/nothing.html", "/docs/../pyproject.toml", "/docs/%2e%2e/models/raw.py"):
        assert (await anybody.get(path)).status == 404


@pytest.mark.parametrize(("docs", "error"), [(True, site.NOT_BUILT), (False, "Not found")])
async def test_where_it_was_not_built_it_says_how_to(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, docs: bool, error: str
) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path / "nothing")
    node = await cluster.node(docs=docs)

    told = await cluster.person(node, "ada", token="").get("/docs/")

    assert (told.status, told["error"]) == (404, error)


async def test_what_is_built_while_a_node_runs_is_there_at_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path / "site")
    anybody = cluster.person(await cluster.node(docs=True), "ada", token="")
    assert (await anybody.get("/docs/")).status == 404

    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("Here")

    assert (await anybody.get("/docs/")).text == "Here"
