"""Puts a node together: the only module that knows every other. Things stop in reverse order."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex

import structlog
from aiohttp import web

from realtime.config import Config, dialects
from realtime.delivery import notices
from realtime.delivery.fanout import FanOut
from realtime.delivery.missing import Missing
from realtime.delivery.sweep import Sweep
from realtime.dialects.words import Words
from realtime.domain import presence
from realtime.domain.actor import Node, Rules
from realtime.domain.announcing import Announcer, connect_caches
from realtime.domain.events import MessageSent
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Port
from realtime.domain.typing import Typing
from realtime.gateway import cors, health
from realtime.gateway.descriptions import Descriptions
from realtime.gateway.identity.callers import Callers
from realtime.gateway.identity.tokens import Verifier
from realtime.gateway.listening import FILES
from realtime.gateway.rest import Rest
from realtime.gateway.server_api import Answering, ServerDoor, table
from realtime.gateway.sockets import Expiry, Sockets
from realtime.gateway.work import Work
from realtime.in_process import API, InProcess
from realtime.origins import Origins
from realtime.settings import Section
from realtime.stores import migrations
from realtime.stores.addresses import Addresses
from realtime.stores.database import Database, connections
from realtime.stores.idempotency import Idempotency, Kept
from realtime.stores.joined import SharedJoined
from realtime.stores.limits import MemoryLimits
from realtime.stores.neighbours import Neighbours
from realtime.stores.presence import SharedPresence
from realtime.stores.retention import Retention
from realtime.stores.roster import Roster
from realtime.stores.writer import GroupWriter
from realtime.transport import Server
from realtime.transport.backplane import Backplane
from realtime.transport.engineio.limits.files import KEPT, Files

log = structlog.get_logger(__name__)

NODE = web.AppKey("node", Node)
SERVER = web.AppKey("server", Server)
MAX_BODY = 1_000_000
"""Bytes of a REST body; more is 413."""
EVERY_ADDRESS = {"", "::", "0.0.0.0"}  # noqa: S104 - to tell them from one
"""A host that is no place to be reached at."""
TYPING_TIMEOUT = 10.0
"""Seconds of quiet after which somebody no longer types."""


def build(config: Config, *, replacing: bool = False, port: int | None = None) -> web.Application:
    """A node, wired when it starts: the database comes first and goes last.

    ``replacing``: it takes over from another process, which may serve the same database meanwhile.
    ``port`` is where it will listen, if not where the configuration says.
    Raises ConfigError for a dialect that cannot be spoken.
    """
    app = web.Application(client_max_size=MAX_BODY)
    app[FILES] = Files(KEPT + connections(config.database))
    app.cleanup_ctx.append(
        partial(_node, config, dialects.spoken(config), replacing, port or config.port)
    )
    app.on_shutdown.append(partial(_drain, alone=config.alone))
    return app


async def _drain(app: web.Application, *, alone: bool) -> None:
    """Send every client away: to other nodes by and by, at once where there are none."""
    if SERVER in app:
        await app[SERVER].drain(at_once=alone)


async def _node(
    config: Config, chosen: dialects.Spoken, replacing: bool, port: int, app: web.Application
) -> AsyncIterator[None]:
    """Everything that runs between start and stop."""
    spoken, own = chosen
    words = words_of(config, own)
    namespaces = tuple(sorted({name for each in spoken.values() for name in each.namespaces}))
    origins = Origins(
        config.allowed_origins, config.dialects.origins, development=not config.production
    )
    async with AsyncExitStack() as running:
        database = await running.enter_async_context(await Database.open(config.database))
        neighbours = await running.enter_async_context(_neighbours(config, database, replacing))
        work = Work()
        running.push_async_callback(work.finish)
        name = config.node.name_or_new()
        server = app[SERVER] = Server(
            settings=config.transport,
            namespaces=namespaces,
            allowed_origins=origins,
            node=name,
            backplane=backplane(config, name),
            files=app[FILES],
        )
        roster = roster_of(config, server, name)
        fanout = FanOut(server, spoken, words, namespaces)
        announcer = Announcer()
        announcer.listen(fanout.announce)
        notices.connect(announcer, server)
        node = app[NODE] = await running.enter_async_context(
            _domain(config, database, work, announcer, roster)
        )
        server.load_missing_with(Missing(fanout, node))
        verifier = Verifier(config.jwt, integer_ids=words.integer_ids)
        running.push_async_callback(verifier.close)
        await verifier.start()
        callers = Callers(spoken, config.dialect, origins, verifier, node, cookie=config.jwt.cookie)
        expiry = Expiry(config.jwt.close_at_expiry, config.jwt.expiry_grace)
        Sockets(server, callers, spoken, words, expiry).attach(namespaces)
        waiting = config.transport.body_timeout
        Rest(callers, spoken, words, work, body_timeout=waiting).attach(app)
        answering = Answering(node, words, Idempotency(node.clock), Kept)
        app[API] = InProcess(answering, work)
        ServerDoor(config.server.api_keys, answering, work, body_timeout=waiting).attach(app)
        Descriptions(spoken, table, words, config.jwt.cookie).attach(app)
        cors.install(app, origins)
        parts = parts_of(node)
        app.add_routes(health.routes(Readiness(config, database, server, neighbours, parts)))
        server.attach(app)
        await server.start()
        running.push_async_callback(server.close)
        if roster is not None:
            addresses = Addresses(lambda: own_address(config, server, name, port))
            roster.add("addresses", addresses)
            if config.node.forwards:
                server.locate_with(addresses.find)
            await running.enter_async_context(_sweeping(config, server, roster, work))
            roster.start(lambda: server.cut_off() is None)
            running.callback(roster.stop)
        yield


@asynccontextmanager
async def _sweeping(
    config: Config, server: Server, roster: Roster, work: Work
) -> AsyncIterator[None]:
    """Tell here what others stored and could not tell. On SQLite there are no others."""
    if config.database.startswith("sqlite"):
        yield
        return
    sweep = Sweep(server, now, work.start)
    roster.when_gone = lambda _node: sweep.missed()
    await sweep.start()
    try:
        yield
    finally:
        await sweep.stop()


def backplane(config: Config, name: str) -> Backplane | None:
    """How this node hears the others; None where it is alone."""
    if config.redis_url is None:
        return None
    # Only here: a node that is alone need not wait for it.
    from realtime.transport.backplane.redis import RedisBackplane  # noqa: PLC0415

    chosen = config.redis
    return RedisBackplane(
        config.redis_url,
        node=name,
        prefix=chosen.prefix,
        kept_seconds=chosen.kept_seconds,
        kept_bytes=chosen.kept_bytes,
    )


def own_address(config: Config, server: Server, name: str, port: int) -> tuple[str, str] | None:
    """This node's name, and where the others reach it; None while that cannot be told."""
    if config.node.address is not None:
        return name, config.node.address
    host = config.host if config.host not in EVERY_ADDRESS else server.own_address()
    return None if host is None else (name, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def roster_of(config: Config, server: Server, name: str) -> Roster | None:
    """What nodes know of one another; None where there can be no other."""
    if config.redis_url is None:
        return None
    unique = f"{name}.{token_hex(4)}"  # a name may come again after a restart
    roster = Roster(unique, partial(server.publish_notice, "roster"), config.presence.grace)
    server.subscribe("roster", roster.hear)
    server.when_back(roster.back)
    return roster


@asynccontextmanager
async def _neighbours(
    config: Config, database: Database, replacing: bool
) -> AsyncIterator[Neighbours | None]:
    """The other nodes of this database; None where they may be there, or cannot be told."""
    if config.redis_url is not None or database.pooled:
        yield None
        return
    neighbours = Neighbours(config.database, replacing=replacing)
    await neighbours.start()
    try:
        yield neighbours
    finally:
        await neighbours.close()


@asynccontextmanager
async def _domain(
    config: Config,
    database: Database,
    work: Work,
    announcer: Announcer,
    roster: Roster | None,
) -> AsyncIterator[Node]:
    """The domain's ports; with a roster, presence and joined are those of all nodes."""
    memberships, people = Memberships(), People(must_exist=config.users.must_exist)
    joined = SharedJoined(roster.teller("joined")) if roster else SharedJoined()
    connect_caches(announcer, memberships, people, joined, work.start)
    typing = Typing(announcer.announce, now, TYPING_TIMEOUT)
    announcer.listen(typing.sent, MessageSent)
    writer = GroupWriter(database, joined, announcer.announce, memberships.remember)

    def status_changed(user_id: str, is_online: bool) -> None:
        work.start(presence.changed(node, user_id, is_online=is_online))

    grace = config.presence.grace
    if roster is None:
        online = SharedPresence(grace, status_changed)
    else:
        online = SharedPresence(grace, status_changed, roster.teller("presence"), roster.node)
        roster.add("presence", online)
        roster.add("joined", joined)
    node = Node(
        writer=writer,
        presence=online,
        joined=joined,
        limits=MemoryLimits(limits_of(config)),
        clock=now,
        announce=announcer.announce,
        memberships=memberships,
        people=people,
        typing=typing,
        rules=rules_of(config),
    )
    writer.start()
    retention = Retention(now, timedelta(days=config.journal.kept_days))
    retention.start()
    try:
        yield node
    finally:
        await retention.stop()
        await online.close()
        await work.finish()
        await writer.stop()


class Readiness:
    """Whether this node serves. A schema that is current stays so while we run."""

    def __init__(
        self,
        config: Config,
        database: Database,
        server: Server,
        neighbours: Neighbours | None,
        parts: Mapping[str, Port],
    ) -> None:
        self._url = config.database
        self._alone = config.redis_url is None
        self._required = config.redis.required
        self._neighbours = neighbours
        self._database = database
        self._server = server
        self._parts = parts
        self._current = False

    async def __call__(self) -> health.Readiness:
        parts, fault = await asyncio.gather(health.asked(self._parts), self._database.condition())
        if fault is None and not self._current:
            self._current = not await migrations.pending(self._url)
        if self._required:
            parts["redis"] = self._server.cut_off()
        draining = self._server.draining
        return health.Readiness(fault, self._current, draining, parts, self._nodes())

    def _nodes(self) -> str:
        """Whether other nodes hear what happens here."""
        if not self._alone:
            return self._server.cut_off() or "shared"
        others = self._neighbours.others if self._neighbours is not None else None
        return "not alone, but without Redis" if others else "alone"


def parts_of(node: Node) -> dict[str, Port]:
    """What readiness asks besides the database, by the names that it shows."""
    return {
        "writer": node.writer,
        "presence": node.presence,
        "joined": node.joined,
        "limits": node.limits,
    }


def now() -> datetime:
    """UTC in whole milliseconds: what is stored is what is sent."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def words_of(config: Config, own: Iterable[Section]) -> Words:
    """The settings that change words."""
    return Words(
        integer_ids=config.user_ids == "integer",
        share_email=config.users.share_email,
        vapid_public_key=config.push.vapid_public_key,
        own={type(settings): settings for settings in own},
    )


def rules_of(config: Config) -> Rules:
    """The settings that change what the domain does."""
    return Rules(config.users, config.presence, config.messages)


def limits_of(config: Config) -> dict[str, tuple[float, float]]:
    """Rate and burst of each kind of call."""
    return {kind: (limit.rate, limit.burst) for kind, limit in config.limits}
