"""Aerich, one database at a time, kept away from the connections of whoever calls."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg
from aerich import Command

from realtime.stores.database import MODELS, configuration, normalise
from realtime.stores.migrations.trees import tree, versions
from realtime.stores.urls import connection_options

Result = TypeVar("Result")

LOCK = 7_236_418_209
"""The number of our advisory lock, which nobody else uses."""


async def upgrade(url: str) -> list[str]:
    """Apply what is missing, and say what that was."""
    return await _apart(_upgrade(url))


async def write(url: str, name: str, *, empty: bool = False) -> str:
    """Write the next migration from what the models say now; '' if they say nothing new."""
    return await _apart(_write(url, name, empty=empty))


async def upgrade_alone(url: str) -> list[str]:
    """Apply what is missing to a PostgreSQL database while no other node does.

    The lock is a transaction's, not a session's: it works behind a transaction pooler too.
    """
    # Whoever comes second waits as long as the first one migrates.
    options = connection_options(normalise(url)) | {"command_timeout": None}
    connection = await asyncpg.connect(**options)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            return await upgrade(url)
    finally:
        await connection.close()


async def _upgrade(url: str) -> list[str]:
    async with _command(url) as command:
        await command.init()
        return list(await command.upgrade(run_in_transaction=True))


async def _write(url: str, name: str, *, empty: bool) -> str:
    command = _command(url)  # not entered: that would connect
    try:
        if not versions(url):
            await command.init_migrations(safe=False)
            return "init"
        await command.init(offline=True)
        return await command.migrate(name, empty=empty, no_input=True, offline=True) or ""
    finally:
        await command.aclose()


def _command(url: str) -> Command:
    config = configuration(url, [*MODELS, "aerich.models"])
    for connection in config["connections"].values():
        connection["credentials"].pop("command_timeout", None)  # a long table takes its time
    return Command(config, app="models", location=str(tree(url)))


async def _apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Aerich calls Tortoise.init, which would close the connections of the calling task."""
    return await asyncio.create_task(work, context=contextvars.Context())
