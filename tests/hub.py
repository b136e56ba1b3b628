"""A backplane between several servers of one process: what one publishes all hear, at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime.transport.backplane import Hear, Message, Place, Remember, Shelf


class Hub:
    """Where the nodes meet; `said` is all that was published."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.nodes: list[HubBackplane] = []
        self.place: Place = (int(time.time() * 1000), 0, 0)

    def node(self) -> HubBackplane:
        """One more node's connection."""
        return HubBackplane(self)

    def tell(self, message: Message) -> None:
        """Let every node hear it, in its place."""
        self.said.append(message)
        ms, number, _ = self.place
        self.place = (ms + 1, number + 1, 0)
        for node in tuple(self.nodes):
            node.hear(self.place, message)


class HubBackplane:
    """Backplane of one of several nodes; `leave` cuts it off, and `come_back` ends that."""

    alone = False
    epoch = "hub"
    shelf: Shelf | None = None

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._hear: Hear = lambda _message: None
        self._away = False
        self._at: Place | None = None
        self._missed: list[tuple[Place, Message]] = []
        self._back: list[Callable[[], None]] = []

    @property
    def place(self) -> Place | None:
        return None if self._away else self._at or self._hub.place

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        self._hear = hear
        self._hub.nodes.append(self)

    def publish(self, message: Message) -> None:
        if self._away:
            self._hear(message)
        else:
            self._hub.tell(message)

    def under_way(self) -> bool:
        return False

    def hear(self, place: Place, message: Message) -> None:
        """Somebody has published it."""
        if self._away:
            self._missed.append((place, message))
        else:
            self._hear(message)

    def leave(self) -> None:
        """From now on it hears nobody and is heard by nobody."""
        self._away = True

    def come_back(self) -> None:
        """It hears what it has missed, where that was said."""
        self._away = False
        missed, self._missed = self._missed, []
        for self._at, message in missed:
            self._hear(message)
        self._at = None
        for tell in self._back:
            tell()

    def when_back(self, tell: Callable[[], None]) -> None:
        self._back.append(tell)

    def own_address(self) -> None:
        """There is no other to reach it."""

    def well(self) -> str | None:
        return "cut off" if self._away else None

    async def close(self) -> None:
        if self in self._hub.nodes:
            self._hub.nodes.remove(self)
