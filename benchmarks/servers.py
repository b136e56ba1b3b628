"""The servers that are compared, each started afresh for one measurement on a core of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import database
import machine
import product

NODE = machine.HERE / "node"
LOG = machine.BUILD / "servers.log"
START_SECONDS = 30
STOP_SECONDS = 10
CHECK_SECONDS = 120


class Server:
    """A process that listens on `port`; leaving the `with` block ends it."""

    def __init__(self, command: list[str], port: int, env: Mapping[str, str] | None = None) -> None:
        self.port = port
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("ab") as log:
            self._process = subprocess.Popen(
                machine.pinned("server", command),
                cwd=machine.BUILD,
                env={**os.environ, **(env or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self
        self._stop()
        raise RuntimeError(f"the server did not start, see {LOG.relative_to(machine.ROOT)}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _python(script: str) -> Server:
    port = free_port()
    return Server([sys.executable, str(machine.HERE / script), "--port", str(port)], port)


def _node() -> Server:
    port = free_port()
    return Server(["node", str(NODE / "server.js"), str(port)], port)


def _bun() -> Server:
    port = free_port()
    bun = NODE / "node_modules" / ".bin" / "bun"
    return Server([str(bun), str(NODE / "server.js"), str(port)], port)


def _node_pg() -> Server:
    port, url = free_port(), database.fresh_url()
    command = ["node", str(NODE / "server_pg.js"), str(port)]
    return Server(command, port, {"DATABASE_URL": url})


def _product() -> Server:
    port = free_port()
    settings = product.settings(port, database.fresh_url())
    command = [sys.executable, "-m", "realtime"]
    _run([*command, "migrate"], env={**os.environ, **settings})
    return Server([*command, "serve"], port, settings)


def _limit() -> Server:
    port = free_port()
    return Server([machine.compiled("limit.c"), str(port)], port)


STARTERS: dict[str, Callable[[], Server]] = {
    "node": _node,
    "bun": _bun,
    "stock": lambda: _python("stock.py"),
    "realtime": lambda: _python("server.py"),
    "limit": _limit,
    "node_pg": _node_pg,
    "product": _product,
}


def _run(command: list[str], env: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])}: {done.stderr.strip()[-300:]}")


def check(server: Server, script: str) -> int:
    """Runs the real client's checks; how many passed, or a RuntimeError that says what is wrong."""
    try:
        done = subprocess.run(
            ["node", str(NODE / script), str(server.port)],
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{script} was not done in {CHECK_SECONDS} s") from None
    if done.returncode:
        raise RuntimeError(done.stdout.strip() or done.stderr.strip()[-500:])
    return int(done.stdout.split(":")[1].strip(" }\n"))


def install_node_packages() -> None:
    """`npm ci` once, from the lock file."""
    if not shutil.which("npm"):
        raise SystemExit("Node and npm are needed for the comparison: apt install nodejs npm")
    if not Path(NODE / "node_modules" / ".bin" / "bun").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
