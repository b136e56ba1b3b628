"""One person's data at a terminal: a node that nobody reaches does what the server API does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

from realtime import app, logs
from realtime.api import Api, CallRefused, UserId
from realtime.cli import database, tokens
from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.in_process import API

GONE = ("conversations", "messages", "notifications")
"""What is counted of a person who is forgotten."""

NOTHING = "Nothing is kept of {}: is that the id by which your application knows the person?"


async def export(config: Config, text: str) -> str:
    """All that is kept of a user, as JSON. Raises CannotStartError."""
    user_id = tokens.user_id(config, text)
    async with _node(config) as api:
        try:
            found = await api.export_user(user_id)
        except CallRefused:
            raise CannotStartError(NOTHING.format(text)) from None
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()


async def delete(config: Config, text: str) -> str:
    """Forget a user; says what is gone. Raises CannotStartError."""
    user_id = tokens.user_id(config, text)
    async with _node(config) as api:
        known = await _is_known(api, user_id)
        gone = await api.delete_user(user_id)  # for who was forgotten half, too
    if not known and not any(gone[each] for each in GONE):
        raise CannotStartError(NOTHING.format(text))  # a mistyped id is not to seem done with
    return (
        f"{text} is forgotten: conversations of two {gone['conversations']:,}, messages"
        f" {gone['messages']:,}, notifications {gone['notifications']:,}."
    )


async def _is_known(api: Api, user_id: UserId) -> bool:
    try:
        await api.get_user(user_id)
    except CallRefused:
        return False
    return True


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
