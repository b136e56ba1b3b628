"""PostgreSQL and Redis for the rows that need them: durable as they come, empty for each server."""

import asyncio
import atexit
import sys
from functools import cache

import machine
import pytest

sys.path.insert(0, str(machine.ROOT))

from tests.servers.postgres import Postgres
from tests.servers.redis import Redis


def fresh_url() -> str:
    """URL of an empty database; RuntimeError where there is no PostgreSQL."""
    return asyncio.run(_server().create())


def fresh_redis_url() -> str:
    """URL of an empty Redis; RuntimeError where there is none."""
    redis = _redis()
    asyncio.run(redis.flush())
    return redis.url


@cache
def _redis() -> Redis:
    """Started once for the run, on all cores as PostgreSQL is."""
    try:
        server = Redis(shared=False)
    except pytest.skip.Exception as missing:
        raise RuntimeError(str(missing)) from None
    atexit.register(server.kill)
    return server


@cache
def _server() -> Postgres:
    """Started once for the run, on all cores: it is not what is measured, but must not wait."""
    try:
        server = Postgres(careless=False)
    except pytest.skip.Exception as missing:
        raise RuntimeError(str(missing)) from None
    atexit.register(server.close)
    return server
