"""Processes that are forked from one that has imported everything; see `zygote.py`."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


class Forked:
    """A child of the zygote, seen as `subprocess.Popen` shows one's own."""

    def __init__(self, pid: int, output: int, status: int) -> None:
        self.pid = pid
        self.stdout: IO[bytes] = os.fdopen(output, "rb")
        self.returncode: int | None = None
        self._status = os.fdopen(status, "rb")
        self._hearing = threading.Lock()

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises TimeoutExpired."""
        with contextlib.suppress(ValueError):  # it is closed: somebody else has heard the code
            ready, _, _ = select.select([self._status], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(f"forked {self.pid}", timeout or 0)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def _hear(self) -> None:
        with self._hearing:
            if self.returncode is None:
                self.returncode = int(self._status.read() or -signal.SIGKILL)
                self._status.close()

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing, where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class _Zygote:
    """The process that forks, and the way to it."""

    def __init__(self) -> None:
        self._asked, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.zygote", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._one_at_a_time = threading.Lock()
        atexit.register(self.end)

    def fork(self, order: Mapping[str, object]) -> Forked:
        output, written = os.pipe()
        status, told = os.pipe()
        with self._one_at_a_time:
            socket.send_fds(self._asked, [json.dumps(order).encode()], [written, told])
            os.close(written)
            os.close(told)
            pid = int(self._asked.recv(64))
        return Forked(pid, output, status)

    def end(self) -> None:
        """It ends when nobody can ask it any more."""
        self._asked.close()
        self._process.wait()


_zygotes: list[_Zygote] = []


def forked(module: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path) -> Forked:
    """`python -m module …` as a process of its own, without the second that its imports take."""
    if not _zygotes:
        _zygotes.append(_Zygote())
    order = {"module": module, "arguments": list(arguments), "env": dict(env), "cwd": str(cwd)}
    return _zygotes[0].fork(order)
