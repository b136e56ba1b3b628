"""One node as a process: bind, migrate, serve, and stop cleanly on SIGTERM or Ctrl-C."""

import asyncio
import errno
import gc
import importlib
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from realtime import app, logs
from realtime.cli import database, welcome
from realtime.cli.errors import CannotStartError
from realtime.config import Config, strength
from realtime.gateway.listening import Runner

_BACKLOG = 4096
"""Connections that may wait to be accepted: after a restart everyone comes back at once."""

_REST_PATIENCE = 5.0
"""Seconds for REST calls that are still running when everything else has drained."""

_EVERY_ADDRESS = frozenset({"", "::"})
_FILES = (1_048_576, 65_536, 10_240)
"""Open files to ask for where the hard limit is refused: macOS calls it infinite, but it is not."""

log = structlog.get_logger(__name__)


class _DrainsFirst(Runner):
    """Drains while the port is still open: a proxy may open a new connection for each poll.

    aiohttp would close the port first and only then call `on_shutdown`.
    """

    async def cleanup(self) -> None:
        if self.server is not None:
            await self.app.shutdown()
        await super().cleanup()

    async def shutdown(self) -> None:
        """Nothing is left: `cleanup` has shut the application down while the port was open."""


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
    stopping = _on_signals()
    with bound(config) as listening:
        applied = await database.prepare(config)
        if applied:
            log.info("migrated", applied=applied)
        _warn_of_short_secrets(config)
        runner = _DrainsFirst(app.build(config), config.transport, shutdown_timeout=_REST_PATIENCE)
        try:
            with database.told(config):
                await runner.setup()
            await web.SockSite(runner, listening, backlog=_BACKLOG).start()
            _settle()
            welcome.say(config, listening.getsockname()[1], secret_file)
            await stopping.wait()
            log.info("stopping", drain_seconds=config.transport.drain_window)
        finally:
            await runner.cleanup()
    log.info("stopped")


def _on_signals() -> asyncio.Event:
    """Set by SIGTERM, however often it comes, and by Ctrl-C; a second Ctrl-C ends at once."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def interrupted() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    return stopping


def bound(config: Config) -> socket.socket:
    """A socket on the configured address, not listening yet: a taken port is told first.

    Raises CannotStartError for one that is taken, not allowed or not ours.
    """
    try:
        if config.host in _EVERY_ADDRESS:
            return _bound_everywhere(config.port)
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM
        )[0]
        return _bind(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise CannotStartError(_why_not_bound(config, error)) from error


def _bound_everywhere(port: int) -> socket.socket:
    """As Node listens: a client that takes `localhost` for ::1 finds us, one on IPv4 too."""
    if not socket.has_dualstack_ipv6():
        return _bind(socket.socket(socket.AF_INET), ("", port))
    both = socket.socket(socket.AF_INET6)
    both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return _bind(both, ("::", port))


def _bind(bound: socket.socket, address: Any) -> socket.socket:
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _why_not_bound(config: Config, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = config.port + 1
        return f"Port {config.port} is taken: stop what uses it, or run `PORT={other} make run`."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {config.port} is not allowed to this user: choose one above 1023."
    return f"Cannot listen on {config.host} ({error.strerror}): check HOST, :: is every address."


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
