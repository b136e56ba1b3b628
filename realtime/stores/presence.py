"""Who has a socket open, on this node and the others, and who looks it."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from realtime.few import Few, less, more
from realtime.stores.left import LatelyLeft

SWITCH_EVERY = 1.0
"""Seconds between two changes that a user makes by hiding and showing; the last one wins."""

ALONE = ""
"""The name of a node that has no others."""


@dataclass(slots=True)
class _Own:
    """A user's sessions on this node; she leaves it some time after the last."""

    sessions: Few[str] = ()
    leaving: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Seen:
    """A user as all nodes see her: how many sessions she has where."""

    nodes: dict[str, int] = field(default_factory=dict)
    since: float = field(default_factory=time.time)
    hiding: bool = False
    asked: bool | None = None
    """Whether she asked here to hide or to show, and that has not been heard yet."""
    looked: bool = False
    switching: asyncio.TimerHandle | None = None
    switched_at: float = float("-inf")


class SharedPresence:
    """Presence of ``domain/ports.py``, and a part of the roster.

    ``grace`` is how many seconds a user still looks online after her last session. ``changed`` is
    called with a user's id and whether she looks online from now on: on one node only, on the one
    that said what changed it. ``tell`` lets all nodes hear a change in one order, this one too;
    without it there are no others. ``node`` is this node's name among them. For ``expected``
    seconds a user who has gone may come back and be told what she missed.
    """

    def __init__(
        self,
        grace: float,
        changed: Callable[[str, bool], None],
        tell: Callable[[Any], None] | None = None,
        node: str = ALONE,
        expected: float = 0,
    ) -> None:
        self._grace = grace
        self._node = node
        self._changed = changed
        self.missed: Callable[[str, bool], None] = _nobody
        """Told as ``changed`` is, on each node, of what has become of a user while nodes did not
        hear one another, where anybody has a session here."""
        self._tell = tell or (lambda change: self.change(node, change, mine=True))
        self._own: dict[str, _Own] = {}
        self._seen: dict[str, _Seen] = {}
        self._of_node: dict[str, set[str]] = {}
        self._with_sockets = 0
        self._lately = LatelyLeft(expected)
        self._kinds: dict[str, Callable[[str, str, Any, bool], None]] = {
            "at": self._at,
            "left": self._left,
            "hide": self._hidden,
        }

    async def connected(self, user_id: str, session: str) -> None:
        """See ``Presence``."""
        own = self._own.setdefault(user_id, _Own())
        own.sessions = more(own.sessions, session)
        _cancel(own.leaving)
        own.leaving = None
        self._tell(("at", user_id, len(own.sessions)))

    async def disconnected(self, user_id: str, session: str) -> None:
        """See ``Presence``."""
        own = self._own.get(user_id)
        if own is None or session not in own.sessions:
            return
        own.sessions = less(own.sessions, session)
        if own.sessions or self._grace > 0:
            self._tell(("at", user_id, len(own.sessions)))
        if own.sessions:
            return
        if self._grace > 0:
            loop = asyncio.get_running_loop()
            own.leaving = loop.call_later(self._grace, self._leave, user_id)
        else:
            self._leave(user_id)

    async def hide(self, user_id: str) -> None:
        """See ``Presence``."""
        self._switch(user_id, hiding=True)

    async def show(self, user_id: str) -> None:
        """See ``Presence``."""
        self._switch(user_id, hiding=False)

    async def online(self, user_ids: Collection[str]) -> set[str]:
        """See ``Presence``."""
        return {user_id for user_id in user_ids if self.looks_online(user_id)}

    def looks_online(self, user_id: str) -> bool:
        """See ``Presence``."""
        seen = self._seen.get(user_id)
        return user_id in self._own if seen is None else seen.looked

    async def sockets(self, user_ids: Collection[str]) -> Mapping[str, int]:
        """See ``Presence``."""
        return {user_id: self._sockets(user_id) for user_id in user_ids}

    async def present(self) -> Collection[str]:
        """See ``Presence``."""
        return [user_id for user_id in {**self._seen, **self._own} if self._sockets(user_id)]

    async def expected(self) -> Collection[str]:
        """See ``Presence``."""
        heard_of = (user_id for user_id, seen in self._seen.items() if any(seen.nodes.values()))
        return dict.fromkeys((*heard_of, *self._own, *self._lately.users())).keys()

    async def since(self, user_id: str) -> datetime | None:
        """See ``Presence``."""
        seen = self._seen.get(user_id)
        return None if seen is None else datetime.fromtimestamp(seen.since, UTC)

    async def count(self) -> int:
        """See ``Presence``."""
        return self._with_sockets

    async def well(self) -> None:
        """Always: while nodes do not hear one another it answers by what it has heard."""

    async def close(self) -> None:
        """The node stops: nobody is told any more."""
        for own in self._own.values():
            _cancel(own.leaving)
        for seen in self._seen.values():
            _cancel(seen.switching)
        self._own.clear()
        self._seen.clear()
        self._changed = self.missed = _nobody

    # As a part of the roster.

    def own(self) -> dict[str, Any]:
        """How many sessions each user has here, and who of them hides."""
        hiding = [each for each in self._own if self._hides(each)]
        at = {user_id: len(own.sessions) for user_id, own in self._own.items()}
        return {"at": at, "hiding": hiding, "left": self._lately.from_here()}

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        at, hiding = state["at"], set(state["hiding"])
        before = {} if mine or not self._own else self._looks({*at, *self._of_node.get(node, ())})
        for user_id in self._of_node.get(node, set()) - at.keys():
            self._left(node, user_id, None, mine)
        for user_id, sessions in at.items():
            seen = self._is_at(node, user_id, sessions)
            elsewhere = any(count for other, count in seen.nodes.items() if other != node)
            # She may have shown herself while nodes did not hear one another.
            seen.hiding = user_id in hiding or (seen.hiding and elsewhere)
        self._lately.learn([each for each in state.get("left", ()) if not self._sockets(each)])
        for user_id in at:
            self._look(user_id, self._seen[user_id], mine)
        for user_id, online in self._looks(before).items():
            if online != before[user_id]:
                self.missed(user_id, online)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        kind, user_id, value = change
        self._kinds[kind](node, user_id, value, mine)

    def gone(self, node: str) -> None:
        """See ``Part``: they still look online, without a socket."""
        for user_id in self._of_node.get(node, ()):
            self._is_at(node, user_id, 0)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``."""
        for user_id in tuple(self._of_node.get(node, ())):
            self._left(node, user_id, None, mine)

    def _at(self, node: str, user_id: str, sessions: int, mine: bool) -> None:
        has_more = sessions > self._seen.get(user_id, _Seen()).nodes.get(node, 0)
        seen = self._is_at(node, user_id, sessions)
        if has_more:
            seen.hiding = False
            _cancel(seen.switching)
            seen.switching = None
        self._look(user_id, seen, mine)

    def _left(self, node: str, user_id: str, _value: None, mine: bool) -> None:
        seen = self._is_at(node, user_id, 0)
        del seen.nodes[node]
        self._of_node[node].discard(user_id)
        if not self._of_node[node]:
            del self._of_node[node]
        if not seen.nodes:
            del self._seen[user_id]
            _cancel(seen.switching)
        self._look(user_id, seen, mine)

    def _hidden(self, _node: str, user_id: str, hiding: bool, mine: bool) -> None:
        seen = self._seen.get(user_id)
        if seen is not None:
            seen.hiding = hiding
            seen.asked = None if mine else seen.asked
            if self._look(user_id, seen, mine):
                seen.switched_at = time.monotonic()

    def _is_at(self, node: str, user_id: str, sessions: int) -> _Seen:
        """Remember how many sessions she has at a node."""
        seen = self._seen.setdefault(user_id, _Seen())
        before = any(seen.nodes.values())
        seen.nodes[node] = sessions
        if any(seen.nodes.values()):
            self._lately.discard(user_id)
        elif before:
            self._lately.add(user_id, here=node == self._node)
        self._of_node.setdefault(node, set()).add(user_id)
        self._with_sockets += any(seen.nodes.values()) - before
        return seen

    def _look(self, user_id: str, seen: _Seen, mine: bool) -> bool:
        """Tell how she looks now, if that is another way than before."""
        looks = bool(seen.nodes) and not seen.hiding
        if looks == seen.looked:
            return False
        seen.looked = looks
        if mine:
            self._changed(user_id, looks)
        return True

    def _looks(self, user_ids: Collection[str]) -> dict[str, bool]:
        return {user_id: self.looks_online(user_id) for user_id in user_ids}

    # What happens here.

    def _sockets(self, user_id: str) -> int:
        """Those of this node as they are, which may not have been heard of yet."""
        seen, own = self._seen.get(user_id), self._own.get(user_id)
        nodes = {} if seen is None else seen.nodes
        elsewhere = sum(count for node, count in nodes.items() if node != self._node)
        return elsewhere + (0 if own is None else len(own.sessions))

    def _leave(self, user_id: str) -> None:
        del self._own[user_id]
        self._tell(("left", user_id, None))

    def _switch(self, user_id: str, *, hiding: bool) -> None:
        seen = self._seen.get(user_id)
        if seen is None:
            return
        _cancel(seen.switching)
        seen.switching = None
        wait = seen.switched_at + SWITCH_EVERY - time.monotonic()
        if wait > 0:
            loop = asyncio.get_running_loop()
            seen.switching = loop.call_later(wait, self._ask, user_id, seen, hiding)
        else:
            self._ask(user_id, seen, hiding)

    def _ask(self, user_id: str, seen: _Seen, hiding: bool) -> None:
        seen.asked = hiding
        self._tell(("hide", user_id, hiding))

    def _hides(self, user_id: str) -> bool:
        seen = self._seen.get(user_id)
        if seen is None:
            return False
        return seen.hiding if seen.asked is None else seen.asked


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _nobody(_user_id: str, _online: bool) -> None:
    pass
