"""Puts a node together: the only module that knows every other. Things stop in reverse order."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from aiohttp import web

from realtime import cluster
from realtime.config import Config, dialects
from realtime.delivery import notices
from realtime.delivery.fanout import FanOut
from realtime.delivery.missing import Missing
from realtime.delivery.settings import OutboxSettings
from realtime.delivery.typists import Typists
from realtime.dialects.words import Words
from realtime.domain import announcements, presence
from realtime.domain.actor import Node, Rules
from realtime.domain.announcing import Announcer, connect_caches
from realtime.domain.events import BroadcastStored, MessageSent
from realtime.domain.happened import Happened
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Before
from realtime.domain.typing import Typing
from realtime.gateway import admin, cors, health, monitors, site
from realtime.gateway.browser import BrowserFiles
from realtime.gateway.demo import Demo, Person, people
from realtime.gateway.descriptions import Descriptions
from realtime.gateway.everyone import with_everyones
from realtime.gateway.identity.callers import Callers
from realtime.gateway.identity.signing import signed
from realtime.gateway.identity.tokens import Verifier
from realtime.gateway.listening import DEPARTURE, FILES, Departure
from realtime.gateway.rest import Rest
from realtime.gateway.server_api import Answering, ServerDoor, table
from realtime.gateway.server_api.way import Way
from realtime.gateway.settings import MetricsSettings
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Expiry, Means
from realtime.gateway.watching import watched
from realtime.gateway.work import Work
from realtime.in_process import API, InProcess
from realtime.origins import Origins
from realtime.overseeing import Overseeing
from realtime.readiness import Readiness, parts_of
from realtime.recalling import Recalling
from realtime.sending import Leaving, asking
from realtime.settings import Section
from realtime.stores.database import Database, connections
from realtime.stores.epoch import open_epoch
from realtime.stores.idempotency import Idempotency, Kept
from realtime.stores.joined import SharedJoined
from realtime.stores.known_sessions import KnownSessions
from realtime.stores.limits import MemoryLimits
from realtime.stores.neighbours import Neighbours
from realtime.stores.presence import SharedPresence
from realtime.stores.retention import Retention
from realtime.stores.roster import Roster
from realtime.stores.visible import SharedVisible
from realtime.stores.writer import GroupWriter
from realtime.tracing.choosing import tracing
from realtime.tracing.untraced import Untraced
from realtime.transport import Server
from realtime.transport.backplane import Backplane
from realtime.transport.engineio.limits.files import KEPT, Files
from realtime.transport.settings import NodeSettings

log = structlog.get_logger(__name__)

NODE = web.AppKey("node", Node)
SERVER = web.AppKey("server", Server)
MONITORS = web.AppKey("monitors", monitors.Page)
SILENT = web.AppKey("silent", bool)
"""Set where a node sends nothing of what is due."""
MAX_BODY = 1_000_000
"""Bytes of a REST body; more is 413."""
TYPING_TIMEOUT = 10.0
"""Seconds of quiet after which somebody no longer types."""
_DEMO_TOKEN = 86_400
"""Seconds that a token of the demo counts; each visit gets new ones."""


def build(config: Config, *, replacing: bool = False, port: int | None = None) -> web.Application:
    """A node, wired when it starts: the database comes first and goes last.

    ``replacing``: it takes over from another process, which may serve the same database meanwhile.
    ``port`` is where it will listen, if not where the configuration says.
    Raises ConfigError for a dialect that cannot be spoken.
    """
    return _built(config, replacing=replacing, port=port or config.port)


def build_worker(config: Config, metrics_port: int | None = None) -> web.Application:
    """A node that nobody reaches: it hears the others, and sends what the outbox has.

    What the others do for all, or at a port of their own, it leaves to them. Raises ConfigError for
    a dialect that cannot be spoken.
    """
    own = {
        "node": NodeSettings(forwards=False),
        "outbox": OutboxSettings(in_serve="always"),
        "bridge": type(config.bridge)(),
        "metrics": config.metrics.model_copy(update={"port": metrics_port}),
    }
    return _built(config.model_copy(update=own), replacing=False, port=None)


def build_silent(config: Config) -> web.Application:
    """A node that nobody reaches, for one call of its ``API``: others hear of what it does, and it
    sends nothing and opens no port.

    Raises ConfigError for a dialect that cannot be spoken.
    """
    keyless = config.push.model_copy(update={"vapid_public_key": None, "vapid_private_key": None})
    own = {"node": NodeSettings(forwards=False), "push": keyless, "metrics": MetricsSettings()}
    app = _built(config.model_copy(update=own), replacing=False, port=None)
    app[SILENT] = True
    return app


def _built(config: Config, *, replacing: bool, port: int | None) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY)
    app[FILES] = Files(KEPT + connections(config.database))
    app.cleanup_ctx.append(partial(_node, config, dialects.spoken(config), replacing, port))
    app[DEPARTURE] = Departure(at_once=config.alone)
    app.on_shutdown.append(_drain)
    return app


async def _drain(app: web.Application) -> None:
    """Send every client away: to other nodes by and by, at once where there are none."""
    if SERVER in app:
        await app[SERVER].drain(at_once=app[DEPARTURE].at_once)


async def _node(
    config: Config, chosen: dialects.Spoken, replacing: bool, port: int | None, app: web.Application
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
        await open_epoch()
        neighbours = await running.enter_async_context(_neighbours(config, database, replacing))
        work = Work()
        running.push_async_callback(work.finish)
        name = config.node.name_or_new()
        process = cluster.process_of(name)
        traced = await running.enter_async_context(tracing(config.tracing, name))
        server = app[SERVER] = _server(
            config,
            namespaces,
            origins,
            name,
            cluster.backplane(config, process, traced.trace),
            app[FILES],
        )
        roster = cluster.roster_of(config, server, process)
        languages = cluster.languages_of(config, server, roster, spoken, namespaces)
        fanout = FanOut(server, spoken, words, namespaces, languages)
        announcer = Announcer()
        announcer.listen(traced.fan_out(fanout.announce))
        notices.connect(announcer, server)
        node = app[NODE] = await running.enter_async_context(
            _domain(
                *(config, database, work, announcer, roster),
                before=await running.enter_async_context(asking(config, words, now)),
                traced=traced,
            )
        )
        server.load_missing_with(Missing(fanout, node))
        verifier = await running.enter_async_context(_verifying(config, words))
        callers = Callers(spoken, config.dialect, origins, verifier, node, cookie=config.jwt.cookie)
        recalling = Recalling(config, server, fanout, work.start, now, replacing=replacing)
        sockets = Sockets(
            Means(server, callers, words, expiry_of(config), languages, config.recovery),
            spoken,
            recalling.tell,
            recalling.unaware,
        )
        sockets.attach(namespaces)
        traced.attach(app, server, sockets)
        await running.enter_async_context(_monitored(config, app, sockets))
        answered = with_everyones(spoken)
        Rest(callers, answered, words, work, body_timeout=config.transport.body_timeout).attach(app)
        leaving = Leaving(
            config, node, server, (spoken, words), cluster.workers_of(roster, working=port is None)
        )
        overseeing = Overseeing(server, roster, sockets, words, process=process)
        answering = Answering(
            node,
            words,
            Idempotency(node.clock),
            Kept,
            overseeing.overseer(worker=port is None, push=leaving.push, clock=now),
        )
        _attach_server_api(config, answering, work, app)
        Descriptions(answered, table, words, config.jwt.cookie).attach(app)
        _attach_pages(config, spoken, node, app)
        cors.install(app, origins)
        app.add_routes(
            health.routes(
                Readiness(config, database, server, neighbours, parts_of(node), push=leaving.push)
            )
        )
        server.attach(app)
        await running.enter_async_context(
            overseeing.admin_ui(config.admin, spoken.values(), namespaces)
        )
        await server.start()
        running.push_async_callback(server.close)
        await running.enter_async_context(recalling.keeping())
        if roster is not None:
            await running.enter_async_context(
                cluster.meeting(config, server, roster, work, port=port, clock=now)
            )
        await running.enter_async_context(cluster.bridging(config, server, spoken, namespaces))
        await running.enter_async_context(leaving.sending(silent=SILENT in app))
        yield


@asynccontextmanager
async def _monitored(config: Config, app: web.Application, sockets: Sockets) -> AsyncIterator[None]:
    """The node as Prometheus sees it, on its own port or on another."""
    page = app[MONITORS] = monitors.Page()
    if config.metrics.port is None:
        app.add_routes([monitors.route(config.metrics, page)])
    async with monitors.own_port(config.metrics, config.host, page):
        with watched(sockets, app[SERVER]):
            yield


@asynccontextmanager
async def _verifying(config: Config, words: Words) -> AsyncIterator[Verifier]:
    """Who knows whether a token is good."""
    verifier = Verifier(config.jwt, integer_ids=words.integer_ids)
    try:
        await verifier.start()
        yield verifier
    finally:
        await verifier.close()


def _server(  # noqa: PLR0917 - what it is made of
    config: Config,
    namespaces: tuple[str, ...],
    origins: Origins,
    name: str,
    backplane: Backplane | None,
    files: Files,
) -> Server:
    """The transport. Where there are several nodes, they keep in Redis what they know of pages."""
    server = Server(
        settings=config.transport,
        namespaces=namespaces,
        allowed_origins=origins,
        node=name,
        backplane=backplane,
        files=files,
        recovery=config.recovery.for_transport,
    )
    if config.alone:
        server.remember_on(KnownSessions(now))
    return server


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
    *,
    before: Before | None,
    traced: Untraced,
) -> AsyncIterator[Node]:
    """The domain's ports; with a roster, presence and joined are those of all nodes."""
    memberships, people = Memberships(), People(must_exist=config.users.must_exist)
    joined = SharedJoined(roster.teller("joined")) if roster else SharedJoined()
    connect_caches(announcer, memberships, people, joined, work.start)
    typing = Typing(announcer.announce, now, TYPING_TIMEOUT)
    announcer.listen(typing.sent, MessageSent)
    rules = rules_of(config)
    writer = GroupWriter(
        database,
        joined,
        traced.stored(announcer.announce),
        memberships.remember,
        wakes=rules.pushing.for_messages,
        tells=rules.webhooks.get(Happened.MESSAGE_SENT, ()),
    )

    def status_changed(user_id: str, is_online: bool) -> None:
        work.start(presence.changed(node, user_id, is_online=is_online))

    grace = config.presence.grace
    if roster is None:
        online, visible = SharedPresence(grace, status_changed), SharedVisible()
    else:
        online = SharedPresence(grace, status_changed, roster.teller("presence"), roster.node)
        visible = SharedVisible(roster.teller("visible"), roster.node)
        roster.add("visible", visible)
        roster.add("presence", online)
        roster.add("joined", joined)
    node = Node(
        writer=traced.writer(writer),
        presence=online,
        visible=visible,
        joined=joined,
        limits=MemoryLimits(limits_of(config)),
        clock=now,
        announce=announcer.announce,
        memberships=memberships,
        people=people,
        typing=typing,
        rules=rules,
        before=before,
    )
    if roster is not None:
        typists = Typists(node, roster.teller("typing"), work.start)
        typists.listen(announcer)
        roster.add("typing", typists)
    announcer.listen(
        lambda event: work.start(announcements.tell(node, event.broadcast_id)), BroadcastStored
    )
    writer.start()
    said = timedelta(hours=config.recovery.stored_hours)
    kept = timedelta(days=config.journal.kept_days)
    retention = Retention(now, kept, said, config.notifications)
    retention.start()
    try:
        with writer.watched():
            yield node
    finally:
        await retention.stop()
        await online.close()
        await work.finish()
        await writer.stop()


