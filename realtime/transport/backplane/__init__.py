"""How nodes hear one another.

What crosses is finished: frames with their address and order key. A node that receives a unit reads
the address and never the frames. Guarantees that every implementation keeps: units of one publisher
arrive everywhere in the order in which they were published, the publishing node hears its own units
through the same door and at the same place in that order as every other node, and a unit is either
delivered whole or not at all. A node that dies loses what it had not handed over.

Each message has a place in the one order that all nodes hear, by which a client can be told what it
missed, on whichever node it comes back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Place = tuple[int, int, int]
"""Where a message stands: a time in ms, a number within it, and which message of one entry it is.
Later messages have higher places."""


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
    at: Place | None = None
    """Where it stands, if it was held back there and is delivered later."""
    doubt: tuple[int, int] | None = None
    """Between which times (ms) other nodes may deliver it, if that may be at another place."""
    late: bool = False
    """Whether it was stored before, and is said because some never heard it: a node that was cut
    off may have told it to its own clients long before."""


class Notice(NamedTuple):
    """Something that the application tells itself on other nodes; nobody here looks inside."""

    name: str
    body: bytes


Message = Unit | Command | Notice
Hear = Callable[[Message], None]

Past = Sequence[tuple[Place, Unit | Notice]]
Remember = Callable[[Place, Past], None]
"""Told once, before anything is heard: what was said from a place on until now."""


class Shelf(Protocol):
    """Where what a node knows of its clients survives it: short texts by their keys."""

    shared: bool
    """Whether other nodes read it too."""

    async def load(self, key: str) -> bytes | None:
        """What was kept by this key, unless it is too old. May raise what keeps it from looking."""
        ...

    async def save(self, values: Mapping[str, bytes], gone: Sequence[str], seconds: float) -> None:
        """Keep these for so long, and forget those. May raise, then nothing or a part was done."""
        ...


class Backplane(Protocol):
    """One node's connection to all nodes, itself included."""

    alone: bool
    """Whether there can be no other node."""
    epoch: str
    """Names the order that places are of; another one begins when what was kept is lost. Letters
    and digits; empty while there is none."""
    shelf: Shelf | None
    """Where all nodes meet, if something can be kept there."""
    place: Place | None
    """Where the latest message that was heard stands; None while it stands in no order that all
    nodes hear."""

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        """Begin to listen; what is published after this returns is heard.

        Where `remember` is given and something was kept of what nodes said before, it is told that.
        """

    def publish(self, message: Message) -> None:
        """Tell every node. Never waits and never raises; what cannot be handed over is lost."""

    def when_back(self, tell: Callable[[], None]) -> None:
        """Call this each time that nodes hear one another again after they did not: what others
        published meanwhile may never have come, and they may have missed what this one did."""

    def under_way(self) -> bool:
        """Whether something that this node published is still to be heard here, in a moment."""
        ...

    def own_address(self) -> str | None:
        """This machine's address as seen on the way to where nodes meet; None while it is away."""

    def well(self) -> str | None:
        """None while messages come and go, else in a few words what keeps them from it."""

    async def close(self) -> None:
        """Stop, after what was published has been handed over."""
