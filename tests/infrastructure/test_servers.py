"""The real servers start, serve, keep tests apart, and come back after they were stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path

import aiohttp
import asyncpg
import psutil
import pytest
import redis.asyncio

from tests.frontends import Frontends
from tests.infrastructure.stock import stock_server
from tests.patience import PATIENCE
from tests.servers.forking import forked
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis, asking
from tests.servers.running import Running


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with stock_server() as found:
        yield found


async def rows(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def test_each_test_has_an_empty_database(postgres: Postgres, postgres_url: str) -> None:
    other = await postgres.create()
    await rows(other, "CREATE TABLE mine (id int)")

    assert await rows(postgres_url, "SELECT 1 FROM pg_tables WHERE tablename = 'mine'") == []
    await postgres.drop(other)


async def test_a_database_is_copied_from_a_template_that_is_filled_once(
    postgres: Postgres,
) -> None:
    fills: list[str] = []
    template = await postgres.template("a test's own", fills.append)
    await rows(fills[0], "CREATE TABLE shared (id int)")
    assert await postgres.template("a test's own", fills.append) == template

    copy = await postgres.create(template)

    assert await rows(copy, "SELECT 1 FROM shared") == []
    assert len(fills) == 1
    await postgres.drop(copy)
    await postgres.drop(fills[0])


async def test_a_postgres_of_ones_own_keeps_its_rows_and_its_port(own_postgres: Postgres) -> None:
    before = own_postgres.url
    await rows(before, "CREATE TABLE kept AS SELECT 7 AS id")
    own_postgres.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncpg.connect(before)

    own_postgres.start()

    assert own_postgres.url == before
    assert [row["id"] for row in await rows(before, "SELECT id FROM kept")] == [7]
    assert [row["fsync"] for row in await rows(before, "SHOW fsync")] == ["on"]


async def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    async with asking(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left", "over")


async def test_redis_is_empty_again(redis_url: str) -> None:
    await test_redis_is_empty_for_each_test(redis_url)


async def test_a_redis_of_ones_own_comes_back_empty_on_its_port(own_redis: Redis) -> None:
    before = own_redis.url
    async with asking(before) as client:
        await client.set("kept", "no")

    own_redis.kill()
    own_redis.start()

    assert own_redis.url == before
    async with asking(before) as client:
        assert await client.get("kept") is None


async def test_a_frozen_redis_answers_nobody_until_it_thaws(own_redis: Redis) -> None:
    async with asking(own_redis.url, socket_timeout=1) as client:
        await client.ping()
        own_redis.freeze()
        with pytest.raises(redis.exceptions.TimeoutError):
            await client.ping()
        own_redis.thaw()
        assert await client.ping()


@pytest.mark.parametrize("transports", ["websocket", "polling", "upgrade"])
async def test_nginx_passes_every_transport(
    nginx: Callable[..., Nginx], frontends: Frontends, url: str
) -> None:
    proxy = nginx(url)
    ada = await frontends.connect(proxy.url)

    assert await ada.ask("echo", "through a proxy") == "through a proxy"
    assert (await ada.get("/hello"))["headers"]["Host"] == f"127.0.0.1:{proxy.port}"


async def test_nginx_speaks_tls(
    nginx: Callable[..., Nginx], http: aiohttp.ClientSession, url: str
) -> None:
    proxy = nginx(url, tls=True)
    trust = proxy.trust()
    assert isinstance(trust, ssl.SSLContext)

    async with http.get(f"{proxy.url}/hello", ssl=trust) as answer:
        assert (await answer.json())["headers"]["X-Forwarded-Proto"] == "https"


async def test_nginx_can_be_pointed_at_another_node(
    nginx: Callable[..., Nginx], http: aiohttp.ClientSession, url: str
) -> None:
    proxy = nginx("http://127.0.0.1:1")
    async with http.get(f"{proxy.url}/hello") as answer:
        assert answer.status == 502

    proxy.route_to(url)

    async with http.get(f"{proxy.url}/hello") as answer:
        assert answer.status == 200


def as_forked(*arguments: str, module: str = "realtime", **env: str) -> Running:
    child = forked(module, arguments, {"PYTHONUNBUFFERED": "1", **env}, Path.cwd())
    return Running(module, *arguments, child=child)


def test_a_process_that_is_forked_is_like_one_that_is_started() -> None:
    ended = as_forked("--version")
    assert ended.wait() == 0
    assert list(ended.lines) == [f"realtime {version('realtime')}"]

    assert as_forked("no-such-command").wait() == 2
    broken = as_forked("check", REALTIME_CONFIG=os.devnull, REALTIME_PORT="none")
    assert broken.wait() == 1
    assert broken.said("port")

    sleeping = as_forked("600", module="tests.infrastructure.sleeping")
    sleeping.wait_until_said("asleep")
    assert sleeping.child.poll() is None
    assert os.getpgid(sleeping.pid) == sleeping.pid
    sleeping.kill()
    assert sleeping.child.poll() == -signal.SIGKILL


KILLED = """
import os, pathlib, sys
from tests.servers.forking import forked
from tests.servers.running import Running
print(Running("sleep", "600").pid, flush=True)
child = forked("tests.infrastructure.sleeping", ["600"], {}, pathlib.Path.cwd())
print(Running("sleeping", child=child).pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_servers_end_with_a_test_run_that_is_killed() -> None:
    run = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, check=False)

    assert run.returncode == -signal.SIGKILL
    for server in map(int, run.stdout.split()):
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(server).wait(timeout=PATIENCE)


KILLED_WITH_A_DATABASE = """
import os
from tests.servers.postgres import Postgres
print(Postgres(careless=False)._folder, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_database_leaves_no_files_when_its_test_run_is_killed() -> None:
    killed = [sys.executable, "-c", KILLED_WITH_A_DATABASE]
    run = subprocess.run(killed, capture_output=True, check=False)
    assert run.returncode == -signal.SIGKILL
    files = Path(run.stdout.decode().strip())
    assert files.name.startswith("realtime-postgres-")

    deadline = time.monotonic() + PATIENCE
    while files.exists():
        assert time.monotonic() < deadline, f"{files} is still there"
        time.sleep(0.05)
