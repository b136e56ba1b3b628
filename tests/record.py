"""What the scenarios' clients saw: the last test asks it for every row of the dialects' tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SETTLE = "settle"
"""The unknown event whose ack is a frontend's round trip; it belongs to no table."""

CONNECT = "connect"
"""Stands for the event in a connection's refusal."""


class Word(NamedTuple):
    """An event's name in the dialect of the frontend that said or heard it."""

    dialect: str
    event: str


class Answered(NamedTuple):
    """A REST call as made (the path without its query) and what came back."""

    dialect: str
    method: str
    path: str
    status: int


class Refusal(NamedTuple):
    """The text of a refusal, with its status over REST, or the event that was refused."""

    dialect: str
    status: int | None
    event: str | None
    text: str


@dataclass
class Record:
    """Sets, so that a thousand scenarios cost no memory; nothing is ever taken out."""

    emitted: set[Word] = field(default_factory=set)
    acked: set[Word] = field(default_factory=set)
    heard: set[Word] = field(default_factory=set)
    answered: set[Answered] = field(default_factory=set)
    refused: set[Refusal] = field(default_factory=set)

    def emit(self, dialect: str, event: str) -> None:
        if event != SETTLE:
            self.emitted.add(Word(dialect, event))

    def ack(self, dialect: str, event: str, args: list[object]) -> None:
        if event == SETTLE:
            return
        self.acked.add(Word(dialect, event))
        for answer in args:
            if isinstance(answer, dict) and isinstance(text := answer.get("error"), str):
                self.refused.add(Refusal(dialect, None, event, text))

    def refuse_connection(self, dialect: str, text: str) -> None:
        self.refused.add(Refusal(dialect, None, CONNECT, text))

    def hear(self, dialect: str, event: str) -> None:
        self.heard.add(Word(dialect, event))

    def answer(self, call: Answered, body: object) -> None:
        self.answered.add(call)
        if call.status >= 400 and isinstance(body, dict):
            for text in (body.get("error"), body.get("message")):
                if isinstance(text, str):
                    self.refused.add(Refusal(call.dialect, call.status, None, text))

    def packed(self) -> dict[str, list[list[str | int | None]]]:
        """All of it in lists and plain values, as one process tells another."""
        return {name: [list(each) for each in getattr(self, name)] for name in KINDS}

    def add(self, packed: dict[str, list[list[Any]]]) -> None:
        """See what another process saw, `packed` there."""
        for name, entries in packed.items():
            getattr(self, name).update(KINDS[name](*each) for each in entries)


KINDS: dict[str, Callable[..., Any]] = {
    "emitted": Word,
    "acked": Word,
    "heard": Word,
    "answered": Answered,
    "refused": Refusal,
}

SEEN = Record()
"""The whole session's record."""
