"""MessagePack as emitters write it, as the values that a browser would have got of them."""

from datetime import datetime
from typing import Any, Final

import msgpack

UNDEFINED: Final = 0
"""The extension by which notepack.io 2 wrote `undefined` (one byte) and dates (eight, in ms)."""
_OF_A_DATE: Final = 8


def unpack(payload: bytes, depth: int) -> Any:
    """Lists, dicts with text for keys, text, numbers, bytes. Raises ValueError for anything else,
    and for what is nested deeper."""
    try:
        value = msgpack.unpackb(
            payload, raw=False, timestamp=3, strict_map_key=False, ext_hook=_extension
        )
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(type(error).__name__) from None
    return _plain(value, depth)


def _extension(code: int, data: bytes) -> Any:
    if code == UNDEFINED and len(data) == _OF_A_DATE:
        return msgpack.Timestamp.from_unix_nano(
            int.from_bytes(data, signed=True) * 1_000_000
        ).to_datetime()
    if code == UNDEFINED and len(data) == 1:
        return None
    raise ValueError("an extension that nobody here knows")


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        _deeper(depth)
        return {_key(key): _plain(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list):
        _deeper(depth)
        return [_plain(inner, depth - 1) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _deeper(depth: int) -> None:
    if depth <= 0:
        raise ValueError("nested too deeply")


def _key(key: Any) -> str:
    """Some languages write keys as bytes, or as numbers."""
    if isinstance(key, bytes):
        return key.decode()
    if isinstance(key, str | int) and not isinstance(key, bool):
        return str(key)
    raise ValueError("a key that is no text")
