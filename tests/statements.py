"""What a node asks of its database, heard where Tortoise says it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

SPEAKER = logging.getLogger("tortoise.db_client")
ASKED_FOR = ("Task-", "writer")
"""How tasks are named that do what somebody waits for; those that a node has besides, to sweep and
to count, have names of their own."""


class Statement(NamedTuple):
    """Its text, and its values in their order."""

    text: str
    values: list[Any]


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[Statement] = []

    def emit(self, record: logging.LogRecord) -> None:
        task = asyncio.current_task()
        spoken = isinstance(record.args, tuple) and len(record.args) == 2
        if spoken and (task is None or task.get_name().startswith(ASKED_FOR)):
            text, values = record.args
            self.heard.append(Statement(str(text), list(values or ())))


@contextmanager
def heard() -> Iterator[list[Statement]]:
    """The statements that are asked until the block ends, in their order."""
    listener, level = _Listener(), SPEAKER.level
    SPEAKER.addHandler(listener)
    SPEAKER.setLevel(logging.DEBUG)
    SPEAKER.propagate = False
    try:
        yield listener.heard
    finally:
        SPEAKER.removeHandler(listener)
        SPEAKER.setLevel(level)
        SPEAKER.propagate = True
