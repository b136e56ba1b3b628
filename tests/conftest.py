"""What every test can ask for: real servers, real clients, people; and how a skip can fail."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, settings

from tests.browser import Browser, Page, opened
from tests.cluster import Cluster, copied
from tests.driver import Driver, install_clients
from tests.driver import node as node_js
from tests.frontend import Frontend
from tests.frontends import Frontends
from tests.missing import REASONS, required
from tests.nodes import InProcess, Process, migrate
from tests.record import SEEN
from tests.rows import unseen_rows
from tests.servers.nginx import Nginx
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.redis_kinds import ClusterOfTwo, Sentinel

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # nothing may depend on how fast a machine is

DATABASES = ("sqlite", "postgres")
WAYS = ("upgrade", "websocket", "polling")

UNSEEN: list[str] = []
"""Rows of the dialects' tables that no scenario of a whole, parallel run has seen."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under `REQUIRE_ALL=1` a skip is a failure."""
    report = yield
    return forbidden(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself counts as a skip too."""
    report = yield
    return forbidden(report)


def forbidden(report: Any) -> Any:
    """The report, failed where it is a forbidden skip; an expected failure is none."""
    if report.outcome == "skipped" and required() and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} (REQUIRE_ALL=1 forbids skips)"
    return report


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "last: judges a whole run, so it runs last, or not at all")
    config.addinivalue_line("markers", "one_node: Bob is on the same node, see `other`")


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """Bytes are named by their length: random ones would give each worker another test."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A scenario runs on both databases, each with the transport that is this test's turn."""
    if "scenario" in metafunc.fixturenames:
        turn = zlib.crc32(metafunc.definition.nodeid.encode())
        metafunc.parametrize(
            "scenario",
            [
                f"{database}-{WAYS[(turn + shift) % len(WAYS)]}"
                for shift, database in enumerate(DATABASES)
            ],
        )


def whole(config: pytest.Config) -> bool:
    """Whether this run is of all tests."""
    chosen = config.option.keyword or config.option.markexpr or config.getoption("lf", False)
    return config.args_source == pytest.Config.ArgsSource.TESTPATHS and not chosen


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `last` go to the end; a run of only some tests leaves them out.

    So does a worker, which has seen a part only: its controller judges all of them.
    """
    last = [item for item in items if item.get_closest_marker("last")]
    items[:] = [item for item in items if not item.get_closest_marker("last")]
    if whole(config) and not hasattr(config, "workerinput"):
        items += last
    elif last:
        config.hook.pytest_deselected(items=last)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it saw; the controller of a whole run asks what nobody saw."""
    workers = session.config
    if hasattr(workers, "workeroutput"):
        workers.workeroutput["seen"] = SEEN.packed()
        workers.workeroutput["missing"] = sorted(REASONS)
    elif workers.pluginmanager.hasplugin("dsession") and whole(workers):
        UNSEEN.extend(unseen_rows(SEEN))
        if UNSEEN and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended; one that crashed has nothing to say."""
    output = getattr(node, "workeroutput", None) or {}
    SEEN.add(output.get("seen", {}))
    REASONS.update(output.get("missing", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what this machine lacks, and which rows no scenario saw."""
    for reason in sorted(REASONS):
        terminalreporter.write_line(f"NOT TESTED HERE: {reason}", yellow=True)
    for row in UNSEEN:
        terminalreporter.write_line(f"FAILED: no scenario saw {row}", red=True)


# Servers, started once, when the first test asks.


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's PostgreSQL (careless about power cuts); tests take `postgres_url`."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """A fresh, empty PostgreSQL database."""
    url = await postgres.create()
    yield url
    await postgres.drop(url)


@pytest.fixture
def pooled_url(postgres_url: str) -> Iterator[str]:
    """The URL of that database through PgBouncer, which looks like any other."""
    bouncer = PgBouncer(postgres_url)
    yield bouncer.url
    bouncer.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A careful PostgreSQL of the test's own, to stop, kill and start again."""
    server = Postgres(careless=False)
    yield server
    server.close()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """The session's Redis; tests take `redis_url`."""
    server = Redis()
    yield server
    server.kill()


@pytest.fixture
async def redis_url(redis: Redis) -> str:
    """A Redis that holds nothing."""
    await redis.flush()
    return redis.url


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis of the test's own, to kill, freeze and start again."""
    server = Redis(shared=False)
    yield server
    server.kill()


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Sentinel]:
    """A primary and its replica, over which a Sentinel watches."""
    running = Sentinel(tmp_path)
    yield running
    running.close()


