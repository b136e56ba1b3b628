"""Who has a socket open on this node, and who looks it."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

SWITCH_EVERY = 1.0
"""Seconds between two changes that a user makes by hiding and showing; the last one wins."""


@dataclass(slots=True)
class _User:
    sessions: set[str] = field(default_factory=set)
    hiding: bool = False
    looked: bool = False
    leaving: asyncio.TimerHandle | None = None
    switching: asyncio.TimerHandle | None = None
    switched_at: float = float("-inf")

    @property
    def there(self) -> bool:
        """With a session, or in the grace after the last."""
        return bool(self.sessions) or self.leaving is not None


class MemoryPresence:
    """Presence of ``domain/ports.py`` for a node that is alone.

    ``grace`` is how many seconds a user still looks online after her last session. ``changed`` is
    called with a user's id and whether she looks online from now on.
    """

    def __init__(self, grace: float, changed: Callable[[str, bool], None]) -> None:
        self._grace = grace
        self._changed = changed
        self._users: dict[str, _User] = {}

    async def connected(self, user_id: str, session: str) -> None:
        """See ``Presence``."""
        user = self._users.setdefault(user_id, _User())
        user.sessions.add(session)
        user.hiding = False
        _cancel(user.leaving)
        _cancel(user.switching)
        user.leaving = user.switching = None
        self._look(user_id, user)

    async def disconnected(self, user_id: str, session: str) -> None:
        """See ``Presence``."""
        user = self._users.get(user_id)
        if user is None or session not in user.sessions:
            return
        user.sessions.discard(session)
        if user.sessions:
            return
        if self._grace > 0:
            loop = asyncio.get_running_loop()
            user.leaving = loop.call_later(self._grace, self._left, user_id)
        else:
            self._left(user_id)

    async def hide(self, user_id: str) -> None:
        """See ``Presence``."""
        self._switch(user_id, hiding=True)

    async def show(self, user_id: str) -> None:
        """See ``Presence``."""
        self._switch(user_id, hiding=False)

    async def online(self, user_ids: Collection[str]) -> set[str]:
        """See ``Presence``."""
        return {user_id for user_id in user_ids if self._online(user_id)}

    async def sockets(self, user_ids: Collection[str]) -> Mapping[str, int]:
        """See ``Presence``."""
        users = self._users
        return {each: len(users[each].sessions) if each in users else 0 for each in user_ids}

    async def count(self) -> int:
        """See ``Presence``."""
        return sum(1 for user in self._users.values() if user.sessions)

    async def well(self) -> None:
        """Always."""

    async def close(self) -> None:
        """The node stops: nobody is told any more."""
        for user in self._users.values():
            _cancel(user.leaving)
            _cancel(user.switching)
        self._users.clear()

    def _online(self, user_id: str) -> bool:
        user = self._users.get(user_id)
        return user is not None and user.looked

    def _switch(self, user_id: str, *, hiding: bool) -> None:
        user = self._users.get(user_id)
        if user is None:
            return
        user.hiding = hiding
        _cancel(user.switching)
        user.switching = None
        wait = user.switched_at + SWITCH_EVERY - time.monotonic()
        if wait > 0:
            loop = asyncio.get_running_loop()
            user.switching = loop.call_later(wait, self._switched, user_id)
        else:
            self._switched(user_id)

    def _switched(self, user_id: str) -> None:
        user = self._users[user_id]
        user.switching = None
        if self._look(user_id, user):
            user.switched_at = time.monotonic()

    def _left(self, user_id: str) -> None:
        user = self._users.pop(user_id)
        user.leaving = None
        _cancel(user.switching)
        self._look(user_id, user)

    def _look(self, user_id: str, user: _User) -> bool:
        """Tell how she looks now, if that is another way than before."""
        looks = user.there and not user.hiding
        if looks == user.looked:
            return False
        user.looked = looks
        self._changed(user_id, looks)
        return True


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
