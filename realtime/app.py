"""Puts a node together: the only module that knows every other. Things stop in reverse order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import structlog
from aiohttp import web

from realtime import cluster
from realtime.config import Config, dialects
from realtime.core import domain, neighbours_of, now, opened, words_of
from realtime.delivery import notices
from realtime.delivery.fanout import FanOut
from realtime.delivery.missing import Missing
from realtime.delivery.settings import OutboxSettings
from realtime.domain.actor import Node
from realtime.domain.announcing import Announcer
from realtime.doors import (
    attach_pages,
    attach_rest,
    attach_server_api,
    expiry_of,
    monitored,
    verifying,
)
from realtime.gateway import cors, health
from realtime.gateway.everyone import with_everyones
from realtime.gateway.identity.callers import Callers
from realtime.gateway.listening import DEPARTURE, FILES, Departure
from realtime.gateway.server_api import Answering
from realtime.gateway.settings import MetricsSettings
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Means
from realtime.gateway.work import Work
from realtime.origins import Origins
from realtime.overseeing import Overseeing
from realtime.readiness import Readiness, parts_of
from realtime.recalling import Recalling
from realtime.sending import Leaving, asking
from realtime.stores.database import connections
from realtime.stores.idempotency import Idempotency, Kept
from realtime.stores.known_sessions import Before, KnownSessions
from realtime.tracing.choosing import tracing
from realtime.transport import Server
from realtime.transport.backplane import Backplane
from realtime.transport.engineio.limits.files import KEPT, Files
from realtime.transport.settings import NodeSettings

log = structlog.get_logger(__name__)

NODE = web.AppKey("node", Node)
SERVER = web.AppKey("server", Server)
SILENT = web.AppKey("silent", bool)
"""Set where a node sends nothing of what is due."""
MAX_BODY = 1_000_000
"""Bytes of a REST body; more is 413."""


def build(
    config: Config, *, before: Before | None = None, port: int | None = None
) -> web.Application:
    """A node, wired when it starts: the database comes first and goes last.

    ``before``: it takes over from another process, which may serve the same database meanwhile.
    ``port`` is where it will listen, if not where the configuration says.
    Raises ConfigError for a dialect that cannot be spoken.
    """
    return _built(config, before, port or config.port)


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
    return _built(config.model_copy(update=own))


def build_silent(config: Config) -> web.Application:
    """A node that nobody reaches, for one call of its ``API``: others hear of what it does, and it
    sends nothing and opens no port.

    Raises ConfigError for a dialect that cannot be spoken.
    """
    keyless = config.push.model_copy(update={"vapid_public_key": None, "vapid_private_key": None})
    own = {"node": NodeSettings(forwards=False), "push": keyless, "metrics": MetricsSettings()}
    app = _built(config.model_copy(update=own))
    app[SILENT] = True
    return app


def _built(
    config: Config, before: Before | None = None, port: int | None = None
) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY)
    app[FILES] = Files(KEPT + connections(config.database))
    app.cleanup_ctx.append(partial(_node, config, dialects.spoken(config), before, port))
    app[DEPARTURE] = Departure(at_once=config.alone)
    app.on_shutdown.append(_drain)
    return app


async def _drain(app: web.Application) -> None:
    """Send every client away: to other nodes by and by, at once where there are none."""
    if SERVER in app:
        await app[SERVER].drain(at_once=app[DEPARTURE].at_once)


async def _node(
    config: Config,
    chosen: dialects.Spoken,
    before: Before | None,
    port: int | None,
    app: web.Application,
) -> AsyncIterator[None]:
    """Everything that runs between start and stop."""
    spoken, own = chosen
    words = words_of(config, own)
    namespaces = tuple(sorted({name for each in spoken.values() for name in each.namespaces}))
    origins = Origins(
        config.allowed_origins, config.dialects.origins, development=not config.production
    )
    async with AsyncExitStack() as running:
        enter = running.enter_async_context
        database = await enter(opened(config))
        neighbours = await enter(neighbours_of(config, database, before is not None))
        work = Work()
        running.push_async_callback(work.finish)
        name = config.node.name_or_new()
        process = cluster.process_of(name)
        traced = await enter(tracing(config.tracing, name))
        server = app[SERVER] = _server(
            config,
            namespaces,
            origins,
            name,
            cluster.backplane(config, process, traced.trace),
            app[FILES],
            before,
        )
        roster = cluster.roster_of(config, server, process)
        languages = cluster.languages_of(config, server, roster, spoken, namespaces)
        fanout = FanOut(server, spoken, words, namespaces, languages)
        announcer = Announcer()
        announcer.listen(traced.fan_out(fanout.announce))
        notices.connect(announcer, server)
        node = app[NODE] = await enter(
            domain(
                *(config, database, work, announcer, roster),
                before=await enter(asking(config, words, now)),
                traced=traced,
            )
        )
        _tell_what_is(server, fanout, node)
        verifier = await enter(verifying(config, words))
        callers = Callers(spoken, config.dialect, origins, verifier, node, cookie=config.jwt.cookie)
        recalling = Recalling(
            *(config, server, fanout, work.start, now),
            replacing=before is not None,
            listen=announcer.listen,
        )
        sockets = Sockets(
            Means(server, callers, words, expiry_of(config), languages, config.recovery),
            spoken,
            recalling.tell,
            recalling.unaware,
        )
        sockets.attach(namespaces)
        traced.attach(app, server, sockets)
        await enter(monitored(config, app, server, sockets))
        attach_rest(config, callers, work, app, answered=with_everyones(spoken), words=words)
        leaving = Leaving(
            config,
            node,
            server,
            (spoken, words),
            cluster.workers_of(config, roster, working=port is None),
        )
        overseeing = Overseeing(server, roster, sockets, words, process=process)
        overseer = overseeing.overseer(worker=port is None, push=leaving.push, clock=now)
        answering = Answering(node, words, Idempotency(node.clock), Kept, overseer)
        attach_server_api(config, answering, work, app)
        attach_pages(config, spoken, node, app)
        cors.install(app, origins)
        app.add_routes(
            health.routes(
                Readiness(config, database, server, neighbours, parts_of(node), push=leaving.push)
            )
        )
        server.attach(app)
        await enter(overseeing.admin_ui(config.admin, spoken.values(), namespaces))
        await server.start()
        running.push_async_callback(server.close)
        await enter(recalling.keeping())
        await enter(cluster.sweeping(database, server, roster, work, now))
        if roster is not None:
            await enter(cluster.meeting(config, server, roster, sockets.tabs, port=port))
        await enter(cluster.bridging(config, server, spoken, namespaces))
        await enter(leaving.sending(silent=SILENT in app))
        yield


def _tell_what_is(server: Server, fanout: FanOut, node: Node) -> None:
    """What never came is loaded, and what had to wait is told if it still is so."""
    server.load_missing_with(Missing(fanout, node), lambda: fanout.said_in)
    fanout.believe(node.presence.looks_online)


def _server(  # noqa: PLR0917 - what it is made of
    config: Config,
    namespaces: tuple[str, ...],
    origins: Origins,
    name: str,
    backplane: Backplane | None,
    files: Files,
    before: Before | None,
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
        server.remember_on(KnownSessions(now, before))
    return server
