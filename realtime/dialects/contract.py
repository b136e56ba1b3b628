"""What every dialect must be, as checks that name what was forgotten.

``realtime dialect check shop.dialect`` runs them for one that lives outside this package.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import orjson
from pydantic import BaseModel, TypeAdapter

from realtime.dialects.base import (
    NOTHING,
    PARAMETER,
    Dialect,
    Hears,
    Reply,
    Request,
    Route,
    Says,
    Wire,
)
from realtime.dialects.examples import EVENTS
from realtime.dialects.words import Words
from realtime.domain import errors
from realtime.domain.errors import Refused
from realtime.settings import Section

NEEDED = (errors.MissingToken, errors.InvalidToken, errors.InvalidJson, errors.Malformed)
"""The refusals that any call may meet."""

EXAMPLES: dict[type[Refused], Refused] = {
    errors.TooLateToDelete: errors.TooLateToDelete(5),
    errors.RateLimited: errors.RateLimited(1.0),
    errors.Malformed: errors.Malformed("field", "why", (errors.Wrong("field", ("given",)),)),
}


def broken_promises(name: str, dialect: Dialect) -> Iterator[str]:
    """Everything that is wrong with a dialect's tables, in words."""
    if dialect.name != name:
        yield f"the dialect of {name} calls itself {dialect.name}"
    yield from _refusals(dialect)
    for hears in dialect.hears.values():
        yield from _heard(hears)
    for route in dialect.routes:
        yield from _route(route)
    for rows in dialect.sayings.values():
        for says in rows:
            yield from _said(says)
    for integer_ids in (False, True):
        for own in _ways(dialect):
            yield from _told(dialect, Words(integer_ids=integer_ids, own=own))


def _ways(dialect: Dialect) -> Iterator[dict[type[Section], Section]]:
    """The dialect's settings: their defaults, and each choice that one of them offers."""
    yield {}
    settings = dialect.settings
    for name, field in settings.model_fields.items() if settings is not None else ():
        if settings is not None and get_origin(field.annotation) is Literal:
            for choice in get_args(field.annotation):
                yield {settings: settings.model_validate({name: choice})}


def _refusals(dialect: Dialect) -> Iterator[str]:
    for kind in (errors.MissingToken, errors.InvalidToken):
        if kind not in dialect.connect_refuses:
            yield f"connect_refuses has no {kind.__name__}"
    for needed in NEEDED:
        if needed not in dialect.refuses:
            yield f"refuses has no {needed.__name__}"
    tables = [dialect.refuses, *(route.refuses for route in dialect.routes)]
    for table in tables:
        for refused in table:
            status, text, body = dialect.refusal(EXAMPLES.get(refused) or refused(), table)
            if not 400 <= status < 500 or not text or not orjson.dumps(body):
                yield f"{refused.__name__} is refused with {status} {text!r}"


def _heard(row: Hears) -> Iterator[str]:
    takes = list(inspect.signature(row.handler).parameters)
    if len(takes) != (1 if row.payload is None else 2):
        yield f"{row.event} has a handler that takes {takes}"
    if row.keys and not row.keys <= fields_of(row.payload):
        yield f"{row.event} is told by keys that its payload lacks"


def _route(row: Route) -> Iterator[str]:
    where = f"{row.method} {row.path}"
    hints = get_type_hints(row.handler)
    if get_origin(hints.get("return")) is not Reply:
        yield f"{where} does not say what it replies"
    if next(iter(hints.values())) is not Request:
        yield f"{where} takes no request"
    for name in PARAMETER.findall(row.path):
        if name not in fields_of(row.payload):
            yield f"{where} has no {name} in its payload"
    if not all(200 <= status < 300 for status in row.statuses):
        yield f"{where} succeeds with {row.statuses}"


def _said(row: Says) -> Iterator[str]:
    if row.event in {"connect", "disconnect", "connect_error"}:
        yield f"{row.event} is the client's own"


def _told(dialect: Dialect, words: Words) -> Iterator[str]:
    """Each event in its words: as typed, encodable, and with ids of the configured type."""
    for event in EVENTS:
        for says in dialect.sayings.get(type(event), ()):
            for wire in says.encoder(event, words):
                where = f"{says.event} of {type(event).__name__}"
                yield from _wire(wire, says, words, where)


def _wire(wire: Wire, says: Says, words: Words, where: str) -> Iterator[str]:
    if not wire.to:
        yield f"{where} goes nowhere"
    if (says.payload is None) != (wire.payload is NOTHING):
        yield f"{where} has another payload than its row"
    elif wire.payload is not NOTHING:
        orjson.dumps(wire.payload)
        yield from (f"{where}: {each}" for each in misfits(wire.payload, says.payload))
        if words.integer_ids and "7001" in set(_values(wire.payload)):
            yield f"{where} has a user id as a string"


def misfits(value: Any, shape: Any, at: str = "") -> Iterator[str]:
    """Where a value is not of a type: wrong keys first, then wrong values."""
    if is_typeddict(shape) and isinstance(value, dict):
        hints = get_type_hints(shape, include_extras=False)
        missing, more = shape.__required_keys__ - set(value), set(value) - set(hints)
        if missing or more:
            yield f"{at or 'payload'} lacks {sorted(missing)} and has {sorted(more)} besides"
        for key in set(value) & set(hints):
            yield from misfits(value[key], hints[key], f"{at}.{key}")
    elif is_typeddict(shape) or (get_origin(shape) is list and not isinstance(value, list)):
        yield f"{at or 'payload'} is {value!r}"
    elif get_origin(shape) is list:
        for index, each in enumerate(value):
            yield from misfits(each, get_args(shape)[0], f"{at}[{index}]")
    elif get_origin(shape) in {Union, UnionType}:
        found = [list(misfits(value, each, at)) for each in get_args(shape)]
        yield from min(found, key=len)
    else:
        yield from _wrong_value(value, shape, at)


def _wrong_value(value: Any, shape: Any, at: str) -> Iterator[str]:
    try:
        TypeAdapter(shape).validate_python(value, strict=True)
    except ValueError as error:
        yield f"{at or 'payload'} is {value!r}: {error}"


def fields_of(payload: Any) -> set[str]:
    """The keys that a payload's type reads."""
    is_model = isinstance(payload, type) and issubclass(payload, BaseModel)
    return set(payload.model_fields) if is_model else set()


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif isinstance(value, str):
        yield value
