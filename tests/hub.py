"""A backplane between several servers of one process: what one publishes all hear, at once."""

from __future__ import annotations

from collections.abc import Callable

from realtime.transport.backplane import Hear, Message


class Hub:
    """Where the nodes meet; `said` is all that was published."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.ears: list[Hear] = []

    def node(self) -> HubBackplane:
        """One more node's connection."""
        return HubBackplane(self)


class HubBackplane:
    """Backplane of one of several nodes."""

    alone = False

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def start(self, hear: Hear) -> None:
        self._hub.ears.append(hear)

    def publish(self, message: Message) -> None:
        self._hub.said.append(message)
        for hear in tuple(self._hub.ears):
            hear(message)

    def when_back(self, tell: Callable[[], None]) -> None:
        pass

    def own_address(self) -> None:
        """There is no other to reach it."""

    def well(self) -> None:
        return None

    async def close(self) -> None:
        self._hub.ears.clear()
