"""Whether anybody looks, on any node: until then nobody tells of itself."""

from collections.abc import Callable
from typing import Any


class Lookers:
    """How many pages of the admin UI are open at which node; a part of the roster.

    ``tell`` lets all nodes hear how many are open here, this one too; without it there are no
    others. ``changed`` is called with whether anybody looks, when that is news.
    """

    def __init__(self, node: str, tell: Callable[[Any], None] | None = None) -> None:
        self._node = node
        self._tell = tell or (lambda count: self.change(node, count, mine=True))
        self._own = 0
        self._counts: dict[str, int] = {}
        self._there = False
        self.changed: Callable[[bool], None] = lambda _there: None

    def come(self) -> None:
        """One more page is open here."""
        self._own += 1
        self._tell(self._own)

    def go(self) -> None:
        """One less."""
        self._own -= 1
        self._tell(self._own)

    # As a part of the roster.

    def own(self) -> int:
        """How many are open here."""
        return self._own

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self._counts[node] = int(state)
        there = any(self._counts.values())
        if there != self._there:
            self._there = there
            self.changed(there)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self.replace(node, 0, mine=False)
        del self._counts[node]

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
