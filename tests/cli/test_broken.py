"""Set-ups that people really have, each broken in one way: `realtime check` names the fault.

Those of a way lie behind one nginx, a folder each, before one node; those of a configuration are
looked at together. What else the doctor finds is in `test_check` and `test_probe`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from realtime.cli import checking, doubting, probing
from realtime.cli.probing import Known
from realtime.config import load
from realtime.gateway.server_api.way import PATH, Way
from realtime.transport.settings import TransportSettings
from tests.cli.run import Shell
from tests.cluster import Cluster
from tests.nodes import SERVER_KEY, InProcess
from tests.servers.certificate import self_signed
from tests.servers.nginx import Configured, Nginx
from tests.servers.redis import Redis, asking
from tests.servers.running import Running, free_port
from tests.tokens import SECRET

ORIGIN = "https://app.example"

PASSED = """
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
"""
SAYS_WHO = PASSED + "proxy_set_header X-Forwarded-For $remote_addr;"
CACHE = """
proxy_cache kept; proxy_cache_key $uri; proxy_cache_valid 200 1m;
proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
"""
ELSEWHERE = SAYS_WHO + "proxy_pass http://127.0.0.1:WRONG; proxy_pass_header Date;"

WAYS = {
    "well": (SAYS_WHO, "", None),
    "unsaid": (
        PASSED + "proxy_set_header X-Forwarded-For '';",
        "",
        "does not say for whom it asks",
    ),
    "claimed": (
        PASSED + "proxy_set_header X-Forwarded-For $http_x_forwarded_for;",
        "",
        "Any client may claim an address",
    ),
    "unbelieved": (SAYS_WHO, "api/server/way", "and is not believed"),
    "added": (  # as Fly does with the app's own address, and a network of edges before a proxy
        PASSED + "proxy_set_header X-Forwarded-For '$proxy_add_x_forwarded_for, 203.0.113.7';",
        "",
        "The proxy at 203.0.113.7 says for whom it asks and is not believed",
    ),
    "doubled": (
        SAYS_WHO + "add_header Access-Control-Allow-Origin '*' always;",
        "",
        "Access-Control-Allow-Origin comes back 2 times",
    ),
    "rewritten": (
        SAYS_WHO + "proxy_hide_header Access-Control-Allow-Origin;"
        " add_header Access-Control-Allow-Origin '*' always;",
        "",
        "comes back as *, so pages of https://app.example cannot send cookies",
    ),
    "cached": (SAYS_WHO + CACHE, "", "a cache on the way"),
    "moved": ("return 301 https://chat.example$request_uri;", "", "leads to https://chat.example"),
    "late": (SAYS_WHO, "healthz", "s apart, and tokens are dated"),
}
"""By the folder's name: what nginx does there, which address leads elsewhere, the fault."""

CONFIGURATION = """
events {{ worker_connections 512; }}
http {{
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    proxy_cache_path {folder}/kept keys_zone=kept:1m;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def transports() -> str:
    return "websocket"


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    return await cluster.node(
        transport__ping_interval=0.3,
        transport__trusted_proxies=["127.0.0.0/8"],
        allowed_origins=[ORIGIN],
    )


@pytest.fixture
async def wrong() -> AsyncIterator[int]:
    """The port of a node's two answers on a machine whose clock is late and that trusts nobody."""

    async def late(_: web.Request) -> web.Response:
        return web.Response(headers={"Date": "Thu, 01 Jan 2026 00:00:00 GMT"})

    async def trusting_nobody(request: web.Request) -> web.Response:
        return web.json_response(Way(TransportSettings()).told(request))

    app = web.Application()
    app.router.add_get(PATH, trusting_nobody)
    app.router.add_get("/healthz", late)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield port
    await runner.cleanup()


async def problems(url: str, origin: str = ORIGIN) -> list[str]:
    """What is wrong with a way, for whom the node's configuration lies here too."""
    known = Known(SERVER_KEY, origin)
    return [problem async for _, _, problem in probing.findings(url, known) if problem]


