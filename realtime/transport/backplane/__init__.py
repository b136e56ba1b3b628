"""How nodes hear one another.

What crosses is finished: frames with their address and order key. A node that receives a unit reads
the address and never the frames. Guarantees that every implementation keeps: units of one publisher
arrive everywhere in the order in which they were published, the publishing node hears its own units
through the same door and at the same place in that order as every other node, and a unit is either
delivered whole or not at all. A node that dies loses what it had not handed over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


class Delivery(NamedTuple):
    """Frames and their address."""

    namespace: str
    rooms: tuple[str, ...]
    frames: bytes
    skip_session: str | None = None
    skip_sids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do to every socket in the room `of`."""

    action: Literal["join", "leave", "close"]
    of: str
    room: str
    namespace: str


class Unit(NamedTuple):
    """Deliveries that belong together: with an `order` (key, number), one step of that key. What is
    to be done to sockets at that step follows them. `said_in` names the languages of its frames;
    None where they are in all that anybody understands."""

    deliveries: tuple[Delivery, ...]
    order: tuple[str, int] | None = None
    commands: tuple[Command, ...] = ()
    said_in: str | None = None


class Notice(NamedTuple):
    """Something that the application tells itself on other nodes; nobody here looks inside."""

    name: str
    body: bytes


Message = Unit | Command | Notice
Hear = Callable[[Message], None]


class Backplane(Protocol):
    """One node's connection to all nodes, itself included."""

    alone: bool
    """Whether there can be no other node."""

    async def start(self, hear: Hear) -> None:
        """Begin to listen; what is published after this returns is heard."""

    def publish(self, message: Message) -> None:
        """Tell every node. Never waits and never raises; what cannot be handed over is lost."""

    def when_back(self, tell: Callable[[], None]) -> None:
        """Call this each time that nodes hear one another again after they did not: what others
        published meanwhile may never have come, and they may have missed what this one did."""

    def own_address(self) -> str | None:
        """This machine's address as seen on the way to where nodes meet; None while it is away."""

    def well(self) -> str | None:
        """None while messages come and go, else in a few words what keeps them from it."""

    async def close(self) -> None:
        """Stop, after what was published has been handed over."""
