"""One person's data at a terminal: a node that nobody reaches does what the server API does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

from realtime import app, logs
from realtime.api import Api, CallRefused
from realtime.cli import database, tokens
from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.in_process import API


async def export(config: Config, text: str) -> str:
    """All that is kept of a user, as JSON. Raises CannotStartError."""
    user_id = tokens.user_id(config, text)
    async with _node(config) as api:
        try:
            found = await api.export_user(user_id)
        except CallRefused as refused:
            raise CannotStartError(f"Nothing is kept of {text}: {refused.error}.") from None
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()


async def delete(config: Config, text: str) -> str:
    """Forget a user; says what is gone. Raises CannotStartError."""
    user_id = tokens.user_id(config, text)
    async with _node(config) as api:
        gone = await api.delete_user(user_id)
    return (
        f"{text} is forgotten: {gone['conversations']:,} conversations of two, {gone['messages']:,}"
        f" messages, {gone['notifications']:,} notifications."
    )


@asynccontextmanager
async def _node(config: Config) -> AsyncIterator[Api]:
    """The server API on a node without a port, which other nodes hear where there are others."""
    logs.configure(config.log_format, "warning")
    await database.prepare(config)
    runner = web.AppRunner(app.build_silent(config))
    with database.told(config):
        await runner.setup()
    try:
        yield runner.app[API]
    finally:
        await runner.cleanup()
