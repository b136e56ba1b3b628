"""Somebody who came back with a pid, and from where on what it missed is to be looked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.transport.socketio.recovery.positions import Offset, Position
from realtime.transport.socketio.recovery.records import Record
from realtime.transport.socketio.recovery.window import Entry, Unsure, Window
from realtime.transport.socketio.recovery.window import Key as Heard
from realtime.transport.socketio.sockets import Socket


@dataclass(slots=True)
class Return:
    """A client that came back with the pid of a session that is known."""

    pid: str
    record: Record
    offset: Offset | None
    node: str
    """The process that had its former socket."""
    former: Socket | None
    """That socket, if it is still open here."""
    lost: str = "not asked for"
    """Why it cannot have its events; empty where it can."""
    missed: Sequence[Entry] = ()
    epoch: str = ""
    """The order in which what it is told has its places; another may begin while it connects."""
    number: int = 0
    """Up to which entry of this node's window that goes; what follows is told as it comes."""
    frames: Sequence[bytes] | None = None
    """In place of `missed`: what the application tells it, if it does."""
    since: Position | None = None
    """Where it began to hear what is said as it comes, in that case."""
    mark: str = ""
    """What the application wrote into offsets there."""
    outcome: str = "rooms"
    """What it gets where it does not get its events."""


def _after_silence(record: Record, offset: Offset | None) -> Position:
    """Where to begin for a client that had all that was sent to it by then, however long ago the
    last of it was. Raises Unsure."""
    if not record.exact or record.said != (None if offset is None else offset.at):
        raise Unsure("too old")
    return record.upto


def _heard_since(socket: Socket, record: Record, after: Position) -> dict[Heard, Position]:
    """Everywhere a socket hears, its former selves included, and what it missed there begins with.

    What was said in a room before it was there it has from elsewhere.
    """
    since = {room: max(after, record.rooms.get(room, after)) for room in socket.rooms}
    since |= dict.fromkeys(("", socket.sid, *record.former), after)
    return {(socket.namespace, name): position for name, position in since.items()}


def missed(
    socket: Socket, record: Record, offset: Offset | None, window: Window, process: str
) -> Sequence[Entry]:
    """What was said, as far as this process's window remembers it, while it was away. Raises
    Unsure."""
    after, low = (record.since, None) if offset is None else (offset.at, offset.low)
    after = max(after, record.since)
    low = None if record.told_by(process, after) else low
    if not window.covers(low or after):
        after, low = _after_silence(record, offset), None
        if not window.covers(after):
            raise Unsure("too old")
    own = {*record.former, *socket.rooms}
    here = record.told_by(process, after)
    return window.missed(_heard_since(socket, record, after), low, own, here=here)
