"""Who came with which pid, from the CONNECT on: what a node must know to take a client back."""

import hashlib
import os
import time
from base64 import urlsafe_b64encode
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import orjson

from realtime.transport.socketio.recovery.positions import Position, position_of, text_of
from realtime.transport.socketio.recovery.window import Key as Heard
from realtime.transport.socketio.sockets import Socket

_PID_BYTES: Final = 18
MOST_FORMER: Final = 16
"""Former sessions that are remembered of one client: what they did is not told to it."""

Key = str
"""A pid's digest: what is looked up and stored, so that nothing stored lets anybody in."""


def new_pid() -> str:
    """144 bits that nobody can guess."""
    return urlsafe_b64encode(os.urandom(_PID_BYTES)).decode()


def key_of(pid: str) -> Key:
    """A pid's digest."""
    digest = hashlib.sha256(pid.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest[:24]).decode()


@dataclass(slots=True, eq=False)
class Record:
    """One client's state in one namespace. Positions are of the epoch in which they were taken."""

    key: Key
    namespace: str
    epoch: str
    since: Position
    """Where its first connection with this pid began to hear."""
    upto: Position
    """A position at which all that it had been sent ended with `said`."""
    said: Position | None = None
    """The offset of that; None where it had been sent none."""
    rooms: dict[str, Position] = field(default_factory=dict)
    """Since when it hears each room; without a position, since it began."""
    former: list[str] = field(default_factory=list)
    """The ids of its sessions and sockets, the latest last."""
    note: bytes = b"null"
    """The application's, as JSON: a tenth of what its values would take."""
    node: str = ""
    """The process that has its socket, or had it last."""
    socket: Socket | None = None
    """Its socket, if that is open on this node."""
    exact: bool = True
    """Whether `said` is known to be the last."""
    here: Position | None = None
    """From which position on it has heard all from this process, if it has."""
    looked: int = 0
    """Up to which entry of this node's window that holds."""
    seen: float = field(default_factory=time.monotonic)
    """When it was last open here, or read from where nodes keep it."""
    kept: float = float("-inf")
    """When it was last handed to where it survives this process."""

    def told_by(self, process: str, at: Position) -> bool:
        """Whether it was this process that told the client what it heard at a position."""
        return self.node == process and self.here is not None and at >= self.here

    def packed(self) -> bytes:
        """As it is kept outside of this process."""
        values = {
            "ns": self.namespace,
            "epoch": self.epoch,
            "since": text_of(self.since),
            "upto": text_of(self.upto),
            "said": self.said and text_of(self.said),
            "exact": self.exact,
            "rooms": {room: text_of(at) for room, at in self.rooms.items() if at > self._heard},
            "former": self.former,
            "note": orjson.Fragment(self.note),
            "node": self.node,
        }
        return orjson.dumps(values)

    @property
    def _heard(self) -> Position:
        """What it must have heard of, or is told: where else it was by then says nothing."""
        return self.said or self.since

    @classmethod
    def unpacked(cls, key: Key, packed: bytes) -> "Record | None":
        """One that was kept; None for what we cannot have written."""
        try:
            found = orjson.loads(packed)
            return cls(
                key,
                found["ns"],
                found["epoch"],
                position_of(found["since"]),
                position_of(found["upto"]),
                position_of(found["said"]) if found["said"] else None,
                {room: position_of(at) for room, at in found["rooms"].items()},
                list(found["former"]),
                bytes(memoryview(orjson.dumps(found["note"]))),
                found["node"],
                exact=found["exact"],
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class Records:
    """The records of this node: of all sockets that are open, and of `most` that were."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._open: dict[Key, Record] = {}
        self._closed: OrderedDict[Key, Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open) + len(self._closed)

    def find(self, key: Key) -> Record | None:
        """The record of a pid that this node knows."""
        return self._open.get(key) or self._closed.get(key)

    def open(self, record: Record) -> None:
        """Its socket is connected here."""
        self._closed.pop(record.key, None)
        self._open[record.key] = record

    def close(self, record: Record) -> None:
        """Its socket has gone, and may come back."""
        if self._open.pop(record.key, None) is None:
            return
        record.seen = time.monotonic()
        self._closed[record.key] = record
        while len(self._closed) > self._most:
            self._closed.popitem(last=False)

    def forget(self, key: Key) -> None:
        """It will not come back, or not here."""
        self._open.pop(key, None)
        self._closed.pop(key, None)

    def all_open(self) -> Iterator[Record]:
        """Those whose sockets are connected here."""
        return iter(tuple(self._open.values()))

    def expire(self) -> Iterable[Key]:
        """Forget those that were away for too long."""
        oldest = time.monotonic() - self._seconds
        gone: list[Key] = []
        while self._closed and (first := next(iter(self._closed.values()))).seen < oldest:
            del self._closed[first.key]
            gone.append(first.key)
        return gone


class Awaited:
    """The rooms of those who left a moment ago: what is said there is worth saying for `seconds`,
    even if nobody hears it now."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._counts: Counter[Heard] = Counter()
        self._left: deque[tuple[float, list[Heard]]] = deque()

    def __contains__(self, room: object) -> bool:
        return room in self._counts

    def add(self, rooms: list[Heard]) -> None:
        """Somebody who heard these rooms has left."""
        self._left.append((time.monotonic(), rooms))
        self._counts.update(rooms)

    def expire(self) -> None:
        """Who left long ago would not be told of what was said since."""
        oldest = time.monotonic() - self._seconds
        while self._left and self._left[0][0] < oldest:
            for room in self._left.popleft()[1]:
                self._counts[room] -= 1
                if not self._counts[room]:
                    del self._counts[room]
