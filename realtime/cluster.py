"""What makes several nodes one: how they hear one another, and what they know of one another."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_hex
from typing import Any

from realtime.config import Config
from realtime.delivery.bridging.bridge import Bridge
from realtime.delivery.bridging.rooms import OldRooms
from realtime.delivery.languages import Languages
from realtime.delivery.sweep import Sweep
from realtime.dialects.base import Dialect
from realtime.domain.ports import Clock
from realtime.gateway.untold import Tabs, Untold
from realtime.gateway.work import Work
from realtime.stores.addresses import Addresses
from realtime.stores.database import Database
from realtime.stores.roster import Roster
from realtime.stores.workers import Workers
from realtime.transport import Server
from realtime.transport.backplane import Backplane, places
from realtime.transport.tracing import Trace

EVERY_ADDRESS = {"", "::", "0.0.0.0"}  # noqa: S104 - to tell them from one
"""A host that is no place to be reached at."""


def process_of(node: str) -> str:
    """A name for this process alone: a node's name may come again after a restart."""
    return f"{node}.{token_hex(4)}"


def backplane(config: Config, process: str, trace: Trace | None = None) -> Backplane | None:
    """How this node hears the others, following what it hears if anybody does; None: alone."""
    if config.redis_url is None:
        return None
    chosen = config.redis
    how: dict[str, Any] = {
        "process": process,
        "prefix": chosen.prefix,
        "kept_seconds": chosen.kept_seconds,
        "kept_bytes": chosen.kept_bytes,
    }
    # Only here: a node that is alone need not wait for it.
    if trace is None:
        from realtime.transport.backplane.redis import RedisBackplane  # noqa: PLC0415

        return RedisBackplane(config.redis_url, **how)
    from realtime.transport.backplane.redis.traced import TracedBackplane  # noqa: PLC0415

    return TracedBackplane(trace, config.redis_url, **how)


def roster_of(config: Config, server: Server, process: str) -> Roster | None:
    """What nodes know of one another; None where there can be no other."""
    if config.redis_url is None:
        return None
    roster = Roster(process, partial(server.publish_notice, "roster"), config.presence.grace)
    server.subscribe("roster", roster.hear)
    server.when_back(roster.back)
    return roster


def languages_of(
    config: Config,
    server: Server,
    roster: Roster | None,
    dialects: Mapping[str, Dialect],
    namespaces: Sequence[str],
) -> Languages:
    """In which words somebody listens, on any node, or did so until a moment ago."""
    kept = config.recovery.kept
    if roster is None:
        return Languages(dialects, namespaces, kept=kept)
    languages = Languages(dialects, namespaces, roster.teller("languages"), kept)
    roster.add("languages", languages)
    server.understand_with(languages.understood)
    return languages


def workers_of(config: Config, roster: Roster | None, *, working: bool) -> Workers:
    """Which nodes are there to work the outbox off, and for nothing else."""
    workers = Workers(working=working, key=config.push.vapid_public_key or "")
    if roster is not None:
        roster.add("workers", workers)
        roster.add("subscribing", workers.subscribing)
    return workers


@asynccontextmanager
async def meeting(
    config: Config, server: Server, roster: Roster, tabs: Tabs, *, port: int | None
) -> AsyncIterator[None]:
    """This node, which has these tabs, among the others, from its first word to its goodbye. The
    server has started.

    Without a ``port`` nobody reaches it.
    """
    addresses = Addresses(partial(own_address, config, server, port))
    roster.add("addresses", addresses)
    if config.node.forwards:
        server.locate_with(addresses.find)
    async with _catching_up(config, server, tabs):
        roster.start(lambda: server.cut_off() is None)
        try:
            await server.caught_up()
            yield
        finally:
            roster.stop()


def own_address(config: Config, server: Server, port: int | None) -> tuple[str, str] | None:
    """This node's name, and where the others reach it; None while that cannot be told."""
    if port is None:
        return None
    if config.node.address is not None:
        return server.node, config.node.address
    host = config.host if config.host not in EVERY_ADDRESS else server.own_address()
    if host is None:
        return None
    return server.node, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@asynccontextmanager
async def bridging(
    config: Config, server: Server, dialects: Mapping[str, Dialect], namespaces: Sequence[str]
) -> AsyncIterator[None]:
    """Hear what other backends emit through Redis, where that is switched on."""
    chosen, url = config.bridge, config.bridge.redis_url or config.redis_url
    if not chosen.used or url is None:
        yield
        return
    # Only here: who bridges nothing need not wait for it.
    from realtime.delivery.bridging.listening import ear_for  # noqa: PLC0415

    dialect = dialects[chosen.dialect or config.dialect]
    rooms = OldRooms(dialect, chosen, integer_ids=config.user_ids == "integer")
    bridge = Bridge(server, rooms, namespaces)
    ear = ear_for(chosen, places.place(url), bridge, depth=config.transport.json_depth)
    await ear.start()
    try:
        yield
    finally:
        await ear.close()


@asynccontextmanager
async def sweeping(
    database: Database, server: Server, roster: Roster | None, work: Work, clock: Clock
) -> AsyncIterator[None]:
    """Tell here what others, or this node, stored and could not tell. On SQLite there are no
    others, and nothing that it does not answer."""
    if database.dialect == "sqlite":
        yield
        return
    sweep = Sweep(server, clock, work.start, alone=roster is None)
    if roster is not None:
        roster.when_gone = lambda _node: sweep.missed()
    await sweep.start()
    try:
        with database.in_doubt(sweep.doubt):
            yield
    finally:
        await sweep.stop()


@asynccontextmanager
async def _catching_up(config: Config, server: Server, tabs: Tabs) -> AsyncIterator[None]:
    """Do here what was done elsewhere and could not be told."""
    untold = Untold(server, tabs, bridged=config.bridge.used)
    untold.start()
    try:
        yield
    finally:
        await untold.stop()
