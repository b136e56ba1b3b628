"""Each node's entries once: one whose answer was lost may stand in the stream twice."""

from collections import OrderedDict
from typing import Final

NODES: Final = 1_000
"""Nodes whose last entry is remembered, those that are long gone included."""


class Once:
    """The last entry that was heard of each node; a node numbers its entries."""

    def __init__(self) -> None:
        self._last: OrderedDict[bytes, int] = OrderedDict()

    def is_new(self, node: bytes, number: int) -> bool:
        """Whether this entry comes for the first time."""
        last = self._last.get(node, 0)
        self._last[node] = max(last, number)
        self._last.move_to_end(node)
        if len(self._last) > NODES:
            self._last.popitem(last=False)
        return number > last
