"""What is asked of nodes and what they tell: the same JSON between them and to the operator."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from heapq import nsmallest
from operator import itemgetter
from typing import Any, Literal, TypedDict, TypeVar

from realtime.dialects.words import WireUserId

Thing = TypeVar("Thing")

MOST = 200
"""Things of one page, on which all nodes may have a part."""
MOST_ROOMS = 50
"""Rooms that are named with a connection."""
MOST_CHARACTERS = 500
"""Of what a client or a log says of itself."""

Key = tuple[str | int, ...]
"""What a list is in the order of."""


class NodeJson(TypedDict):
    """A process of this server. ``slow`` counts the connections that are behind with reading,
    ``cut`` those that were closed for it; ``backplane`` is how it hears the others, in words."""

    name: str
    process: str
    host: str
    pid: int
    version: str
    worker: bool
    startedAt: str
    draining: bool
    backplane: str
    push: str
    connections: int
    users: int
    sessions: int
    polling: int
    rooms: int
    slow: int
    cut: int
    memoryBytes: int | None


class ConnectionJson(TypedDict):
    """A socket, which is a tab or a device of its user's. ``waitingBytes`` are what it was sent and
    its client has not read, ``unhandled`` its own events that wait."""

    sid: str
    namespace: str
    node: str
    userId: WireUserId
    dialects: list[str]
    transport: Literal["polling", "websocket"]
    address: str | None
    origin: str | None
    userAgent: str | None
    connectedAt: str
    rooms: list[str]
    roomCount: int
    waitingBytes: int
    unhandled: int


class RoomJson(TypedDict):
    """A room with somebody in it; its name begins with the dialect in whose words it is told."""

    namespace: str
    name: str
    connections: int


class TroubleJson(TypedDict):
    """A warning or an error of a node's log."""

    at: str
    level: Literal["warning", "error"]
    node: str
    event: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page: ``most`` things behind a key, of those that fit; None fits all."""

    most: int = MOST
    after: Key | None = None
    user: str | None = None
    room: str | None = None
    namespace: str | None = None
    node: str | None = None
    slow: bool = False
    level: str | None = None
    name: str | None = None

    def said(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)

    @classmethod
    def heard(cls, said: Mapping[str, Any]) -> "Wanted":
        """As it was said by some node. Raises TypeError, ValueError for what none can have said."""
        after = said.get("after")
        most = min(int(said["most"]), MOST + 1)
        return cls(**{**said, "most": most, "after": None if after is None else tuple(after)})

    def page(self, keyed: Iterable[tuple[Key, Thing]]) -> list[tuple[Key, Thing]]:
        """The first things behind the key, in their order."""
        after = self.after
        behind = keyed if after is None else (each for each in keyed if each[0] > after)
        return nsmallest(self.most, behind, key=itemgetter(0))
