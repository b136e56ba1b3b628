"""What an endpoint is sent: ``{"type", "timestamp", "data"}``, with user ids as this deployment has
them on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from realtime.dialects.words import Words, iso

_ONE = ("userId", "senderId", "receiverId", "readerId", "actorId")
_MANY = ("participantIds",)


def payload(kind: str, data: Mapping[str, Any], at: datetime, words: Words) -> bytes:
    """The body of a request about something that happened at a time."""
    said = dict(data)
    for name in _ONE:
        if said.get(name) is not None:
            said[name] = words.user_id(said[name])
    for name in _MANY:
        if name in said:
            said[name] = [words.user_id(each) for each in said[name]]
    return orjson.dumps({"type": kind, "timestamp": iso(at), "data": said})