@pytest.fixture
async def redis_cluster(tmp_path: Path) -> AsyncIterator[ClusterOfTwo]:
    """A Redis Cluster."""
    running = ClusterOfTwo(tmp_path)
    await running.start()
    yield running
    running.close()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[..., Nginx]]:
    """`nginx(node.url, …)` starts a proxy in front of nodes; options as `Nginx`'s."""
    running: list[Nginx] = []

    def start(*upstreams: str, **options: Any) -> Nginx:
        folder = tmp_path / f"nginx-{len(running)}"
        folder.mkdir()
        running.append(Nginx(folder, *upstreams, **options))
        return running[-1]

    yield start
    for proxy in running:
        proxy.close()


# People.


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """The Node process with the real clients; `npm ci` first where they are not installed."""
    node_js()
    install_clients()
    process = Driver()
    yield process
    process.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client without cookies of its own."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def frontends(
    driver: Driver, http: aiohttp.ClientSession, transports: str
) -> AsyncIterator[Frontends]:
    """Makes frontends for any URL; all are dropped when the test ends."""
    made = Frontends(driver, http, transports)
    yield made
    made.forget()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real, headless Chromium; tests take `page`."""
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
async def page(
    browser: Browser, http: aiohttp.ClientSession
) -> AsyncIterator[Callable[[str], Awaitable[Page]]]:
    """`await page(url)` is a new tab that has loaded it."""
    pages: list[Page] = []

    async def open_page(url: str) -> Page:
        pages.append(await opened(browser, http, url))
        return pages[-1]

    yield open_page
    for tab in pages:
        await tab.close()


# A scenario: a database and transports. Every test that asks for one of the two runs on both
# databases. No transport knows what is said over it, so each database takes one of the three,
# another from test to test. A test that parametrises `database` or `transports` runs on those.


@pytest.fixture
def database(scenario: str) -> str:
    """`sqlite` or `postgres`."""
    return scenario.partition("-")[0]


@pytest.fixture
def transports(scenario: str) -> str:
    """`websocket`, `polling` or `upgrade`."""
    return scenario.partition("-")[2]


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a migrated SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(folder, None)
    return folder


@pytest.fixture
async def database_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str | None]:
    """A migrated database of the test's own: PostgreSQL's URL, or None for SQLite in `tmp_path`."""
    if database == "sqlite":
        copied(request.getfixturevalue("migrated_folder"), tmp_path)
        yield None
        return
    server: Postgres = request.getfixturevalue("postgres")
    template = await server.template("migrated", lambda url: migrate(tmp_path, url))
    url = await server.create(template)
    yield url
    await server.drop(url)


def one_node(test: pytest.Item) -> bool:
    """Whether it is marked as of one node."""
    return test.get_closest_marker("one_node") is not None


@pytest.fixture
async def cluster(
    tmp_path: Path,
    frontends: Frontends,
    database_url: str | None,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Cluster]:
    """Nodes and people on one migrated database; nothing is started before the test asks.

    Where Bob takes part, those on PostgreSQL have a Redis to meet in, see `other`.
    """
    world = Cluster(tmp_path, frontends, database_url)
    if database_url and "other" in request.fixturenames and not one_node(request.node):
        world.meets_in(request.getfixturevalue("redis").url)
    yield world
    frontends.forget()
    await world.stop()


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    """One node with the default settings, in this process."""
    return await cluster.node()


@pytest.fixture
async def other(cluster: Cluster, node: InProcess) -> InProcess | Process:
    """The node that Bob is on: another one on PostgreSQL, as if there were one; else Ada's."""
    return await cluster.process() if "redis_url" in cluster.settings else node


@pytest.fixture
async def ada(cluster: Cluster, node: InProcess) -> Frontend:
    """Ada, connected to `node`."""
    return await cluster.frontend(node, "ada")


@pytest.fixture
async def bob(cluster: Cluster, other: InProcess | Process) -> Frontend:
    """Bob, connected to `other`."""
    return await cluster.frontend(other, "bob")
