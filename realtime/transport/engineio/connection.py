"""What the engine keeps track of beside sessions: the connections that carry them."""

from abc import ABC, abstractmethod


class Connection(ABC):
    """A TCP connection that this server took over from aiohttp."""

    __slots__ = ()

    @property
    def is_kept_waiting(self) -> bool:
        """Whether it is for us that its client cannot end its upgrade."""
        return False

    @abstractmethod
    def finish(self) -> None:
        """Close it when what was written has been sent, if no session needs it."""

    @abstractmethod
    def cut(self) -> None:
        """Close it without waiting for the peer."""
