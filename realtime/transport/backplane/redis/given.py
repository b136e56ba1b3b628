"""What this node gave to Redis and has not heard back."""

import time
from collections.abc import Sequence

from realtime.transport.backplane import Message
from realtime.transport.backplane.redis import metrics


class Given:
    """Entries by their numbers, which rise, each with when it was given."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[float, Sequence[Message]]] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, number: int, messages: Sequence[Message]) -> None:
        """An entry of these was given."""
        self._entries[number] = time.monotonic(), messages

    def back(self, number: int) -> Sequence[Message]:
        """An entry came back: its messages, or none where they were taken before. Entries come
        back in their order: what was given before it and has not come was trimmed unread, and is
        heard with it."""
        found: list[Message] = []
        since = 0.0
        while self._entries and (first := next(iter(self._entries))) <= number:
            since, messages = self._entries.pop(first)
            found += messages
        if found:
            metrics.LAG.all.add(time.monotonic() - since)
        return found

    def take_all(self) -> list[Message]:
        """The messages of all that will not come back, in their order."""
        entries, self._entries = self._entries, {}
        return [message for _, messages in entries.values() for message in messages]
