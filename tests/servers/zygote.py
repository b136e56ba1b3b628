"""Starts nodes in a hundredth of a second each: `python -m tests.servers.zygote FD`.

A node's start is nearly all imports. This process has made them once; for each node that it is
asked for at the socket FD it forks, and the child goes on as `python -m …` would. See `forking.py`,
which asks.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from realtime.cli import sparing

IMPORTS = (
    "aerich",
    "asyncpg",
    "realtime.app",
    "realtime.cli.checking",
    "realtime.cli.serving",
    "realtime.cli.working",
    "realtime.transport.backplane.redis",
    "tortoise.backends.asyncpg",
    "tortoise.backends.sqlite",
    "uvloop",
)
"""What nodes and most commands import; the rest they import themselves."""

MOST = 1 << 20


class Zygote:
    """Forks for whoever is at the other end, and says how each child ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._ended, wake = os.pipe()
        os.set_blocking(self._ended, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake)
        self._status: dict[int, int] = {}
        """By the child's pid, where its exit code is to be written."""

    def work(self) -> dict[str, Any] | None:
        """Until nobody asks any more: None. In a child: what it was asked for."""
        while True:
            ready, _, _ = select.select([self._asked, self._ended], [], [])
            if self._ended in ready:
                os.read(self._ended, 4096)
                self._bury()
            if self._asked in ready:
                text, passed, _, _ = socket.recv_fds(self._asked, MOST, 2)
                if not text:
                    return None
                order, (output, status) = json.loads(text), passed
                child = os.fork()
                if child == 0:
                    become(order, output)
                    return dict(order)
                os.close(output)
                self._status[child] = status
                self._asked.send(str(child).encode())

    def _bury(self) -> None:
        for child in list(self._status):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                told = self._status.pop(pid)
                os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
                os.close(told)


def become(order: dict[str, Any], output: int) -> None:
    """Be as a process that was just started for this order."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        with contextlib.suppress(OSError):  # one of them listed the others
            if number > 2:
                os.close(number)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.path[0] = order["cwd"]
    sys.argv = [order["module"], *order["arguments"]]


def main() -> None:
    """Import, then fork for as long as somebody asks."""
    sparing.spare()  # as a start does
    for name in IMPORTS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    asked = socket.socket(fileno=int(sys.argv[1]))
    order = Zygote(asked).work()
    if order is None:
        asked.close()
        return
    asked.detach()  # it was closed with all others
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
