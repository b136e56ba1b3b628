"""Which nodes are workers: where there is one, the others leave the outbox to it.

A browser hears only from the key with which it subscribed. So a worker that was given another one,
or none, is no help to nodes that push; and whoever pushed with another would forget every browser.
"""

from typing import Any


class Workers:
    """A part of the roster; ``working`` is whether this node is one, ``key`` the public key with
    which it pushes, empty where it does not."""

    def __init__(self, *, working: bool, key: str) -> None:
        self._working = working
        self._key = key
        self._keys: dict[str, str] = {}
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

    # As a part of the roster.

    def own(self) -> list[str]:
        """What is true of a worker only; in it, the key."""
        return [self._key] if self._working else []

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
        if state is True:  # from before keys were told
            self._keys[node] = self._key
        elif state:
            self._keys[node] = str(state[0])

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._keys.pop(node, None)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)


class Subscribing:
    """A part of the roster: with which keys browsers subscribe now, by the nodes that let them."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._keys: dict[str, str] = {}

    @property
    def keys(self) -> set[str]:
        """Of all nodes."""
        return set(self._keys.values())

    # As a part of the roster.

    def own(self) -> str:
        """That of this node; empty for none."""
        return self._own

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
        if state:
            self._keys[node] = str(state)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self.replace(node, change, mine=mine)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._keys.pop(node, None)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
