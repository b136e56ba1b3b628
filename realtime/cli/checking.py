"""What `realtime check` looks at: what this node would do, and what would keep it from doing so."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.cli import database
from realtime.cli.errors import CannotStartError
from realtime.config import Config, ConfigError, dialects
from realtime.config.secret import missing_secret
from realtime.stores import neighbours

_PATIENCE = 5.0
_SHORT = 32

Say = Callable[[str], object]
Finding = tuple[str, str, str | None]
"""A topic, what holds, and what is wrong about it, if anything."""


async def check(config: Config, say: Say) -> list[str]:
    """Say what holds, topic by topic; the problems that would keep this node from serving."""
    problems = []
    async for topic, found, problem in _findings(config):
        say(f"{topic:<11} {found}")
        if problem:
            problems.append(problem)
    return problems


async def _findings(config: Config) -> AsyncIterator[Finding]:
    yield "Listening", f"{config.host}:{config.port}, {_mode(config)}", None
    yield await _database(config)
    yield await _redis(config)
    yield await _nodes(config)
    yield _dialects(config)
    yield _tokens(config)
    for origin, dialect in config.dialects.origins.items():
        yield "Dialect", f"{origin} speaks {dialect}", None
    others = "every other origin" if config.dialects.origins else "every origin"
    yield "Dialect", f"{others} speaks {config.dialect}, with {config.user_ids} user ids", None
    yield "Credentials", _credentials(config), None
    yield "Push", "on" if config.push.configured else "off: VAPID keys are not set", None
    yield "Server API", _server_api(config), None


def _mode(config: Config) -> str:
    return "in production" if config.production else "in development"


async def _database(config: Config) -> Finding:
    place = database.place(config)
    file = database.sqlite_file(config)
    if file is not None and not file.exists():
        return "Database", f"{place}, made at the first start", _why_not_made(file)
    try:
        async with asyncio.timeout(_PATIENCE):
            server = await database.look(config)
            lacking = await database.pending(config)
    except TimeoutError:
        problem = f"The database does not answer, {place}: check DATABASE_URL and its firewall."
        return "Database", f"{place}, out of reach", problem
    except CannotStartError as error:
        return "Database", f"{place}, out of reach", str(error)
    if lacking and file is None:
        return "Database", f"{place}, outdated", database.outdated(lacking)
    if server is not None and server.read_only:
        problem = "The database takes no writes: let DATABASE_URL lead to the primary server."
        return "Database", f"{place}, read-only", problem
    how = "migrated at the next start" if lacking else "up to date"
    pooled = server is not None and server.pooled
    through = ", through a pooler: statements are not prepared" if pooled else ""
    return "Database", f"{place}, {how}{through}", None


def _dialects(config: Config) -> Finding:
    """Whether each dialect can be imported and takes its own settings."""
    try:
        spoken = dialects.spoken(config).dialects
    except ConfigError as error:
        return "Dialects", "cannot be spoken", str(error)
    return "Dialects", ", ".join(spoken), None


def _why_not_made(file: Path) -> str | None:
    """What would keep the first start from making the file."""
    nearest = next(folder for folder in file.absolute().parents if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return None
    return f"The folder {nearest} cannot be written: make it writable, or set data_dir."


async def _redis(config: Config) -> Finding:
    if config.redis_url is None:
        return "Redis", "not used: one node serves alone", None
    parts = urlsplit(config.redis_url)
    place = f"{parts.hostname or ''}:{parts.port or 6379}" if parts.hostname else parts.path
    try:
        async with asyncio.timeout(_PATIENCE), Redis.from_url(config.redis_url) as redis:
            await redis.ping()
    except (OSError, RedisError, ValueError) as error:
        reason = str(error).partition("\n")[0] or "no answer"
        problem = f"Redis cannot be used at {place} ({reason}): check REDIS_URL."
        return "Redis", f"{place}, out of reach", problem
    return "Redis", f"{place}, reached", None


async def _nodes(config: Config) -> Finding:
    """How many serve this database that do not hear one another."""
    if config.redis_url is not None:
        return "Nodes", "may be several", None
    try:
        serving = await neighbours.count(config.database)
    except Exception:  # noqa: BLE001 - why the database cannot be asked is told above
        return "Nodes", "cannot be told", None
    problem = (
        f"{serving} processes serve this database without Redis: users on different ones do not "
        f"hear one another. Set REDIS_URL for all, or stop all but one."
    )
    now = {0: "none serves", 1: "one serves alone"}.get(serving, f"{serving} serve alone")
    return "Nodes", f"{now} now", problem if serving > 1 else None


def _tokens(config: Config) -> Finding:
    how = ", ".join(config.jwt.algorithms)
    if not config.jwt.shared_secret:
        return "Tokens", f"{how}, by {config.jwt.jwks_url or 'the public key'}", None
    if config.jwt.secret is None:
        if config.development:
            return "Tokens", f"{how}, by a development secret in {config.data_dir}", None
        return "Tokens", f"{how}, without a secret", missing_secret(config)
    if len(config.jwt.secret.encode()) < _SHORT:
        return "Tokens", f"{how}, by a short JWT_SECRET: better use 32 bytes or more", None
    return "Tokens", f"{how}, by JWT_SECRET", None


def _credentials(config: Config) -> str:
    if not config.allowed_origins:
        return "for no origin: set CLIENT_URL where browsers of other origins call"
    return "for " + ", ".join(config.allowed_origins)


def _server_api(config: Config) -> str:
    names = sorted(config.server.api_keys)
    return f"for {', '.join(names)}" if names else "off: no key is set"
