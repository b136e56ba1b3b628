"""Packets with binary attachments, which come as messages of their own behind them."""

from collections.abc import Callable, Sequence

from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.wire.codec import MalformedError
from realtime.transport.socketio import packets
from realtime.transport.socketio.packets import Header
from realtime.transport.socketio.sockets import Assembly, peer_of

Whole = Callable[[Session, Header, bytes, Sequence[bytes]], None]
"""Takes a packet and all its attachments. Raises MalformedError."""


class Assembling:
    """Keeps each session's packet until its attachments are there; one that breaks the protocol
    or goes beyond a bound is closed."""

    def __init__(self, engine: Engine, whole: Whole) -> None:
        self._engine = engine
        self._hand_on = whole

    def begin(self, session: Session, header: Header, message: bytes) -> None:
        """A packet that says how many attachments follow."""
        if header.attachments > self._engine.settings.attachments:
            self._engine.close(session, reasons.TOO_MANY_ATTACHMENTS)
        elif header.attachments == 0:
            self._whole(session, Assembly(header, message))
        else:
            peer_of(session).assembly = Assembly(header, message, [], len(message))

    def add(self, session: Session, message: bytes) -> None:
        """One attachment."""
        peer = peer_of(session)
        assembly = peer.assembly
        if assembly is None:
            self._engine.close(session, reasons.PARSE_ERROR)
            return
        assembly.attachments.append(message)
        assembly.size += len(message)
        if assembly.size > self._most(session):
            self._engine.close(session, reasons.TOO_LARGE)
        elif len(assembly.attachments) == assembly.header.attachments:
            peer.assembly = None
            self._whole(session, assembly)

    def _most(self, session: Session) -> int:
        """Bytes of one packet's attachments; little until a namespace has let the client in."""
        if session.admitted:
            return self._engine.settings.attachment_bytes
        return self._engine.settings.max_payload_before_connect

    def _whole(self, session: Session, assembly: Assembly) -> None:
        header = assembly.header
        kind = packets.EVENT if header.kind == packets.BINARY_EVENT else packets.ACK
        header = header._replace(kind=kind)
        try:
            self._hand_on(session, header, assembly.message, assembly.attachments)
        except MalformedError:
            self._engine.close(session, reasons.PARSE_ERROR)
