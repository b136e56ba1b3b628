"""One node as a process: bind, migrate, serve, and stop cleanly on SIGTERM or Ctrl-C."""

import asyncio
import gc
import importlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from realtime import app, logs
from realtime.cli import database, files, handover, ports, stopping, welcome
from realtime.cli.errors import CannotStartError
from realtime.cli.parent import Parent
from realtime.config import Config, strength
from realtime.gateway.listening import DEPARTURE, FILES
from realtime.gateway.monitors import PortTaken

log = structlog.get_logger(__name__)


def serve(
    config: Config,
    secret_file: Path | None,
    listening: socket.socket,
    before: handover.Predecessor | None = None,
    parent: Parent | None = None,
) -> None:
    """Serve at a socket until a signal, in the place of the process `before` if there is one, or
    with others that a `parent` started.

    Raises CannotStartError for whatever is in the way.
    """
    logs.configure(config.log_format, config.logs.level)
    files.raise_limit()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(config, secret_file, listening, before, parent))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it installs; asyncio's own loop does the same, slower."""
    with suppress(ImportError):
        return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]
    return asyncio.new_event_loop


async def _serve(
    config: Config,
    secret_file: Path | None,
    listening: socket.socket,
    before: handover.Predecessor | None,
    parent: Parent | None,
) -> None:
    stop = stopping.Stop()
    async with AsyncExitStack() as running:
        running.enter_context(listening)
        if before is not None:
            running.callback(before.close)
        offer = handover.Offer(config.data_dir, listening)
        running.push_async_callback(offer.close if parent is None else parent.close)
        await _prepare(config, before)
        port = listening.getsockname()[1]
        node = app.build(config, before=before.ends if before else None, port=port)
        if not config.development:  # of one's own machine few ask so much
            files.warn(node[FILES], config.transport.connections)
        runner = stopping.Leaving(node, config.transport)
        running.push_async_callback(runner.cleanup)
        with database.told(config), metrics_told(config.called("metrics", "port")):
            await runner.setup()
        if before is not None:
            before.leave()  # whoever comes until we listen waits in the queue that we share
        if parent is not None:
            await parent.join(runner, stop)
        runner.listen(listening)
        settle()
        if parent is not None:
            parent.ready()
        else:
            offer.start(partial(_make_way, node, stop))
            welcome.say(config, port, secret_file)
        await stop.asked()
        log.info("stopping")
    log.info("stopped")


@contextmanager
def metrics_told(setting: str) -> Iterator[None]:
    """Say which setting named a port that the metrics cannot have. Raises CannotStartError."""
    try:
        yield
    except PortTaken as taken:
        raise CannotStartError(ports.not_for_metrics(taken.args[0], setting)) from taken


def _make_way(node: web.Application, stop: stopping.Stop) -> None:
    """For the process that has our port now: with others or without, it is the one to go to."""
    node[DEPARTURE].at_once = True
    stop.ask()


async def _prepare(config: Config, before: handover.Predecessor | None) -> None:
    """Look at the database, and migrate SQLite, which nobody else may serve meanwhile."""
    if before is not None and database.sqlite_file(config) and await database.pending(config):
        log.info("the process before this one stops first: there are migrations")
        before.leave()
        await before.gone()
    applied = await database.prepare(config)
    if applied:
        log.info("migrated", applied=applied)
    _warn_of_short_secrets(config)


def _warn_of_short_secrets(config: Config) -> None:
    """Once per start."""
    for name in strength.short(config, strength.GOOD):
        log.warning(
            "a secret is short: use 32 bytes, as `openssl rand -hex 32` makes", setting=name
        )


def settle() -> None:
    """What was made at start-up lives for ever: no collection need walk over it, now or later."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)
