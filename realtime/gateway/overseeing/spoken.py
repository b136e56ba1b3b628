"""What nodes tell one another of strangers: names of events and rooms, devices, lines of logs."""

import json
from typing import Any

import orjson


def spoken(told: Any) -> bytes:
    """As JSON that every node can read. Half of a cut emoji, and what was no UTF-8 in a header, is
    a question mark: one name of a stranger's must not make all else unheard."""
    try:
        return orjson.dumps(told, default=str)
    except TypeError:
        return json.dumps(told, ensure_ascii=False, default=str).encode(errors="replace")
