"""Open files: who may still come, so that the database and the probes always find one.

A new descriptor gets the lowest number that is free. So a number tells how many are open, whoever
opened them, and nothing has to be counted.
"""

import asyncio
import logging
import os
import resource
import sys
import time
from typing import Final

log = logging.getLogger("realtime.transport")

KEPT: Final = 64
"""Descriptors that no client gets: of the database, the log, and what is asked of other servers."""

PASSING: Final = 64
"""Descriptors below these for what comes, is answered and goes: refusals, probes, polls, REST."""

TELL_EVERY: Final = 60.0
"""Seconds between two log lines."""


class Files:
    """What is left of this process's limit, which may be changed while it runs."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._told_at = -TELL_EVERY

    def room(self) -> int:
        """How many descriptors there are for clients and for all else but what is kept."""
        most = limit()
        return most - min(self._kept, most // 4)

    def has_room(self) -> bool:
        """Whether one more connection may be accepted."""
        try:
            number = os.dup(0)
        except OSError:
            return False
        os.close(number)
        return number < self.room()

    def short(self, transport: asyncio.BaseTransport | None) -> bool:
        """Whether a connection may only ask something and go: no session may keep it."""
        most = limit()
        return _number(transport) >= self.room() - min(PASSING, most // 8)

    def tell(self) -> None:
        """Say that somebody was refused, once a minute."""
        if time.monotonic() - self._told_at >= TELL_EVERY:
            self._told_at = time.monotonic()
            log.warning(
                "open files run out: new clients are refused until the limit, now %d, is raised"
                " (ulimit -n, systemd's LimitNOFILE, docker's --ulimit nofile)",
                limit(),
            )


def limit() -> int:
    """How many files this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def _number(transport: asyncio.BaseTransport | None) -> int:
    """The descriptor of a connection; below all others where it has none any more."""
    socket = transport.get_extra_info("socket") if transport is not None else None
    return -1 if socket is None else int(socket.fileno())
