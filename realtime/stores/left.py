"""Who had a socket a moment ago: she may come back, and has a right to what was told meanwhile."""

import time
from collections import OrderedDict
from collections.abc import Collection


class LatelyLeft:
    """The users whose last socket went within so many `seconds`, on this node or another."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._users: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def add(self, user_id: str, *, here: bool) -> None:
        """Her last socket has gone; `here` if this node had it."""
        self.discard(user_id)
        if self._seconds > 0:
            self._users[user_id] = time.monotonic(), here
        self._expire()

    def learn(self, user_ids: Collection[str]) -> None:
        """Another node says that it had these."""
        for user_id in user_ids:
            if user_id not in self._users:
                self.add(user_id, here=False)

    def discard(self, user_id: str) -> None:
        """She has a socket."""
        self._users.pop(user_id, None)

    def users(self) -> list[str]:
        """All of them."""
        self._expire()
        return [*self._users]

    def from_here(self) -> list[str]:
        """Those whose last socket this node had."""
        self._expire()
        return [user_id for user_id, (_, here) in self._users.items() if here]

    def _expire(self) -> None:
        oldest = time.monotonic() - self._seconds
        while self._users and next(iter(self._users.values()))[0] < oldest:
            self._users.popitem(last=False)