def _attach_server_api(
    config: Config, answering: Answering, work: Work, app: web.Application
) -> None:
    """What the application asks: over HTTP with a key, and inside this process."""
    app[API] = InProcess(answering, work)
    waiting = config.transport.body_timeout
    way = Way(config.transport)
    ServerDoor(config.server.api_keys, answering, work, way, body_timeout=waiting).attach(app)


def _attach_pages(config: Config, spoken: Iterable[str], node: Node, app: web.Application) -> None:
    """The page at `/`, where a newcomer is two people at once, and the documentation at `/docs`;
    where they are on."""

    def sign(person: Person) -> str:
        return signed(config.jwt, person.id, lifetime=_DEMO_TOKEN, name=person.name)

    BrowserFiles().attach(app)
    if config.admin.page:
        admin.attach(app)
    if config.shows_docs:
        site.Site().attach(app)
    if config.demo:
        Demo(
            people(integer_ids=config.user_ids == "integer"),
            [config.dialect, *(name for name in spoken if name != config.dialect)],
            sign=sign,
            notify=app[API].send_notification_to_user,
            limits=node.limits,
            documented=config.shows_docs and site.BUILT.is_dir(),
        ).attach(app)


def expiry_of(config: Config) -> Expiry:
    """Whether connections end with their tokens."""
    return Expiry(config.jwt.close_at_expiry, config.jwt.expiry_grace)


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
    return Rules(
        config.users,
        config.presence,
        config.messages,
        config.push.rules,
        config.notifications,
        config.webhooks.wanted,
    )


def limits_of(config: Config) -> dict[str, tuple[float, float]]:
    """Rate and burst of each kind of call."""
    return {kind: (limit.rate, limit.burst) for kind, limit in config.limits}
