"""The limit of open files: each connection is one, and the usual soft limit is 1024."""

import resource
from contextlib import suppress

import structlog

from realtime.transport.engineio.limits.files import Files, limit

_ENOUGH = (1_048_576, 65_536, 10_240)
"""Limits to ask for where the hard one is refused: macOS calls it infinite, but it is not."""

log = structlog.get_logger(__name__)


def raise_limit() -> None:
    """Ask for as many as this user may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, *_ENOUGH):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
            return


def warn(files: Files, connections: int) -> None:
    """Say, once per start, that far fewer clients find room than are to be let in."""
    if files.room() < connections // 2:
        log.warning(
            "the limit of open files is far below transport.connections: raise it (ulimit -n, "
            "systemd's LimitNOFILE, docker's --ulimit nofile) or lower the setting",
            limit=limit(),
            connections=connections,
        )
