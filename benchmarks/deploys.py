"""What a deploy costs real clients: a server is replaced while a crowd of them talks."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import machine
from generator import LoadFailedError, Result
from servers import NODE, Server
from workloads import Effort, Workload

Replace = Callable[[Server], None]


def deploy(clients: int) -> Workload:
    """Seconds that half of the clients are away when the server is stopped and started again."""
    return _replaced(clients, lambda server: server.restart(signal.SIGTERM))


def crash(clients: int) -> Workload:
    """The same when it is killed: all come back to a server that has just started."""
    return _replaced(clients, lambda server: server.restart(signal.SIGKILL))


def hot_restart(clients: int) -> Workload:
    """The same when the next process takes over, for a server that can do that."""

    def replace(server: Server) -> None:
        if server.can_be_replaced:
            server.replace()
        else:
            server.restart(signal.SIGTERM)

    return _replaced(clients, replace)


def _replaced(clients: int, replace: Replace) -> Workload:
    def measure(server: Server, effort: Effort) -> Result:
        with _crowd(server, effort.many(clients) // 2 * 2) as said:
            there = next(said)
            replace(server)
            result = next(said)
        return {**there, **result, "value": result["away_p50"]}

    return measure


@contextmanager
def _crowd(server: Server, clients: int) -> Iterator[Iterator[Result]]:
    """What `crowd.js` says, line by line."""
    command = ["node", str(NODE / "crowd.js"), str(server.port), str(clients)]
    process = subprocess.Popen(
        machine.pinned("generator", command), stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        yield map(said_by, process.stdout or ())
    finally:
        process.kill()
        process.communicate()


def said_by(line: str) -> Result:
    """A line of a script's. Raises LoadFailedError with what it says went wrong."""
    said: dict[str, Any] = json.loads(line)
    if "error" in said:
        raise LoadFailedError(said["error"])
    return said
