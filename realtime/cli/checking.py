"""What `realtime check` looks at: what this node would do, and what keeps it from doing so well."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryFile

from aiohttp import ClientError, ClientSession, ClientTimeout

from realtime import origins
from realtime.cli import database, files, meeting, ports, probing, pushing, telling, welcome
from realtime.cli.doubting import doubts
from realtime.cli.errors import CannotStartError
from realtime.cli.findings import Finding, Mild
from realtime.config import Config, ConfigError, dialects, strength
from realtime.config.secret import missing_secret
from realtime.gateway.identity.jwks import KeysUnavailable, PublishedKeys
from realtime.stores import neighbours
from realtime.stores.database import connections
from realtime.stores.postgres.server import Server
from realtime.transport.engineio.limits.files import limit

_PATIENCE = 5.0


async def check(config: Config, url: str | None = None) -> AsyncIterator[Finding]:
    """What holds, topic by topic, and what to mend before this node serves; a problem that is
    `Mild` can wait. With a URL, also what lies between it and the frontends."""
    async for finding in _findings(config):
        yield finding
    if url is not None:
        async for finding in probing.findings(url, _known(config)):
            yield finding


def _known(config: Config) -> probing.Known:
    """What may be asked of the far end, if it has this configuration."""
    named = [each for each in config.allowed_origins if each != origins.ANY]
    given = [each for each in named if each not in origins.DOCUMENTS_ORIGINS]
    return probing.Known(next(iter(config.server.api_keys.values()), None), next(iter(given), None))


def told(finding: Finding) -> dict[str, str | None]:
    """A finding for machines: `severity` is ok, warning or error."""
    topic, found, problem = finding
    bad = "warning" if isinstance(problem, Mild) else "error"
    return {
        "topic": topic,
        "found": found,
        "problem": problem,
        "severity": bad if problem else "ok",
    }


async def _findings(config: Config) -> AsyncIterator[Finding]:
    yield await _listening(config)
    if config.metrics.port is not None and not ports.is_free(config, config.metrics.port):
        setting = config.called("metrics", "port")
        yield "Metrics", "no port", ports.not_for_metrics(config.metrics.port, setting)
    yield _files(config)
    yield await _database(config)
    yield await meeting.found(config, _PATIENCE)
    yield await meeting.bridged(config, _PATIENCE)
    yield await _nodes(config)
    yield _dialects(config)
    yield await _tokens(config)
    yield _secrets(config)
    for doubt in doubts(config):
        yield doubt
    for origin, dialect in config.dialects.origins.items():
        yield "Dialect", f"{origin} speaks {dialect}", None
    others = "every other origin" if config.dialects.origins else "every origin"
    yield "Dialect", f"{others} speaks {config.dialect}, with {config.user_ids} user ids", None
    yield "Credentials", _credentials(config), None
    held, wrong = await pushing.found(config)
    yield "Push", held, wrong[0] if wrong else None
    for problem in wrong[1:]:
        yield "Push", "see below", problem
    held, late = await telling.found(config)
    yield "Webhooks", held, late and Mild(late)
    yield "Server API", _server_api(config), None


async def _listening(config: Config) -> Finding:
    where = f"{config.host}:{config.port}, {_mode(config)}"
    try:
        ports.bound(config).close()
    except CannotStartError as error:
        if await _one_of_ours_answers(config):
            return "Listening", f"{where}, where a node answers now", None
        return "Listening", where, str(error)
    return "Listening", where, None


def _files(config: Config) -> Finding:
    """Whether as many clients as are to be let in find an open file each."""
    files.raise_limit()
    room = limit()
    if room >= config.transport.connections // 2:
        return "Open files", "enough", None
    problem = (
        f"{room} files may be open, and {config.transport.connections} connections are let in:"
        " raise the limit (ulimit -n, LimitNOFILE, --ulimit nofile) or lower"
        " transport.connections."
    )
    return "Open files", f"{room}", Mild(problem)


async def _one_of_ours_answers(config: Config) -> bool:
    """Whether what listens there is this server: whoever checks what runs has no problem."""
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_PATIENCE)) as session,
            session.get(f"{welcome.address(config, config.port)}/readyz") as response,
        ):
            answer = await response.json()
    except (ClientError, TimeoutError, OSError, ValueError):
        return False
    return isinstance(answer, dict) and answer.keys() >= {"database", "schema", "parts"}


def _mode(config: Config) -> str:
    return "in production" if config.production else "in development"


async def _database(config: Config) -> Finding:
    place, url = database.place(config), config.called("database_url")
    file = database.sqlite_file(config)
    try:
        if file is not None and not database.is_made(config):
            return "Database", f"{place}, made at the first start", _why_not_made(file)
        async with asyncio.timeout(_PATIENCE):
            server = await database.look(config)
            lacking = await database.pending(config)
    except TimeoutError:
        problem = f"The database does not answer, {place}: check {url} and its firewall."
        return "Database", f"{place}, out of reach", problem
    except CannotStartError as error:
        return "Database", f"{place}, out of reach", str(error)
    if server is not None and (unfit := _unfit(config, server)) is not None:
        state, problem = unfit
        return "Database", f"{place}, {state}", problem
    if lacking and file is None:
        return "Database", f"{place}, outdated", database.outdated(lacking)
    how = "migrated at the next start" if lacking else "up to date"
    pooled = server is not None and server.pooled
    through = ", through a pooler: statements are not prepared" if pooled else ""
    return "Database", f"{place}, {how}{through}", None


def _unfit(config: Config, server: Server) -> tuple[str, str] | None:
    """How a server is that a node cannot work with, and what to do."""
    url, most = config.called("database_url"), connections(config.database)
    if server.read_only:
        return "read-only", f"The database takes no writes: let {url} lead to the primary server."
    if not server.pooled and server.most < most:
        return "small", (
            f"The server lets {server.most} connections in, and this node may open {most}: lower"
            f" pool_size in {url}, or raise max_connections."
        )
    return None


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
    try:
        with TemporaryFile(dir=nearest):  # root may write everywhere, and still not in /proc
            return None
    except OSError:
        return f"The folder {nearest} cannot be written: make it writable, or set data_dir."


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


async def _tokens(config: Config) -> Finding:
    how, name = ", ".join(config.jwt.algorithms), config.called("jwt", "secret")
    if config.jwt.jwks_url:
        return await _published_keys(config, how)
    if not config.jwt.shared_secret:
        return "Tokens", f"{how}, by the public key", None
    if config.jwt.secret is None:
        if config.development:
            return "Tokens", f"{how}, by a development secret in {config.data_dir}", None
        return "Tokens", f"{how}, without a secret", missing_secret(config)
    return "Tokens", f"{how}, by {name}", None


async def _published_keys(config: Config, how: str) -> Finding:
    """Whether the issuer has keys for us, as it is asked at the start and again later."""
    url = str(config.jwt.jwks_url)
    try:
        await PublishedKeys(url, config.jwt.algorithms, timeout=_PATIENCE).fetch()
    except KeysUnavailable as error:
        problem = (
            f"No keys for {how} can be had from {url} ({error}): check"
            f" {config.called('jwt', 'jwks_url')} and the network; no token is accepted until then."
        )
        return "Tokens", f"{how}, by {url}, out of reach", problem
    return "Tokens", f"{how}, by {url}, reached", None


def _secrets(config: Config) -> Finding:
    """Whether somebody could guess one."""
    guessed = strength.short(config, strength.LEAST)
    short = strength.short(config, strength.GOOD)
    if not short:
        return "Secrets", "as long as they should be", None
    found = f"{', '.join(short)}: short, better use {strength.GOOD} bytes or more"
    if not guessed or not config.production:
        return "Secrets", found, Mild(f"A secret is short: use {strength.GOOD} bytes or more.")
    problem = (
        f"{' and '.join(guessed)} can be guessed: use {strength.GOOD} bytes in production, as"
        f" `openssl rand -hex 32` makes."
    )
    return "Secrets", found, problem


def _credentials(config: Config) -> str:
    """Who may bring cookies; `*` lets everybody read, but brings none."""
    named = [origin for origin in config.allowed_origins if origin != origins.ANY]
    others = ", every other origin without" if origins.ANY in config.allowed_origins else ""
    if not named:
        return f"for no origin: name those whose browsers bring cookies, in CLIENT_URL{others}"
    return f"for {', '.join(named)}{others}"


def _server_api(config: Config) -> str:
    names = sorted(config.server.api_keys)
    return f"for {', '.join(names)}" if names else "off: no key is set"
