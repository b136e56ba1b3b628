"""Socket.IO v5 over Engine.IO sessions: packets in, handlers called, answers out."""

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import Sequence
from inspect import isawaitable
from types import CoroutineType
from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refusal

from realtime.cancelled import raise_if_cancelled
from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.wire.codec import MalformedError
from realtime.transport.failure import place
from realtime.transport.socketio import packets
from realtime.transport.socketio.acks import answer_lost
from realtime.transport.socketio.assembling import Assembling
from realtime.transport.socketio.emission import arguments
from realtime.transport.socketio.handlers import Handlers
from realtime.transport.socketio.inbox import start_task
from realtime.transport.socketio.packets import Header
from realtime.transport.socketio.recovery.recovery import Recovery
from realtime.transport.socketio.rooms import Rooms
from realtime.transport.socketio.sockets import Held, Peer, Socket, State, peer_of

log = logging.getLogger("realtime.transport")

CONNECT_COST = 20
"""What a CONNECT draws on a session's budget: it makes a socket, a task and a look at a token."""

_JOB_COST = 256
"""Bytes that a waiting event costs beside its own."""


class Dispatcher:
    """The receiver of a Socket.IO server's sessions."""

    def __init__(self, engine: Engine, handlers: Handlers, rooms: Rooms) -> None:
        self._engine = engine
        self._handlers = handlers
        self._rooms = rooms
        self._depth = engine.settings.json_depth
        self._assembling = Assembling(engine, self._packet)
        self.recovery: Recovery | None = None
        """Takes clients back, if anybody does."""

    def opened(self, session: Session) -> None:
        """A client is there; it speaks first."""
        session.received = Peer()

    def text(self, session: Session, message: bytes) -> None:
        """One packet, or the header of one whose attachments follow."""
        peer: Peer = session.received
        if peer.assembly is not None:
            self._engine.close(session, reasons.PARSE_ERROR)
            return
        start = packets.main_event(message)
        if start and (socket := peer.sockets.get("/")) is not None:
            inbox, ack = socket.inbox, message[2:start]
            if inbox.busy:
                size = len(message) + _JOB_COST
                inbox.put(size, self._run_event, socket, message, start, ack)
            else:
                inbox.begin(self._run_event(socket, message, start, ack))
            return
        try:
            header = packets.header(message)
            if header.kind >= packets.BINARY_EVENT:
                self._assembling.begin(session, header, message)
            else:
                self._packet(session, header, message, ())
        except MalformedError:
            self._engine.close(session, reasons.PARSE_ERROR)

    def binary(self, session: Session, message: bytes) -> None:
        """One attachment."""
        self._assembling.add(session, message)

    def closed(self, session: Session, reason: str) -> None:
        """The session is over, and with it its sockets."""
        peer = peer_of(session)
        peer.assembly = None
        for socket in tuple(peer.sockets.values()):
            self.disconnect(socket, reason)

    def work(self, session: Session) -> list[asyncio.Task[None]]:
        """The handlers of its sockets that still run."""
        sockets = peer_of(session).sockets.values()
        return [task for socket in sockets if (task := socket.inbox.task)]

    def dismiss(self, socket: Socket, reason: str) -> None:
        """The socket leaves on purpose, its client's or ours: it does not come back as itself."""
        if self.recovery is not None and socket.live:
            self.recovery.left(socket, on_purpose=True)
        self.disconnect(socket, reason)

    def disconnect(self, socket: Socket, reason: str) -> None:
        """The socket hears nothing more; its handler is told when the events before it are done."""
        if not socket.live:
            return
        if self.recovery is not None:
            self.recovery.left(socket, on_purpose=False)
        socket.end(reason)
        self._rooms.remove(socket)
        sockets = peer_of(socket.session).sockets
        del sockets[socket.namespace]
        if not sockets:
            self._engine.unconnected(socket.session)
        for answer in socket.answers.values():
            answer_lost(answer)
        socket.answers.clear()
        # Where it was never connected, its connect handler is still running and sees to the rest.
        if socket.state is State.GONE:
            if self._rooms.watch is not None:
                self._rooms.watch.disconnected(socket, reason)
            socket.inbox.put(0, self._run_disconnect, socket, reason)

    def _packet(
        self, session: Session, header: Header, message: bytes, attachments: Sequence[bytes]
    ) -> None:
        socket = peer_of(session).sockets.get(header.namespace)
        if header.kind == packets.CONNECT:
            self._connect(session, header, message)
        elif socket is None:
            # A packet that crossed our DISCONNECT on its way. Garbage is refused all the same.
            if header.kind == packets.CONNECT_ERROR:
                raise MalformedError("a client does not refuse")
        elif header.kind == packets.EVENT:
            size = len(message) + sum(map(len, attachments)) + _JOB_COST
            start, ack = header.start, header.ack
            socket.inbox.put(size, self._run_event, socket, message, start, ack, attachments)
        elif header.kind == packets.ACK:
            self._answered(socket, header, message, attachments)
        elif header.kind == packets.DISCONNECT:
            self.dismiss(socket, reasons.CLIENT_DISCONNECT)
        else:
            raise MalformedError("a client does not refuse")

    def _connect(self, session: Session, header: Header, message: bytes) -> None:
        self._engine.charge(session, CONNECT_COST)
        peer, settings = peer_of(session), self._engine.settings
        peer.connects += 1
        if peer.connects > settings.connects or peer.connecting >= settings.connects_at_once:
            self._engine.close(session, reasons.TOO_MANY_CONNECTS)
            return
        auth = packets.connect_payload(message, header.start, self._depth)
        namespace = header.namespace
        if namespace in peer.sockets:
            raise MalformedError("connected already")
        if not self._handlers.serves(namespace):
            # Unlike the token's, this refusal needs no handler and waits for none.
            refusal = packets.connect_error(namespace, {"message": "Invalid namespace"})
            self._engine.outbox.send(session, refusal)
            return
        held = Held(session)
        socket = Socket(self._engine.ids.new(), namespace, session, held)
        if self.recovery is not None:
            socket.returning = self.recovery.takes_part(session.environ, namespace)
        peer.sockets[namespace] = socket
        peer.connecting += 1
        self._rooms.add(socket)
        self._engine.connected(session)
        socket.inbox.put(0, self._run_connect, socket, held, auth)

    async def _run_connect(self, socket: Socket, held: Held, auth: dict[str, Any] | None) -> None:
        try:
            await self._connected_or_not(socket, held, auth)
        finally:
            peer_of(socket.session).connecting -= 1

    async def _connected_or_not(
        self, socket: Socket, held: Held, auth: dict[str, Any] | None
    ) -> None:
        try:
            if self.recovery is not None and socket.returning is not None and auth:
                await self.recovery.arrives(socket, socket.returning, auth)
            accepted = await self._handlers.connect(socket, auth)
            refusal = None if accepted is not False else Refusal().error_args
        except Refusal as error:
            refusal = error.error_args
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the client is to come back
            raise_if_cancelled(error)
            log.error("connect handler of %s failed: %s", socket.sid, place(error))
            self._engine.close(socket.session, reasons.CONNECT_FAILED)
            self._rooms.forget(socket)
            return
        # What is on its way to the held sink must arrive before the sink changes, and may end the
        # session.
        self._engine.outbox.flush()
        if not socket.live:
            await self._left_while_connecting(socket, refused=refusal is not None)
        elif refusal is not None:
            self._refuse(socket, refusal)
        else:
            self._accept(socket, held)

    def _accept(self, socket: Socket, held: Held) -> None:
        """Send the CONNECT packet and, behind it, what the connect handler had sent."""
        outbox, session = self._engine.outbox, socket.session
        self._engine.admitted(session)
        pid: str | None = None
        missed: Sequence[bytes] = ()
        if self.recovery is not None and socket.returning is not None:
            pid, missed = self.recovery.accepted(socket, socket.returning)
        connected = packets.connect(socket.namespace, socket.sid, pid)
        outbox.send(session, b"".join([connected, *missed, *held.frames]))
        socket.sink = session
        socket.state = State.CONNECTED
        if self._rooms.watch is not None:
            self._rooms.watch.connected(socket)
        if self.recovery is not None and socket.returning is not None:
            self.recovery.settled(socket.returning)

    def _refuse(self, socket: Socket, reason: Any) -> None:
        """Tell the client no; what the connect handler had sent is dropped."""
        session = socket.session
        self.disconnect(socket, reasons.SERVER_DISCONNECT)
        self._rooms.forget(socket)
        self._engine.outbox.send(session, packets.connect_error(socket.namespace, reason))

    async def _left_while_connecting(self, socket: Socket, *, refused: bool) -> None:
        """An accepted client that is gone already: the application counts it in and out again."""
        if refused:
            self._rooms.forget(socket)
        else:
            await self._run_disconnect(socket, socket.reason)

    async def _run_event(
        self,
        socket: Socket,
        message: bytes,
        start: int,
        ack: bytes,
        attachments: Sequence[bytes] = (),
    ) -> None:
        if socket.state is State.NEVER:
            return
        try:
            values = packets.arguments(message, start, self._depth, attachments)
            name = packets.check_name(values)
        except MalformedError:
            self._engine.close(socket.session, reasons.PARSE_ERROR)
            return
        try:
            handler = self._handlers.of(socket.namespace, name)
            if handler is not None:
                call, before = handler
                values[0] = socket.sid
                answer = call(*before, *values)
                if type(answer) is CoroutineType or isawaitable(answer):
                    answer = await answer
                if ack:
                    self._acknowledge(socket, ack, answer)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - it is nobody else's failure
            raise_if_cancelled(error)
            log.error("handler of %.64r for %s failed: %s", name, socket.sid, place(error))

    def _acknowledge(self, socket: Socket, ack: bytes, answer: Any) -> None:
        if socket.live:
            frames = packets.acknowledgement(socket.namespace, ack, arguments(answer))
            self._engine.outbox.send(socket.session, frames)

    async def _run_disconnect(self, socket: Socket, reason: str) -> None:
        try:
            await self._handlers.disconnect(socket, reason)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the socket is gone anyway
            raise_if_cancelled(error)
            log.error("disconnect handler of %s failed: %s", socket.sid, place(error))
        finally:
            self._rooms.forget(socket)

    def _answered(
        self, socket: Socket, header: Header, message: bytes, attachments: Sequence[bytes]
    ) -> None:
        values = packets.arguments(message, header.start, self._depth, attachments)
        answer = socket.answers.pop(int(header.ack), None)
        if answer is None:
            return
        try:
            result = answer(*values)
        except Exception as error:  # noqa: BLE001 - a callback's failure is nobody else's
            log.error("ack callback of %s failed: %s", socket.sid, place(error))
            return
        if hasattr(result, "__await__"):
            self._handlers.keep(start_task(result))
