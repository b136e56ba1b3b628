"""What a node told its own clients while it heard no other: those may never hear of it."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

MOST: Final = 65_536
"""Orders that are remembered; of more, those that were quiet for longest are forgotten."""

Span = tuple[str, int, int]
"""The key of an order, and the first and last of its numbers."""


class Unshared:
    """The orders of which something was told, each from the first number to the last."""

    def __init__(self) -> None:
        self._spans: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def add(self, key: str, number: int) -> None:
        """A number of an order was told."""
        first, last = self._spans.get(key, (number, number))
        self._spans[key] = min(first, number), max(last, number)
        self._spans.move_to_end(key)
        if len(self._spans) > MOST:
            self._spans.popitem(last=False)

    def take(self) -> Sequence[Span]:
        """All of it, once."""
        spans, self._spans = self._spans, OrderedDict()
        return [(key, first, last) for key, (first, last) in spans.items()]
