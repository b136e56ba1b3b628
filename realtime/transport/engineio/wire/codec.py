"""JSON as this server reads and writes it: orjson, else the standard library."""

import json
import uuid
from math import isfinite
from typing import Any, Never

import orjson

_DUMPS = orjson.dumps
_LOADS = orjson.loads


class MalformedError(ValueError):
    """Bytes that are not what the protocol says they must be."""


def dumps(value: Any) -> bytes:
    """Encode as UTF-8.

    Raises TypeError for what JSON has no form for, bytes among it.
    """
    try:
        return _DUMPS(value)
    except TypeError:
        # orjson refuses a lone surrogate, an integer over 64 bits, a key that is no string and a
        # subclass of UUID (asyncpg's); the standard library can say all four.
        return json.dumps(_finite(value), separators=(",", ":"), default=_plain).encode()


def _finite(value: Any) -> Any:
    """With null for what is no number, as orjson has it and JavaScript; Infinity is no JSON, and
    ends the connection of whoever hears it."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def loads(text: bytes, depth: int) -> Any:
    """Decode UTF-8 JSON, at most `depth` arrays and objects inside one another.

    Raises MalformedError.
    """
    try:
        value = _LOADS(text)
    except orjson.JSONDecodeError:
        value = _loads_leniently(text)
    # Neither so short a text nor as many opening brackets as the depth allows can be too deep; most
    # packets end here.
    if len(text) <= 2 * depth or text.count(b"[") + text.count(b"{") <= depth:
        return value
    if _deeper_than(value, depth):
        raise MalformedError("JSON is nested too deeply")
    return value


def _loads_leniently(text: bytes) -> Any:
    """Half of an emoji (`"\\ud83d"`) is what JavaScript may send and orjson cannot read."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error


def _refuse_constant(name: str) -> Never:
    raise MalformedError(f"{name} is not JSON")


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        if not level:
            return False
        level = [inner for outer in level for inner in _children(outer)]
    return bool(level)


def _children(value: Any) -> list[Any]:
    """The containers right inside `value`; a scalar has none and counts as no level."""
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    if isinstance(value, list):
        return [inner for inner in value if isinstance(inner, dict | list)]
    return []
