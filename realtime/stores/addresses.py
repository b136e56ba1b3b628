"""Where each node can be reached by the others."""

from collections.abc import Callable
from typing import Any


class Addresses:
    """A part of the roster: by a node's name its host and port.

    ``own`` gives this node's name and address as `host:port`, None while it has none.
    """

    def __init__(self, own: Callable[[], tuple[str, str] | None]) -> None:
        self._own = own
        self._of_node: dict[str, tuple[str, str]] = {}
        self._by_name: dict[str, str] = {}
        """The latest process of each name."""

    def find(self, name: str) -> tuple[str, int] | None:
        """Host and port of the node with this name, if it is another that can be reached."""
        node = self._by_name.get(name)
        if node is None:
            return None
        host, _, port = self._of_node[node][1].rpartition(":")
        return host.strip("[]"), int(port)

    # As a part of the roster.

    def own(self) -> tuple[str, str] | None:
        """Name and address."""
        return self._own()

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``. A node that has started again has taken its old name with it."""
        self.gone(node)
        if state is not None and not mine:
            name, address = state
            self._of_node[node] = (name, address)
            self._by_name[name] = node

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``. Its name may be another's by now, and so may its address."""
        name, _ = self._of_node.pop(node, ("", ""))
        if self._by_name.get(name) == node:
            del self._by_name[name]

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``: it is forgotten already."""
