"""The same backplane, where somebody follows what happens: an entry says what each of its messages
is part of, in a field of its own, which nodes that follow nothing do not read."""

from typing import Any, Final

import orjson

from realtime.transport.backplane import Hear, Message, Remember
from realtime.transport.backplane.redis.entries import Entry
from realtime.transport.backplane.redis.stream import RedisBackplane
from realtime.transport.tracing import Trace

FIELD: Final = b"t"
"""A list of `traceparent`s, null for a message that is followed by nobody."""


class TracedBackplane(RedisBackplane):
    """See `RedisBackplane`."""

    def __init__(self, trace: Trace, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self._trace = trace
        self._carried: list[str | None] = []
        self._coming: list[str | None] = []

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        """Begin to listen."""

        def heard(message: Message) -> None:
            index = 0 if self.place is None else self.place[2]
            if index >= len(self._coming):
                hear(message)
                return
            with self._trace.continued(self._coming[index]):
                hear(message)

        await super().start(heard, remember)

    def publish(self, message: Message) -> None:
        """Tell every node what it is part of, too."""
        if self._connected:
            self._carried.append(self._trace.current())
        super().publish(message)

    def _entry(self, blob: bytes) -> tuple[str | bytes | int, ...]:
        *before, name, value = super()._entry(blob)
        carried, self._carried = self._carried, []
        if not any(carried):
            return (*before, name, value)
        return (*before, FIELD, orjson.dumps(carried), name, value)

    def _take(self, entry: Entry) -> None:
        _, given = entry
        self._coming = _parts(dict(zip(given[::2], given[1::2], strict=False)).get(FIELD))
        try:
            super()._take(entry)
        finally:
            self._coming = []

    def _lose(self, reason: str) -> None:
        super()._lose(reason)
        self._carried.clear()


def _parts(field: bytes | None) -> list[str | None]:
    """What the messages of an entry are part of, as far as it says so."""
    if field is None:
        return []
    try:
        found = orjson.loads(field)
    except ValueError:
        return []
    if not isinstance(found, list):
        return []
    return [each if isinstance(each, str) else None for each in found]
