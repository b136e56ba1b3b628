"""A backplane between several servers of one process: what one publishes all hear, at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from realtime.transport.backplane import Hear, Message, Place, Remember, Shelf


class Hub:
    """Where the nodes meet; `said` is all that was published."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.ears: list[Hear] = []
        self.place: Place = (int(time.time() * 1000), 0, 0)

    def node(self) -> HubBackplane:
        """One more node's connection."""
        return HubBackplane(self)


class HubBackplane:
    """Backplane of one of several nodes."""

    alone = False
    epoch = "hub"
    shelf: Shelf | None = None

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._ear: Hear | None = None

    @property
    def place(self) -> Place | None:
        return self._hub.place

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        self._ear = hear
        self._hub.ears.append(hear)

    def publish(self, message: Message) -> None:
        self._hub.said.append(message)
        ms, number, _ = self._hub.place
        self._hub.place = (ms + 1, number + 1, 0)
        for hear in tuple(self._hub.ears):
            hear(message)

    def when_back(self, tell: Callable[[], None]) -> None:
        pass

    def own_address(self) -> None:
        """There is no other to reach it."""

    def well(self) -> None:
        return None

    async def close(self) -> None:
        if self._ear in self._hub.ears:
            self._hub.ears.remove(self._ear)