async def test_what_a_proxy_does_wrong_is_named(
    node: InProcess, wrong: int, tmp_path: Path
) -> None:
    port, blocks = free_port(), []
    for name, (inside, elsewhere, _) in WAYS.items():
        passes = "" if inside.startswith("return") else f"proxy_pass {node.url}/;"
        blocks.append(f"location /{name}/ {{ {inside} {passes} }}")
        if elsewhere:
            does = ELSEWHERE.replace("WRONG", f"{wrong}/{elsewhere}")
            blocks.append(f"location = /{name}/{elsewhere} {{ {does} }}")
    text = CONFIGURATION.format(folder=tmp_path, port=port, locations="\n".join(blocks))
    nginx = Configured(tmp_path, text, f"http://127.0.0.1:{port}")

    found = await asyncio.gather(*(problems(f"{nginx.url}/{name}") for name in WAYS))
    nginx.close()

    for (name, (_, _, fault)), told in zip(WAYS.items(), found, strict=True):
        assert len(told) == (fault is not None), (name, told)
        assert fault is None or fault in told[0], (name, told)


async def test_an_origin_that_is_not_allowed_there_is_named(node: InProcess) -> None:
    told = await problems(node.url, "https://other.example")

    assert len(told) == 1, told
    assert told[0].startswith("Pages of https://other.example are refused by their browsers")


async def test_without_a_server_key_nobody_is_told_of_the_hops(
    node: InProcess, cluster: Cluster
) -> None:
    anybody = cluster.person(node, "ada")
    asked = [topic async for topic in probing.findings(node.url)]

    assert (await anybody.request("GET", "/api/server/way", token=anybody.token)).status == 401
    assert (await anybody.request("GET", "/api/server/way", token="")).status == 401
    assert (
        "Address",
        "not asked: no server key is configured here (SERVER_API_KEY)",
        None,
    ) in asked


def anew(shell: Shell) -> Shell:
    """One whose commands read for themselves whose certificates to trust: aiohttp does that once,
    when it is imported."""
    return Shell(shell.folder, fresh=True)


@pytest.mark.parametrize(
    ("age", "host", "fault"),
    [
        (dt.timedelta(days=9), "127.0.0.1", "certificate has expired): renew it"),
        (dt.timedelta(0), "127.0.0.2", "get one for this name"),
    ],
    ids=["expired", "another name"],
)
async def test_a_certificate_that_no_browser_would_take_is_named(
    shell: Shell, tmp_path: Path, age: dt.timedelta, host: str, fault: str
) -> None:
    file = self_signed(tmp_path, age=age)
    async with secured(file) as port:
        trusted = {"SSL_CERT_FILE": str(file), "PORT": "0"}
        url = f"https://{host}:{port}"
        ended = await asyncio.to_thread(anew(shell).run, "check", "--url", url, **trusted)

    assert ended.code == 1
    assert fault in ended.lines[-1]


async def test_a_certificate_that_ends_soon_is_named(
    node: InProcess, shell: Shell, tmp_path: Path
) -> None:
    proxy = Nginx(tmp_path, node.url, tls=True)
    trusted = {"SSL_CERT_FILE": str(proxy.certificate), "PORT": "0"}
    ended = await asyncio.to_thread(anew(shell).run, "check", "--url", proxy.url, **trusted)
    proxy.close()

    assert ended.code == 0, ended.text
    assert "Certificate good for 0 days" in ended.text
    assert "Warning: The certificate ends in 0 days" in ended.text


async def test_a_chain_that_is_not_whole_and_a_port_without_tls_are_named(
    node: InProcess, tmp_path: Path
) -> None:
    async with secured(self_signed(tmp_path)) as port:
        (unsigned,) = await problems(f"https://127.0.0.1:{port}")
    (plain,) = await problems(node.url.replace("http:", "https:"))

    assert "let the proxy show the whole chain" in unsigned
    assert "speaks no TLS that is understood" in plain


