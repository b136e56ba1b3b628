"""Nodes of our server: in this process for speed, or as real processes that can be killed."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.frontends import ORIGINS
from tests.servers.forking import forked
from tests.servers.running import Running, free_port
from tests.tokens import SECRET

if TYPE_CHECKING:
    from realtime.gateway.listening import Runner

READY = r"http://\S+:(?P<port>\d+)/healthz"
SERVER_KEY = "the key of the tests' application"


def environment(
    folder: Path, database_url: str | None, settings: Mapping[str, Any]
) -> dict[str, str]:
    """A node's settings as `REALTIME_…` variables: `presence__grace=0` is REALTIME_PRESENCE__GRACE.

    On top of the tests' defaults: port 0, no drain, the tests' keys, each dialect's origin.
    A setting given as None goes back to the product's own default.
    """
    chosen = {
        "host": "127.0.0.1",
        "port": 0,
        "data_dir": folder,
        "database_url": database_url,
        "jwt__secret": SECRET,
        "transport__drain_window": 0,
        "server__api_keys": {"tests": SERVER_KEY},
        "dialects__origins": {origin: dialect for dialect, origin in ORIGINS.items()},
        **settings,
    }
    return {
        "REALTIME_CONFIG": os.devnull,  # else a realtime.toml in the working directory counts
        **{
            f"REALTIME_{name.upper()}": variable(value)
            for name, value in chosen.items()
            if value is not None
        },
    }


def variable(value: Any) -> str:
    """A setting's value as the text of its environment variable."""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return ",".join(str(entry) for entry in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class InProcess:
    """A node in the test's own event loop; one at a time: the database layer is the process's."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)
        self.url = ""
        self.app: web.Application | None = None
        self._runner: Runner | None = None
        self._context = contextvars.copy_context()

    @property
    def running(self) -> bool:
        """Whether it is started and not stopped."""
        return self._runner is not None

    async def start(self) -> None:
        """Build the application, as `realtime serve` does, and listen on a free port."""
        from realtime import app, config
        from realtime.cli import ports
        from realtime.gateway.listening import Runner

        settings = config.load(None, self.variables)
        listening = ports.bound(settings)
        host, port = listening.getsockname()[:2]
        self.app = app.build(settings, port=port)
        self._runner = Runner(self.app, settings.transport, shutdown_timeout=1)
        await self._runner.setup()
        self._runner.listen(listening)
        self._context = contextvars.copy_context()
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stop as on SIGTERM, but at once; in the context of its start, as `serve` does: only there
        are the models of its database known."""
        if self._runner is not None:
            stopping = asyncio.get_running_loop().create_task(
                self._runner.cleanup(), context=self._context
            )
            await stopping
            self._runner = None


class Process:
    """A node in a process of its own: `python -m realtime serve`, with options."""

    def __init__(
        self, variables: Mapping[str, str], *options: str, module: str = "realtime"
    ) -> None:
        self.variables = dict(variables)
        if self.variables.get("REALTIME_PORT") == "0":
            self.variables["REALTIME_PORT"] = str(free_port())  # where it can be started again
        self.options = options
        self.url = ""
        self._module = module
        self._running: Running | None = None

    async def start(self) -> None:
        """Start the process and wait for its ready line; again on the same port."""
        arguments, env = ("serve", *self.options), surroundings(self.variables)
        child = await asyncio.to_thread(forked, self._module, arguments, env, Path.cwd())
        self._running = Running(self._module, *arguments, child=child)
        ready = await self._running.says(READY)
        self.variables["REALTIME_PORT"] = ready["port"]
        self.url = f"http://127.0.0.1:{ready['port']}"

    @property
    def running(self) -> Running:
        """The process: its lines, its pid, its signals."""
        assert self._running is not None, "this node was never started"
        return self._running

    @property
    def log(self) -> list[str]:
        """Everything it printed."""
        return list(self.running.lines)

    async def kill(self) -> None:
        """End it with -9."""
        await asyncio.to_thread(self.running.kill)

    def freeze(self) -> None:
        """Stop it without closing anything, as an overloaded machine does."""
        self.running.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.running.send(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM, without waiting; then `await node.running.ends()` is the exit code."""
        self.running.send(signal.SIGTERM)

    async def stop(self) -> int:
        """SIGTERM and its exit code; one that has ended already is left alone."""
        if self._running is None:
            return 0
        self.thaw()
        return await asyncio.to_thread(self._running.stop)


def command(
    *arguments: str,
    variables: Mapping[str, str],
    cwd: Path | None = None,
    module: str = "realtime",
    fresh: bool = False,
) -> Running:
    """Any `realtime …` command as a real process, without the settings around the test run.

    It is forked from one that has imported the product, unless it must be `fresh`, or is told
    something that Python reads when it starts.
    """
    program, env = (sys.executable, "-m", module, *arguments), surroundings(variables)
    if fresh or any(name.startswith("PYTHON") for name in variables):
        return Running(*program, env=env, cwd=cwd)
    return Running(*program, child=forked(module, arguments, env, cwd or Path.cwd()))


def surroundings(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is given these settings and none of the test run's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **variables}


def migrate(folder: Path, database_url: str | None) -> None:
    """Bring a database up to date with `realtime migrate`."""
    running = command("migrate", variables=environment(folder, database_url, {}))
    assert running.wait() == 0, "\n".join(running.lines)
