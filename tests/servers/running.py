"""One server process of the tests: a thread reads its output, so that waiting needs no sleep."""

from __future__ import annotations

import asyncio
import collections
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tests.patience import PATIENCE
from tests.servers.forking import Forked

KEPT_LINES = 2000

# A test run that is killed, or ends itself because a test hangs, stops nothing. Then the pipe from
# it closes, and this little process ends what it was given and removes its files: more than once,
# for the children may outlive it by a moment and write again.
GUARD = """
read _; kill -9 "-$1" 2>/dev/null
[ -z "$2" ] || for try in 1 2 3; do rm -rf "$2"; sleep 1; done
"""


class NotReadyError(Exception):
    """A process that ended, or stayed silent, before it said what was waited for."""


PORTS = range(12_000, 32_000)
"""None of those that systems give to whoever connects: all day, each test's clients take some."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago, for servers that know no port 0."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Running:
    """A child process and the lines that it has printed, oldest first (the last 2000)."""

    def __init__(
        self,
        *command: str | Path,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        child: Forked | None = None,
        files: Path | None = None,
        **popen: Any,
    ) -> None:
        """Start a command; or look after a `child` that runs, which the command only describes.

        The folder `files` is removed when the test run is killed, and only then.
        """
        # Its own session: Ctrl-C reaches pytest, which stops the servers after the tests' teardown.
        self.child = child or subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            **popen,
        )
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self.child.pid), str(files or "")],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self.name = Path(command[0]).name
        self.lines: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)
        self._changed = threading.Condition()
        self._ended = False
        assert self.child.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self.child.stdout,), name=f"read {self.name}", daemon=True
        )
        self._reader.start()

    def _read(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                with self._changed:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def pid(self) -> int:
        return self.child.pid

    def said(self, pattern: str) -> list[re.Match[str]]:
        """Where the pattern is found in the kept lines, oldest first."""
        found = (re.search(pattern, line) for line in list(self.lines))
        return [match for match in found if match]

    def wait_until_said(
        self, pattern: str, timeout: float = PATIENCE, times: int = 1
    ) -> re.Match[str]:
        """Wait for the line that says it for the `times`th time.

        Raises `NotReadyError` with the output when none comes in `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = self.said(pattern)
                if len(found) >= times:
                    return found[times - 1]
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    raise NotReadyError(self._complaint(pattern))
                self._changed.wait(left)

    async def says(
        self,
        pattern: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109
        times: int = 1,
    ) -> re.Match[str]:
        """`wait_until_said` for a test's event loop."""
        return await asyncio.to_thread(self.wait_until_said, pattern, timeout, times)

    def _complaint(self, pattern: str) -> str:
        last = "\n  ".join(list(self.lines)[-30:]) or "(nothing)"
        return (
            f"{self.name} (exit code {self.child.poll()}) never said {pattern!r}; it said\n  {last}"
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal, SIGSTOP and SIGCONT included; one that has ended already is left alone."""
        if self.child.poll() is None:
            self.child.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit code (minus the signal's number when one ended it), once all output is read."""
        code = self.child.wait(timeout)
        self._reader.join(timeout)
        self._dismiss_guard()
        return code

    def _dismiss_guard(self) -> None:
        """Before its number can be another process's."""
        if self._guard.poll() is None:
            self._guard.kill()
            self._guard.wait()
            assert self._guard.stdin is not None
            self._guard.stdin.close()

    async def ends(self, timeout: float = PATIENCE) -> int:  # noqa: ASYNC109
        """`wait` for a test's event loop."""
        return await asyncio.to_thread(self.wait, timeout)

    def kill(self) -> None:
        """End it at once, with -9."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, insist when patience ends; its exit code."""
        self.send(number)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
