"""The doors of a node beside its sockets: REST, the application's own API, pages and metrics."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from realtime.config import Config
from realtime.dialects.base import Dialect
from realtime.dialects.words import Words
from realtime.domain.actor import Node
from realtime.gateway import admin, monitors, site
from realtime.gateway.browser import BrowserFiles
from realtime.gateway.demo import Demo, Person, people
from realtime.gateway.descriptions import Descriptions
from realtime.gateway.identity.callers import Callers
from realtime.gateway.identity.signing import signed
from realtime.gateway.identity.tokens import Verifier
from realtime.gateway.rest import Rest
from realtime.gateway.server_api import Answering, ServerDoor, table
from realtime.gateway.server_api.way import Way
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Expiry
from realtime.gateway.watching import watched
from realtime.gateway.work import Work
from realtime.in_process import API, InProcess
from realtime.transport import Server

MONITORS = web.AppKey("monitors", monitors.Page)

_DEMO_TOKEN = 86_400
"""Seconds that a token of the demo counts; each visit gets new ones."""


@asynccontextmanager
async def verifying(config: Config, words: Words) -> AsyncIterator[Verifier]:
    """Who knows whether a token is good."""
    verifier = Verifier(config.jwt, integer_ids=words.integer_ids)
    try:
        await verifier.start()
        yield verifier
    finally:
        await verifier.close()


@asynccontextmanager
async def monitored(
    config: Config, app: web.Application, server: Server, sockets: Sockets
) -> AsyncIterator[None]:
    """The node as Prometheus sees it, on its own port or on another."""
    page = app[MONITORS] = monitors.Page()
    if config.metrics.port is None:
        app.add_routes([monitors.route(config.metrics, page)])
    async with monitors.own_port(config.metrics, config.host, page):
        with watched(sockets, server):
            yield


def attach_rest(
    config: Config,
    callers: Callers,
    work: Work,
    app: web.Application,
    *,
    answered: Mapping[str, Dialect],
    words: Words,
) -> None:
    """What frontends ask, and how it is described."""
    waiting = config.transport.body_timeout
    Rest(callers, answered, words, work, body_timeout=waiting).attach(app)
    Descriptions(answered, table, words, config.jwt.cookie).attach(app)


def attach_server_api(
    config: Config, answering: Answering, work: Work, app: web.Application
) -> None:
    """What the application asks: over HTTP with a key, and inside this process."""
    app[API] = InProcess(answering, work)
    waiting = config.transport.body_timeout
    way = Way(config.transport)
    ServerDoor(config.server.api_keys, answering, work, way, body_timeout=waiting).attach(app)


def attach_pages(config: Config, spoken: Iterable[str], node: Node, app: web.Application) -> None:
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
