"""What a server says and does to the sockets of its own node only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realtime.transport.engineio import reasons
from realtime.transport.engineio.counted import Tally
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.entrance import Entrance
from realtime.transport.socketio import packets
from realtime.transport.socketio.dispatch import Dispatcher
from realtime.transport.socketio.emission import Emission
from realtime.transport.socketio.publisher import Publisher
from realtime.transport.socketio.rooms import Rooms, Watch


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is with a socket."""

    session: str
    transport: str
    """`polling` or `websocket`."""
    environ: Mapping[str, Any]
    since: float
    """When it came, a Unix time."""
    rooms: Sequence[str]
    waiting: int
    """Bytes that it has been sent and its client has not taken yet."""
    unhandled: int
    """Events of its client's that wait for their handler."""


class Here:
    """The part of `Server` that does not go over the backplane."""

    _engine: Engine
    _entrance: Entrance
    _dispatcher: Dispatcher
    _publisher: Publisher
    _rooms: Rooms

    def send_here(self, emission: Emission, but: Sequence[str] = ()) -> None:
        """Send an event to this node's sockets, but to none that is in one of the rooms `but`.

        It is encoded only if somebody hears it, or may come back and hear it then. Raises TypeError
        for what JSON cannot say.
        """
        self._publisher.send_here(emission, but)

    def hears_here(self, room: str, namespace: str = "/") -> bool:
        """Whether somebody on this node hears a room, or may come back and be told."""
        return self._publisher.keeps or self._rooms.has_members(namespace, room)

    def sids_here(
        self, rooms: Sequence[str], namespace: str = "/", but: Sequence[str] = ()
    ) -> list[str]:
        """This node's sockets in these rooms (everyone's, where there are none), and in none of the
        rooms `but`."""
        left_out = self._rooms.members(namespace, but) if but else ()
        return [sid for sid in self._rooms.members(namespace, rooms) if sid not in left_out]

    def standing(self, sid: str, namespace: str = "/") -> Standing | None:
        """How it is with a socket of this node; None for one that has gone."""
        socket = self._rooms.find(sid, namespace)
        if socket is None or not socket.live:
            return None
        session = socket.session
        return Standing(
            session.id,
            session.link.name,
            session.environ,
            socket.since,
            tuple(socket.rooms),
            session.backlog_bytes,
            session.queued,
        )

    def waiting_bytes(self) -> int:
        """What all clients of this node have been sent and have not taken yet."""
        return sum(session.backlog_bytes for session in self._engine.sessions.values())

    def count_bytes(self) -> Tally:
        """Add up the bytes of all connections that come from now on; before the server starts."""
        self._entrance.tally = self._entrance.tally or Tally()
        return self._entrance.tally

    def stamp_pings_with(self, stamp: Callable[[], Any]) -> None:
        """What to remember of the moment in which a client is pinged; see `proved`."""
        self._engine.stamp = stamp

    def proved(self, sid: str, namespace: str = "/") -> Any:
        """What the stamp said at the last ping that a socket's client has answered, or when it
        came: whatever was sent to it before has arrived. None for an unknown sid."""
        socket = self._rooms.find(sid, namespace)
        return None if socket is None else socket.session.proved

    def watch_with(self, watch: Watch | None) -> None:
        """Tell this what becomes of the sockets of this node; None: nobody."""
        self._rooms.watch = watch

    def rooms_here(self) -> Iterator[tuple[str, str, int]]:
        """Each room that a socket of this node hears: namespace, name, how many do."""
        return self._rooms.sizes()

    def sessions_here(self) -> tuple[int, int]:
        """How many sessions this node has, and how many of them by polling."""
        links = [session.link.name for session in self._engine.sessions.values()]
        return len(links), links.count("polling")

    def count_here(self, namespace: str = "/") -> int:
        """How many sockets of this node are in a namespace."""
        return self._rooms.count(namespace)

    def disconnect_here(self, sid: str, namespace: str = "/", *, close: bool = False) -> None:
        """Put a socket of this node out of its namespace, or `close` its whole connection as well.

        Its client is told and does not come back by itself; see `close_session` for one that does.
        """
        socket = self._rooms.find(sid, namespace)
        if socket is None or not socket.live:
            return
        self._engine.outbox.send(socket.session, packets.disconnect(socket.namespace))
        self._dispatcher.dismiss(socket, reasons.SERVER_DISCONNECT)
        if close:
            self._engine.close(socket.session, reasons.SERVER_DISCONNECT)
