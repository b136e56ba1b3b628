"""Which nodes are workers: where there is one, the others leave the outbox to it."""

from typing import Any


class Workers:
    """A part of the roster; ``working`` is whether this node is one."""

    def __init__(self, *, working: bool) -> None:
        self._working = working
        self._nodes: set[str] = set()

    @property
    def there(self) -> bool:
        """Whether any node is one."""
        return bool(self._nodes)

    # As a part of the roster.

    def own(self) -> bool:
        """Whether this node is one."""
        return self._working

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        (self._nodes.add if state else self._nodes.discard)(node)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._nodes.discard(node)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
