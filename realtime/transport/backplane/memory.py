"""The backplane of a single node. It is the specification of the others."""

from collections.abc import Callable

from realtime.transport.backplane import Hear, Message


class MemoryBackplane:
    """Hands each message to this node's own ear, at once."""

    alone = True

    def __init__(self) -> None:
        self._hear: Hear | None = None

    async def start(self, hear: Hear) -> None:
        """Begin to listen."""
        self._hear = hear

    def publish(self, message: Message) -> None:
        """Tell this node, before returning."""
        if self._hear is not None:
            self._hear(message)

    def when_back(self, tell: Callable[[], None]) -> None:
        """It is never away."""

    def own_address(self) -> None:
        """There is no other to reach it."""

    def well(self) -> None:
        """Always."""

    async def close(self) -> None:
        """Stop."""
        self._hear = None
