"""Several nodes' rosters in one process: what one says all hear at once, unless it is cut off."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from realtime.stores.joined import SharedJoined
from realtime.stores.presence import SharedPresence
from realtime.stores.roster import Roster


class OneNode:
    """A node's roster with its parts, and what it told."""

    def __init__(
        self, nodes: Nodes, name: str, changed: Callable[[str, bool], None] | None
    ) -> None:
        self.nodes = nodes
        self.cut_off = False
        self.told: list[tuple[str, bool]] = []
        self.gone: list[str] = []
        self.roster = Roster(name, self.say, nodes.grace)
        self.roster.when_gone = self.gone.append
        hear = changed or (lambda user, online: self.told.append((user, online)))
        teller = self.roster.teller("presence")
        self.presence = SharedPresence(nodes.grace, hear, teller, name, nodes.expected)
        self.missed: list[tuple[str, bool]] = []
        self.presence.missed = lambda user, online: self.missed.append((user, online))
        self.joined = SharedJoined(self.roster.teller("joined"))
        self.roster.add("presence", self.presence)
        self.roster.add("joined", self.joined)

    def say(self, body: bytes) -> None:
        """In one order for all, and for this node only while it is cut off."""
        self.nodes.say(self, body)


class Nodes:
    """The nodes that are there."""

    def __init__(self, grace: float = 0.0, expected: float = 0.0) -> None:
        self.grace = grace
        self.expected = expected
        self.all: list[OneNode] = []
        self._said: deque[tuple[OneNode, bytes]] = deque()
        self._saying = False

    def say(self, who: OneNode, body: bytes) -> None:
        """What is said while something is heard comes after it."""
        self._said.append((who, body))
        if self._saying:
            return
        self._saying = True
        try:
            while self._said:
                who, body = self._said.popleft()
                for node in [who] if who.cut_off else list(self.all):
                    if node is who or not node.cut_off:
                        node.roster.hear(body)
        finally:
            self._saying = False

    def node(self, name: str, changed: Callable[[str, bool], None] | None = None) -> OneNode:
        """One more, without its heartbeat: tests say themselves who falls silent."""
        node = OneNode(self, name, changed)
        self.all.append(node)
        node.roster._meet()
        return node

    def kill(self, node: OneNode) -> None:
        """It is there no more, and says nothing of it."""
        self.all.remove(node)
