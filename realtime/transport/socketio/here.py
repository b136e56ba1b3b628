"""What a server says and does to the sockets of its own node only."""

from collections.abc import Sequence

from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.socketio import packets
from realtime.transport.socketio.dispatch import Dispatcher
from realtime.transport.socketio.emission import Emission
from realtime.transport.socketio.publisher import Publisher
from realtime.transport.socketio.rooms import Rooms


class Here:
    """The part of `Server` that does not go over the backplane."""

    _engine: Engine
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
