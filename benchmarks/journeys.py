"""What real clients hear whose connections are torn again and again, and their server killed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import machine
import product
from deploys import said_by
from generator import LoadFailedError, Result
from servers import NODE, Server
from workloads import Effort, Workload

MESSAGES, FEW_MESSAGES = 120, 30


def journey(pages: int, how: str, *, killed: bool = False) -> Workload:
    """Percent of all that was said that each page heard, at once or later.

    `how`: "closed", where the server is told of each end, or "silent", where nobody is.
    """

    def measure(server: Server, effort: Effort) -> Result:
        messages = MESSAGES if effort.share == 1 else FEW_MESSAGES
        with _train(server, effort.many(pages), messages, how) as said:
            next(said)
            next(said)
            if killed:
                server.restart(signal.SIGKILL)
            result = next(said)
        return {**result, "value": result["delivered"]}

    return measure


@contextmanager
def _train(server: Server, pages: int, messages: int, how: str) -> Iterator[Iterator[Result]]:
    """What `train.js` says, line by line."""
    sizes = (server.port, pages, messages)
    kind = "product" if server.can_be_replaced else "bare"
    command = ["node", str(NODE / "train.js"), *map(str, sizes), how, kind]
    process = subprocess.Popen(
        machine.pinned("generator", command),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SERVER_KEY": product.SERVER_KEY},
    )
    try:
        yield _lines(process)
    finally:
        process.kill()
        process.communicate()


def _lines(process: subprocess.Popen[str]) -> Iterator[Result]:
    yield from map(said_by, process.stdout or ())
    raise LoadFailedError("the pages ended before they said what they had heard")
