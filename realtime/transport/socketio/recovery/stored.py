"""What an application can tell later than this server remembers, since it keeps it elsewhere."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from realtime.transport.backplane import Command, Delivery, Place
from realtime.transport.socketio.emission import Emission
from realtime.transport.socketio.publisher import HearSaid, Publisher
from realtime.transport.socketio.recovery.positions import Offset
from realtime.transport.socketio.recovery.records import Record
from realtime.transport.socketio.recovery.returns import Returns
from realtime.transport.socketio.recovery.telling import Mark
from realtime.transport.socketio.rooms import Rooms
from realtime.transport.socketio.sockets import Socket
from realtime.transport.socketio.steps import delivery_of

Order = tuple[str, int]


class Absent(NamedTuple):
    """Where a client stood when it left: all that was said up to `at`, in this epoch, has reached
    it, but perhaps not what was said from `low` on. `mark` is what `mark_with` gave by then.
    `former` are its sessions and sockets of before."""

    epoch: str
    at: Place
    low: Place | None
    mark: str | None
    former: tuple[str, ...]


def absent(record: Record, offset: Offset | None) -> Absent:
    """Where a client stood that came back with this offset."""
    unheard = record.exact and record.said is None
    came_over = offset is not None and offset.epoch != record.epoch and unheard
    if offset is None or came_over or (offset.epoch == record.epoch and offset.at < record.since):
        # It has heard nothing since it began to hear here.
        at = record.upto if unheard else record.since
        return Absent(record.epoch, at[:3], None, None, tuple(record.former))
    # Of a room that it came into since, it has what was said before from elsewhere.
    moved = any(at > offset.at for at in record.rooms.values())
    mark = None if moved else offset.mark
    if record.exact and record.said == offset.at:  # and nothing that was for it since
        return Absent(record.epoch, record.upto[:3], None, mark, tuple(record.former))
    low = None if offset.low is None else offset.low[:3]
    return Absent(offset.epoch, offset.at[:3], low, mark, tuple(record.former))


class ToldLater:
    """The part of `Server` by which an application tells what is older than the window.

    It hears at which place each step of an order is said, and keeps that. When `recover` has failed
    it asks how a socket was `absent`, lets it `hear_from_now` on, reads what was said between, and
    has that told by `tell_later`.
    """

    _returns: Returns
    _publisher: Publisher
    _rooms: Rooms

    def hear_said(self, hear: HearSaid, end: Callable[[str, Place], None]) -> None:
        """Call `hear` with each step of an order that is said here: its place (None while nodes do
        not hear one another), the step, and between which times (ms) other nodes may say it, where
        that is not just there. Call `end` with an epoch and the place where it ends here, before
        anything follows. Before `start`."""
        self._publisher.hear_said = hear
        if self._publisher.telling is not None:
            self._publisher.telling.ended = end

    def mark_with(self, mark: Mark) -> None:
        """What to write into offsets of what was said until now, and of a step that is being said
        (None: none is): at most 200 lower-case letters, digits and hyphens."""
        if self._publisher.telling is not None:
            self._publisher.telling.mark = mark

    @property
    def stands(self) -> tuple[str, Place] | None:
        """The epoch, and the place in it up to which all was heard; None where there is none."""
        telling = self._publisher.telling
        return None if telling is None or telling.here is None else (telling.epoch, telling.here)

    def absent(self, sid: str, namespace: str = "/") -> Absent | None:
        """Where a returning socket stood; None if it was recovered or nothing can be told it."""
        socket, recovery = self._rooms.find(sid, namespace), self._returns.recovery
        back = None if socket is None or recovery is None else recovery.forgotten(socket)
        return None if back is None else absent(back.record, back.offset)

    def hear_from_now(self, sid: str, namespace: str = "/") -> None:
        """What was sent to a returning socket until now is dropped: it will be told later."""
        socket, recovery = self._rooms.find(sid, namespace), self._returns.recovery
        if socket is not None and recovery is not None:
            recovery.hear_from_now(socket)

    def tell_later(
        self, sid: str, steps: Iterable[Emission | Command], namespace: str = "/"
    ) -> bool:
        """Tell a returning socket what of these it would have heard, behind its CONNECT and before
        what it has heard by now. False if that is too much, or the socket has gone."""
        socket, recovery = self._rooms.find(sid, namespace), self._returns.recovery
        if socket is None or recovery is None:
            return False
        said = [delivery_of(each) for each in steps if isinstance(each, Emission)]
        return recovery.tell_later(socket, [each.frames for each in _heard(socket, said)])

    def cannot_tell(self, sid: str, reason: str, namespace: str = "/") -> None:
        """Why a returning socket gets nothing of what it missed, in few words: for the metrics."""
        socket, recovery = self._rooms.find(sid, namespace), self._returns.recovery
        back = None if socket is None or recovery is None else recovery.forgotten(socket)
        if back is not None:
            back.lost = reason


def _heard(socket: Socket, said: Iterable[Delivery]) -> Sequence[Delivery]:
    """Those for the rooms that a socket is in by now."""
    return [
        each
        for each in said
        if each.namespace == socket.namespace
        and (not each.rooms or any(room in socket.rooms for room in each.rooms))
    ]
