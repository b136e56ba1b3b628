"""One node as a process: bind, migrate, serve, and stop cleanly on SIGTERM or Ctrl-C."""

import asyncio
import gc
import importlib
import resource
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog
from aiohttp import web

from realtime import app, logs
from realtime.cli import database, ports, stopping, welcome
from realtime.config import Config, strength

_BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart everyone comes back at once."""

_FILES = (1_048_576, 65_536, 10_240)
"""Open files to ask for where the hard limit is refused: macOS calls it infinite, but it is not."""

log = structlog.get_logger(__name__)


def serve(config: Config, secret_file: Path | None) -> None:
    """Serve until a signal. Raises CannotStartError for whatever is in the way."""
    logs.configure(config.log_format, config.logs.level)
    _raise_file_limit()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(config, secret_file))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it installs; asyncio's own loop does the same, slower."""
    with suppress(ImportError):
        return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]
    return asyncio.new_event_loop


async def _serve(config: Config, secret_file: Path | None) -> None:
    signalled = stopping.on_signals()
    with ports.bound(config) as listening:
        applied = await database.prepare(config)
        if applied:
            log.info("migrated", applied=applied)
        _warn_of_short_secrets(config)
        runner = stopping.Leaving(app.build(config), config.transport, alone=config.alone)
        try:
            with database.told(config):
                await runner.setup()
            await web.SockSite(runner, listening, backlog=_BACKLOG).start()
            _settle()
            welcome.say(config, listening.getsockname()[1], secret_file)
            await signalled.wait()
            log.info("stopping")
        finally:
            await runner.cleanup()
    log.info("stopped")


def _warn_of_short_secrets(config: Config) -> None:
    """Once per start."""
    for name in strength.short(config, strength.GOOD):
        log.warning(
            "a secret is short: use 32 bytes, as `openssl rand -hex 32` makes", setting=name
        )


def _raise_file_limit() -> None:
    """Each connection is an open file, and the usual soft limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, *_FILES):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
            return


def _settle() -> None:
    """What was made at start-up lives for ever: no collection need walk over it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
