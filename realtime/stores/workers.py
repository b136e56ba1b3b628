"""Which nodes are workers: where there is one, the others leave the outbox to it.

A browser hears only from the key with which it subscribed. So a worker that was given another one,
or none, is no help to nodes that push; and whoever pushed with another would forget every browser.
"""

from abc import ABC, abstractmethod
from typing import Any


class _Keys(ABC):
    """A part of the roster: the public keys that nodes tell of, each its own."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
        key = self._told(state)
        if key is not None:
            self._keys[node] = key

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._keys.pop(node, None)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)

    @abstractmethod
    def _told(self, state: Any) -> str | None:
        """The key in what a node tells; None where it counts for nothing here."""


class Workers(_Keys):
    """A part of the roster; ``working`` is whether this node is one, ``key`` the public key with
    which it pushes, empty where it does not."""

    def __init__(self, *, working: bool, key: str) -> None:
        super().__init__()
        self._working = working
        self._key = key
        self.subscribing = Subscribing("" if working else key)

    @property
    def there(self) -> bool:
        """Whether any node is one that does what this one would do."""
        return bool(self._keys) if not self._key else self._key in self._keys.values()

    @property
    def strange(self) -> bool:
        """Whether browsers subscribe, on any node, with another key than this one pushes with, or
        as a worker ought to."""
        return bool(self.subscribing.keys - {self._key}) and (self._working or bool(self._key))

    def own(self) -> list[str]:
        """What is true of a worker only; in it, the key."""
        return [self._key] if self._working else []

    def _told(self, state: Any) -> str | None:
        if state is True:  # from before keys were told
            return self._key
        return str(state[0]) if state else None


class Subscribing(_Keys):
    """A part of the roster: with which keys browsers subscribe now, by the nodes that let them."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own

    @property
    def keys(self) -> set[str]:
        """Of all nodes."""
        return set(self._keys.values())

    def own(self) -> str:
        """That of this node; empty for none."""
        return self._own

    def _told(self, state: Any) -> str | None:
        return str(state) if state else None
