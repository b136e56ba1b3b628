"""The servers that are compared, each started afresh for one measurement on a core of its own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from types import TracebackType

import database
import machine
import product

NODE = machine.HERE / "node"
LOG = machine.BUILD / "servers.log"
START_SECONDS = 30
STOP_SECONDS = 10
CHECK_SECONDS = 120
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""As after `pip install`, whatever our shell says."""
SHORT_WINDOW = 3
"""Seconds for which the product remembers what was said, in a row where that would be counted."""


class Server:
    """A process that listens on `port`; leaving the `with` block ends it.

    `second` is another node of the same application, which lives as long as this one.
    """

    def __init__(
        self,
        command: list[str],
        port: int,
        env: Mapping[str, str] | None = None,
        takes_over: str = "",
        second: "Server | None" = None,
    ) -> None:
        self.port = port
        self.second = second
        self._command, self._env = command, {**os.environ, **COMPILED, **(env or {})}
        self._takes_over = takes_over
        self._process = self._started()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ports(self) -> list[int]:
        """Where its nodes are."""
        return [self.port] if self.second is None else [self.port, self.second.port]

    def _started(self, *more: str) -> subprocess.Popen[bytes]:
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("ab") as log:
            return subprocess.Popen(
                machine.pinned("server", [*self._command, *more]),
                cwd=machine.BUILD,
                env=self._env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def restart(self, number: signal.Signals) -> None:
        """End it by a signal, and start the next one as soon as it has ended."""
        self._process.send_signal(number)
        self._process.wait()
        self._process = self._started()

    @property
    def can_be_replaced(self) -> bool:
        """Whether a next process can take over from one that runs."""
        return bool(self._takes_over)

    def replace(self) -> None:
        """Let the next process take over, and wait for the end of this one."""
        before, self._process = self._process, self._started(self._takes_over)
        before.wait()

    def __enter__(self) -> "Server":
        if self.second is not None:
            self.second.__enter__()
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                self._ask()
            except OSError:
                time.sleep(0.02)
            else:
                return self
        self._stop()
        raise RuntimeError(f"the server did not start, see {LOG.relative_to(machine.ROOT)}")

    def _ask(self) -> None:
        """Raises OSError until it serves; one that listens may still be starting."""
        with socket.create_connection(("127.0.0.1", self.port), START_SECONDS) as wire:
            if self._takes_over:
                wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
                wire.recv(1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self.second is not None:
            self.second._stop()
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


def _python(script: str, *more: str, second: Server | None = None) -> Server:
    port = free_port()
    command = [machine.PYTHON, str(machine.HERE / script), "--port", str(port), *more]
    return Server(command, port, second=second)


def _two_of(script: str) -> Server:
    redis = ("--redis", database.fresh_redis_url())
    return _python(script, *redis, second=_python(script, *redis))


def _node(second: Server | None = None, **env: str) -> Server:
    port = free_port()
    return Server(["node", str(NODE / "server.js"), str(port)], port, env, second=second)


def _two_of_node() -> Server:
    url = database.fresh_redis_url()
    return _node(second=_node(REDIS_URL=url), REDIS_URL=url)


def _bun() -> Server:
    port = free_port()
    bun = NODE / "node_modules" / ".bin" / "bun"
    return Server([str(bun), str(NODE / "server.js"), str(port)], port)


def _node_pg() -> Server:
    port, url = free_port(), database.fresh_url()
    command = ["node", str(NODE / "server_pg.js"), str(port)]
    return Server(command, port, {"DATABASE_URL": url})


def _product(**more: str) -> Server:
    port = free_port()
    settings = {**product.settings(port, database.fresh_url()), **more}
    command = [machine.PYTHON, "-m", "realtime"]
    _run([*command, "migrate"], env={**os.environ, **COMPILED, **settings})
    (machine.BUILD / "data").mkdir(
        parents=True, exist_ok=True
    )  # where one process takes over from another
    return Server([*command, "serve"], port, settings, takes_over="--replace")


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
    "node_recovery": lambda: _node(RECOVERY="1"),
    "node_redis": _two_of_node,
    "stock_redis": lambda: _two_of("stock.py"),
    "realtime_redis": lambda: _two_of("server.py"),
    "product": _product,
    # What was said while the clients came is let go of before they are counted.
    "product_idle": lambda: _product(REALTIME_RECOVERY__WINDOW=str(SHORT_WINDOW)),
    "product_plain": lambda: _product(REALTIME_RECOVERY__MODE="off"),
    "product_redis": lambda: _product(REDIS_URL=database.fresh_redis_url()),
    # All clients of a crowd share one core, which presence to everyone would keep busy.
    "deployed": lambda: _product(REALTIME_PRESENCE__AUDIENCE="contacts"),
    "deployed_pages": lambda: _product(
        REALTIME_PRESENCE__AUDIENCE="contacts", REALTIME_RECOVERY__MODE="on"
    ),
}


def _run(command: list[str], env: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])}: {done.stderr.strip()[-300:]}")


def check(server: Server, script: str) -> int:
    """Runs the real client's checks; how many passed, or a RuntimeError that says what is wrong."""
    try:
        done = subprocess.run(
            ["node", str(NODE / script), *map(str, server.ports)],
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
    installed = NODE / "node_modules" / ".package-lock.json"
    wanted = NODE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
