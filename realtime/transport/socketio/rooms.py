"""Rooms to sockets and sockets to rooms, so that neither a broadcast nor a disconnect searches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from realtime.transport.engineio.outbox import HasSink, Outbox
from realtime.transport.socketio.sockets import Socket

if TYPE_CHECKING:
    from realtime.transport.socketio.recovery.positions import Position

Members = dict[str, Socket]
"""Sockets by sid."""


class Watch(Protocol):
    """Told what becomes of the sockets of this node; it must not raise, nor take its time."""

    def connected(self, socket: Socket) -> None:
        """It was accepted; it hears its rooms already."""

    def disconnected(self, socket: Socket, reason: str) -> None:
        """It had been accepted; `rooms` still says where it was."""

    def joined(self, socket: Socket, room: str) -> None:
        """It hears a room, perhaps while it still connects."""

    def left(self, socket: Socket, room: str) -> None:
        """It hears a room no longer."""


class _Index:
    """Who hears what, of one kind of sockets: each kind is told events in frames of its own."""

    __slots__ = ("everyone", "rooms")

    def __init__(self) -> None:
        self.everyone: dict[str, Members] = {}
        self.rooms: dict[tuple[str, str], Members] = {}

    def drop(self, socket: Socket, room: str) -> None:
        """It hears this room no longer."""
        members = self.rooms[socket.namespace, room]
        del members[socket.sid]
        if not members:
            del self.rooms[socket.namespace, room]


class Rooms:
    """The sockets of this node. A socket that disconnected is in no room but still found by its
    sid, until its last handler is done with it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sockets: Members = {}
        self._plain = _Index()
        self._recovering = _Index()
        self.watch: Watch | None = None
        """Told what becomes of sockets, while somebody wants to know."""
        self.now: Callable[[], Position] = lambda: (0, 0, 0, 0)
        """Where in the order of all nodes this one stands, if anybody wants to know."""

    def set_server(self, server: object) -> None:
        """Python-socketio's: it makes its client manager known to itself. Not needed."""

    def add(self, socket: Socket) -> None:
        """A socket begins to connect; what it hears meanwhile is held."""
        self._outbox.settle()
        self._sockets[socket.sid] = socket
        self._index(socket).everyone.setdefault(socket.namespace, {})[socket.sid] = socket

    def remove(self, socket: Socket) -> None:
        """A socket disconnected and hears nothing any more; `rooms` still says where it was."""
        self._outbox.settle()
        index = self._index(socket)
        del index.everyone[socket.namespace][socket.sid]
        for room in socket.rooms:
            index.drop(socket, room)

    def forget(self, socket: Socket) -> None:
        """The disconnected socket's last handler is done."""
        self._sockets.pop(socket.sid, None)

    def find(self, sid: str, namespace: str) -> Socket | None:
        """The socket, also while it connects and while its disconnect handler runs."""
        socket = self._sockets.get(sid)
        return socket if socket is not None and socket.namespace == namespace else None

    def join(self, socket: Socket, room: str) -> None:
        """Hear `room`. A socket that has disconnected meanwhile joins nothing."""
        if not socket.live or room in socket.rooms or room == socket.sid:
            return
        self._outbox.settle()
        socket.rooms[room] = self.now()
        self._index(socket).rooms.setdefault((socket.namespace, room), {})[socket.sid] = socket
        if self.watch is not None:
            self.watch.joined(socket, room)

    def leave(self, socket: Socket, room: str) -> None:
        """Hear `room` no longer."""
        if not socket.live or room not in socket.rooms:
            return
        self._outbox.settle()
        del socket.rooms[room]
        self._index(socket).drop(socket, room)
        if self.watch is not None:
            self.watch.left(socket, room)

    def members(self, namespace: str, rooms: Sequence[str]) -> Members:
        """Who hears these rooms, each once; everyone in the namespace where there are none. A sid
        is a room of its own. The result may be live: it is read at once or given to the outbox."""
        plain, recovering = self.plain(namespace, rooms), self.recovering(namespace, rooms)
        return plain | recovering if plain and recovering else plain or recovering

    def plain(self, namespace: str, rooms: Sequence[str]) -> Members:
        """Those of the members who are told no offset."""
        if len(rooms) == 1:  # by the shortest way: nearly all are
            return self._members_of(self._plain, namespace, rooms[0])
        return self._of_kind(self._plain, namespace, rooms)

    def recovering(self, namespace: str, rooms: Sequence[str]) -> Members:
        """Those of the members who are told the offset of each event."""
        return self._of_kind(self._recovering, namespace, rooms)

    def has_members(self, namespace: str, room: str) -> bool:
        """Whether somebody hears this room."""
        key = (namespace, room)
        if key in self._plain.rooms or key in self._recovering.rooms:
            return True
        socket = self.find(room, namespace)
        return socket is not None and socket.live

    def sizes(self) -> Iterator[tuple[str, str, int]]:
        """Each room in which somebody is, by its namespace and name, and how many are."""
        plain, recovering = self._plain.rooms, self._recovering.rooms
        for key in (*plain, *(key for key in recovering if key not in plain)):
            yield *key, len(plain.get(key, ())) + len(recovering.get(key, ()))

    def count(self, namespace: str) -> int:
        """How many sockets there are in a namespace."""
        kinds = (self._plain, self._recovering)
        return sum(len(kind.everyone.get(namespace, ())) for kind in kinds)

    def tasks(self) -> list[asyncio.Task[None]]:
        """The running handlers of all sockets, those that have disconnected included."""
        return [task for socket in self._sockets.values() if (task := socket.inbox.task)]

    def broadcast(self, members: Members, frames: bytes, skip: Sequence[str] = ()) -> None:
        """Frames, made once, to each member but the sids in `skip`."""
        left_out = [sid for sid in skip if sid in members] if skip else ()
        if left_out:
            members = members.copy()
            for sid in left_out:
                del members[sid]
        if members:
            self._outbox.broadcast(_sinks(members), frames)

    def _index(self, socket: Socket) -> _Index:
        return self._plain if socket.returning is None else self._recovering

    def _of_kind(self, index: _Index, namespace: str, rooms: Sequence[str]) -> Members:
        if not rooms:
            return index.everyone.get(namespace, {})
        if len(rooms) == 1:
            return self._members_of(index, namespace, rooms[0])
        union: Members = {}
        for room in rooms:
            union.update(self._members_of(index, namespace, room))
        return union

    def _members_of(self, index: _Index, namespace: str, room: str) -> Members:
        members = index.rooms.get((namespace, room))
        if members is not None:
            return members
        if room not in self._sockets:
            return {}
        socket = self.find(room, namespace)
        if socket is None or not socket.live or self._index(socket) is not index:
            return {}
        return {room: socket}


def _sinks(members: Members) -> dict[str, HasSink]:
    # The same object seen as what the outbox needs of it: dict is invariant in its values.
    return members  # type: ignore[return-value]