class secured:  # noqa: N801 -- reads as a verb
    """`async with secured(file) as port`: something answers there over TLS."""

    def __init__(self, file: Path) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(file)
        self._runner = web.AppRunner(web.Application())

    async def __aenter__(self) -> int:
        await self._runner.setup()
        port = free_port()
        await web.TCPSite(self._runner, "0.0.0.0", port, ssl_context=self._context).start()
        return port

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def test_doubtful_settings_are_named_and_keep_nothing_from_starting(shell: Shell) -> None:
    variables = {
        "JWT_SECRET": f'"{SECRET}"',
        "REALTIME_TRANSPORT__PING_INTERVAL": "90",
        "REALTIME_TRANSPORT__TRUSTED_PROXIES": "0.0.0.0/0",
        "PORT": "0",
    }
    script = 'ulimit -n 256; exec "$0" -m realtime check --json'
    environ = {"PATH": os.environ["PATH"], **variables}
    running = Running("sh", "-c", script, sys.executable, env=environ, cwd=shell.folder)
    code = running.wait()
    told = orjson.loads("\n".join(running.lines))

    mild = {each["topic"]: each["problem"] for each in told if each["severity"] == "warning"}
    assert code == 0
    assert "JWT_SECRET begins or ends with a quote" in mild["Secrets"]
    assert "Connections are silent for up to 90 s" in mild["Pings"]
    assert "has 0.0.0.0/0, so any client may claim" in mild["Proxies"]
    assert "256 files may be open" in mild["Open files"]


@pytest.mark.parametrize(
    ("variables", "doubted"),
    [
        ({}, {"Metrics"}),
        ({"REALTIME_METRICS__KEY": SECRET}, set()),
        ({"REALTIME_METRICS__PORT": "9464", "REALTIME_DEMO": "true"}, {"Demo"}),
    ],
)
def test_what_everybody_may_read_in_production_is_told(
    variables: dict[str, str], doubted: set[str]
) -> None:
    for production in (False, True):
        kind = {"NODE_ENV": "production"} if production else {}
        config = load(None, {"JWT_SECRET": SECRET, **kind, **variables})
        told = {topic for topic, _, problem in doubting.doubts(config) if problem}
        assert told == (doubted if production else set())


@pytest.mark.parametrize(("variables", "warned"), [({}, 0), ({"JWT_SECRET": SECRET}, 1)])
def test_few_open_files_are_told_where_it_is_not_just_tried(
    shell: Shell, variables: dict[str, str], warned: int
) -> None:
    kind = ["--production"] if variables else []
    script = 'ulimit -n 256; exec "$0" -m realtime serve "$@"'
    environ = {"PATH": os.environ["PATH"], "PORT": "0", **variables}
    running = Running("sh", "-c", script, sys.executable, *kind, env=environ, cwd=shell.folder)
    running.wait_until_said("Server running on port")
    running.stop()

    assert len(running.said("limit of open files")) == warned


async def wrong_with(**variables: str) -> list[str]:
    """What is wrong with a configuration."""
    config = load(None, {"JWT_SECRET": SECRET, "PORT": "0", **variables})
    return [problem async for _, _, problem in checking.check(config) if problem]


async def test_a_database_that_does_not_let_us_in_says_why(postgres_url: str) -> None:
    before, _, name = postgres_url.partition("?")[0].rpartition("/")
    unknown = await wrong_with(DATABASE_URL=f"{before}/nowhere_{name}")
    bare = await wrong_with(DATABASE_URL=f"{before}/{name}?sslmode=require")

    assert any("does not exist" in each for each in unknown), unknown
    assert any("sslmode" in each or "SSL" in each for each in bare), bare


async def test_a_redis_that_wants_a_password_says_so(own_redis: Redis) -> None:
    async with asking(own_redis.url) as client:
        await client.config_set("requirepass", "hush")
    told = await wrong_with(REDIS_URL=own_redis.url)
    async with asking(own_redis.url, password="hush") as client:
        await client.config_set("requirepass", "")

    assert any("it wants a password, or another one" in each for each in told), told
    assert any("an SQLite file of their own" in each for each in told), told
    assert "hush" not in str(told)
