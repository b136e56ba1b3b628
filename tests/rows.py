"""Which rows of a dialect's tables a record has not seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from realtime.dialects.base import Answer, Dialect, Route
from realtime.dialects.loading import load
from realtime.domain.errors import Refused
from tests.record import CONNECT, Record, Refusal, Word


def unseen_rows(record: Record) -> list[str]:
    """Every row of every dialect that the record has not seen, with the dialect's name."""
    return [
        f"{dialect.name}: {row}"
        for dialect in load().values()
        for table in TABLES.values()
        for row in table(dialect, record)
    ]


def unheard_events(dialect: Dialect, record: Record) -> Iterator[str]:
    """Events that no frontend of this dialect emitted; those with an ack must have had one."""
    for event, row in dialect.hears.items():
        known = record.emitted if row.ack in {None, type(None)} else record.acked
        if Word(dialect.name, event) not in known:
            yield event


def unsaid_events(dialect: Dialect, record: Record) -> Iterator[str]:
    """Events that no frontend of this dialect heard."""
    rows = (row for rows in dialect.sayings.values() for row in rows)
    for event in sorted({row.event for row in rows}):
        if Word(dialect.name, event) not in record.heard:
            yield event


def unanswered_routes(dialect: Dialect, record: Record) -> Iterator[str]:
    """Routes, with each status of success, that no frontend of this dialect was answered by."""
    for row in dialect.routes:
        for status in row.statuses:
            if not any(
                call.dialect == dialect.name
                and (call.method, call.status) == (row.method, status)
                and _nearest(dialect, row, call.path)
                for call in record.answered
            ):
                yield f"{row.method} {row.path} {status}"


def _nearest(dialect: Dialect, row: Route, path: str) -> bool:
    """Whether this is the row that serves a path: static segments win over parameters."""
    rows = [each for each in dialect.routes if each.method == row.method]
    serving = [each for each in rows if re.fullmatch(_pattern(each.path), path)]
    return bool(serving) and min(serving, key=lambda each: each.path.count("{")) is row


def _pattern(path: str) -> str:
    """A route's path as a pattern: `{named}` segments stand for anything without a slash."""
    parts = re.split(r"\{[^}]*\}", path)
    return "[^/]+".join(re.escape(part) for part in parts)


def untold_refusals(dialect: Dialect, record: Record) -> Iterator[str]:
    """Refusals whose words no frontend of this dialect was told."""
    told = [refusal for refusal in record.refused if refusal.dialect == dialect.name]
    for kind, text in dialect.connect_refuses.items():
        if not any(each.event == CONNECT and each.text == text for each in told):
            yield f"connect: {kind.__name__}"
    for where, kind, status, answer in _refusals(dialect):
        if not any(_is_it(each, status, answer) for each in told):
            yield f"{where}{kind.__name__} {status}"


def _refusals(dialect: Dialect) -> Iterator[tuple[str, type[Refused], int, Answer]]:
    for kind, (status, answer) in dialect.refuses.items():
        yield "", kind, status, answer
    for route in dialect.routes:
        for kind, (status, answer) in route.refuses.items():
            yield f"{route.method} {route.path}: ", kind, status, answer


def _is_it(told: Refusal, status: int, answer: Answer) -> bool:
    """By its words, or, where a function makes them, by its status; a socket is told no status."""
    if told.event == CONNECT or told.status not in {None, status}:
        return False
    if callable(answer):
        return told.status == status
    parts = re.split(r"\{[^}]*\}", answer)
    return bool(re.fullmatch(".*".join(re.escape(part) for part in parts).rstrip(), told.text))


TABLES: dict[str, Callable[[Dialect, Record], Iterator[str]]] = {
    "hears": unheard_events,
    "says": unsaid_events,
    "routes": unanswered_routes,
    "refuses": untold_refusals,
}
