"""Whose page is looked at, on this node and the others, as far as pages say so."""

from collections.abc import Callable, Collection
from typing import Any

from realtime.stores.presence import ALONE


class SharedVisible:
    """Visible of ``domain/ports.py``, and a part of the roster.

    ``tell`` lets all nodes hear a change in one order, this one too; without it there are no
    others. ``node`` is this node's name among them.
    """

    def __init__(self, tell: Callable[[Any], None] | None = None, node: str = ALONE) -> None:
        self._tell = tell or (lambda change: self.change(node, change, mine=True))
        self._own: dict[str, set[str]] = {}
        self._at: dict[str, set[str]] = {}

    async def report(self, user_id: str, socket: str, *, visible: bool) -> None:
        """See ``Visible``."""
        sockets = self._own.setdefault(user_id, set())
        before = bool(sockets)
        (sockets.add if visible else sockets.discard)(socket)
        if not sockets:
            del self._own[user_id]
        if bool(sockets) != before:
            self._tell((user_id, bool(sockets)))

    async def among(self, user_ids: Collection[str]) -> set[str]:
        """See ``Visible``."""
        return {each for each in user_ids if any(each in users for users in self._at.values())}

    # As a part of the roster.

    def own(self) -> list[str]:
        """Whose pages are looked at here."""
        return list(self._own)

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        self._at[node] = set(state)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        user_id, visible = change
        users = self._at.setdefault(node, set())
        (users.add if visible else users.discard)(user_id)

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._at.pop(node, None)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        self.gone(node)
