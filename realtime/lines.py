"""Lines for standard error, written aside: where they cannot be written they are lost, and no more.

A disk may be full, the reader of a pipe may have gone away or be asleep, or the stream may have
been closed from the start. None of that may reach, or hold up, whoever logs.
"""

import atexit
import os
import queue
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from prometheus_client import Counter

LOST = Counter("realtime_log_lines_lost", "Log lines that could not be written")

MOST_WAITING: Final = 10_000
"""Lines that wait for a slow reader; further ones are lost."""

TOGETHER: Final = 1_000
"""Lines of one write, at most: those that are taken for it wait nowhere else."""

LAST_SECONDS: Final = 1.0
"""How long the process waits at its end for lines that are still to be written."""

_END: Final = ""


def keep_standard_streams() -> None:
    """Give whatever was closed from the start a place that swallows everything.

    Else the next file that is opened gets the number, and what is meant for standard error ends up
    in it. To be called first of all.
    """
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, closefd=False, encoding="utf-8"))  # noqa: SIM115


def written_aside(stream: Any) -> Any:
    """Where to write instead: a thread's queue for a real file, the stream itself for any other."""
    try:
        number = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return stream
    return Lines(number)


class Lines:
    """A text stream that never waits and never fails; `number` is the file's."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._lost = 0
        self._writer = threading.Thread(target=self._run, name="log lines", daemon=True)
        self._writer.start()
        atexit.register(self.close)

    def write(self, text: str) -> int:
        """Take a line, or lose it."""
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._lose(1)
        return len(text)

    def flush(self) -> None:
        """Nothing: lines are written as soon as they can be."""

    def close(self) -> None:
        """Wait a moment for what is still to be written."""
        atexit.unregister(self.close)
        with suppress(queue.Full):
            self._waiting.put_nowait(_END)
        self._writer.join(LAST_SECONDS)

    def _run(self) -> None:
        while True:
            lines, ended = self._next()
            if lines:
                self._write(lines)
            if ended:
                return

    def _next(self) -> tuple[list[str], bool]:
        """What waits, at least one line and not too many."""
        lines = [self._waiting.get()]
        with suppress(queue.Empty):
            while lines[-1] != _END and len(lines) < TOGETHER:
                lines.append(self._waiting.get_nowait())
        ended = lines[-1] == _END
        return [line for line in lines if line != _END], ended

    def _write(self, lines: list[str]) -> None:
        told, self._lost = self._lost, 0
        if told:
            lines.insert(0, f"{told} log lines were lost\n")
        try:
            data = "".join(lines).encode(errors="replace")
            while data:
                data = data[os.write(self._number, data) :]
        except OSError:
            self._lost += told
            self._lose(len(lines) - bool(told))

    def _lose(self, count: int) -> None:
        self._lost += count
        LOST.inc(count)
