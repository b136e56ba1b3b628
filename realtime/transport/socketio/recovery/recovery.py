"""Taking clients back: what a pid and an offset are worth, and what is told to whom they belong."""

import asyncio
from collections.abc import Callable, Container, Sequence
from typing import Any, Final

import orjson

from realtime.transport.backplane import Place
from realtime.transport.settings import RecoverySettings
from realtime.transport.socketio import packets
from realtime.transport.socketio.recovery import positions, records
from realtime.transport.socketio.recovery.arrival import Return, missed
from realtime.transport.socketio.recovery.keeping import Keeping
from realtime.transport.socketio.recovery.metrics import REPLAYED, RETURNS
from realtime.transport.socketio.recovery.positions import Offset
from realtime.transport.socketio.recovery.records import Awaited, Key, Record, Records
from realtime.transport.socketio.recovery.telling import Telling
from realtime.transport.socketio.recovery.window import Unsure
from realtime.transport.socketio.sockets import Held, Returning, Socket

REACH_SECONDS: Final = 2.0
"""How long a node that has heard less than a client waits until it has caught up with it."""

FORGOTTEN: Final = frozenset(("another epoch", "too old"))
"""Why events are lost that are only forgotten here."""

_LOOK_SECONDS: Final = 0.01
_MOST_PID: Final = 64


class Recovery:
    """The sockets of this node that may come back, and those that do.

    A socket connects: `arrives`, then its connect handler, which may ask to `recover` it, then
    `accepted` and `settled`. It goes: `left`.
    """

    def __init__(
        self,
        settings: RecoverySettings,
        telling: Telling,
        flush: Callable[[], None],
        process: str,
    ) -> None:
        self._settings = settings
        self._telling = telling
        self._flush = flush
        self.process = process
        """A name that no other process has."""
        self._records = Records(settings.remembered, settings.sessions)
        self.awaited = Awaited(settings.window)
        self.keeping = Keeping(self._records, self.awaited, telling, settings)
        self.wants: Callable[[dict[str, Any], str], bool] = lambda _environ, _namespace: True
        """Told environ and namespace of a new socket: whether it takes part."""
        self.end: Callable[[Return], None] = lambda _back: None
        """Ends the former connection of who is back, wherever it is."""

    def takes_part(self, environ: dict[str, Any], namespace: str) -> Returning | None:
        """What a new socket gets if it takes part."""
        if not self.wants(environ, namespace):
            return None
        self._telling.wake()
        return Returning(self._telling.window.next_number, self._telling.now or (0, 0, 0, 0))

    async def arrives(self, socket: Socket, returning: Returning, auth: dict[str, Any]) -> None:
        """A socket connects: find out whether it has been here before."""
        pid, given = auth.get("pid"), auth.get("offset")
        if not isinstance(pid, str) or not pid:
            return
        record = None if len(pid) > _MOST_PID else await self.keeping.find(records.key_of(pid))
        if record is None or record.namespace != socket.namespace:
            RETURNS.labels("nothing", "unknown pid").inc()
            return
        back = Return(pid, record, positions.read(given), record.node, record.socket)
        if given is not None and back.offset is None:
            back.lost = "unknown offset"
        returning.back = back
        if isinstance(socket.sink, Held):
            socket.sink.droppable = True

    async def recover(self, socket: Socket, but: Container[str] = ()) -> bool:
        """Tell a socket what it missed in the rooms that it is in by now: all of it, or nothing.

        What has a place in one of the orders `but` is none of its business any more. Waits while
        this node has heard less than the client. What was sent to it before is dropped: it is among
        what it missed.
        """
        back = None if socket.returning is None else socket.returning.back
        if back is None or back.lost == "unknown offset" or not isinstance(socket.sink, Held):
            return False
        await self._reach(back)
        back.lost = self._lost(socket, back)
        if back.lost:
            return False
        back.missed = [each for each in back.missed if each.order not in but]
        self._hear_from_now(socket.sink)
        back.number, back.epoch = self._telling.window.next_number, self._telling.epoch
        return True

    def heard_up_to(self, back: Return) -> Place | None:
        """Up to which place it has heard everything; None where that is of another epoch, or
        cannot be told."""
        offset, record = back.offset, back.record
        if offset is not None:
            return offset.at[:3] if offset.epoch == self._telling.epoch else None
        never = back.lost != "unknown offset" and record.epoch == self._telling.epoch
        return record.since[:3] if never else None

    def forgotten(self, socket: Socket) -> Return | None:
        """Who came back to find what it missed forgotten here, though it may be kept elsewhere."""
        back = None if socket.returning is None else socket.returning.back
        return back if back is not None and back.lost in FORGOTTEN else None

    def hear_from_now(self, socket: Socket) -> None:
        """What a socket missed until now will be told later, what follows as it comes."""
        back = self.forgotten(socket)
        if back is not None and isinstance(socket.sink, Held):
            self._hear_from_now(socket.sink)
            back.number, back.epoch = self._telling.window.next_number, self._telling.epoch
            back.since = self._telling.now
            back.mark = self._telling.mark(None)

    def tell_later(self, socket: Socket, said: Sequence[bytes]) -> bool:
        """Tell a socket these frames, all of them. False if they are too many."""
        back = self.forgotten(socket)
        if back is None or back.since is None:
            return False
        if sum(map(len, said)) > self._settings.bytes:
            back.lost = "too much"
            return False
        if back.epoch != self._telling.epoch:
            return False
        # Whoever is lost in the middle of them cannot say so, and begins anew.
        last = self._telling.offset(back.since, back.mark)
        offsets = [positions.UNSURE] * (len(said) - 1) + [last]
        told = zip(said, offsets, strict=False)
        back.frames = [packets.with_offset(frames, offset) for frames, offset in told]
        back.lost = ""
        return True

    def _hear_from_now(self, sink: Held) -> None:
        self._flush()
        sink.drop()
        sink.droppable = False

    def refuse(self, socket: Socket, reason: str) -> None:
        """Who came with this pid may have nothing of it, not even its rooms."""
        if socket.returning is not None:
            socket.returning.back = None
            if isinstance(socket.sink, Held):
                socket.sink.droppable = False
            RETURNS.labels("nothing", reason).inc()

    def accepted(self, socket: Socket, returning: Returning) -> tuple[str, Sequence[bytes]]:
        """A socket is connected: its pid, and what it missed."""
        back = returning.back
        if back is None or back.lost:
            return self._begin(socket, returning, back), ()
        if back.frames is not None:
            return self._resume(socket, returning, back, back.frames)
        record, offset = back.record, back.offset
        last = None if offset is None or offset.epoch != record.epoch else offset.at
        record.said = back.missed[-1].said if back.missed else last
        record.exact, record.looked = True, back.number
        self._own(socket, returning, record)
        RETURNS.labels("recovered", "").inc()
        REPLAYED.inc(len(back.missed))
        return back.pid, [self._telling.told(entry, back.epoch) for entry in back.missed]

    def settled(self, returning: Returning) -> None:
        """The new connection stands, and all know it: the former one ends."""
        back, returning.back = returning.back, None
        if back is not None:
            self.end(back)

    def left(self, socket: Socket, *, on_purpose: bool) -> None:
        """A socket is gone; who left on purpose begins anew."""
        record = None if socket.returning is None else socket.returning.record
        if record is None or record.socket is not socket:
            return
        if on_purpose:
            self.keeping.forget(record)
        else:
            self.keeping.look(record)
            self._records.close(record)
            self.awaited.add([(socket.namespace, room) for room in socket.rooms])
            self.keeping.soon(record)
        record.socket = None

    def may_return(self, socket: Socket) -> bool:
        """Whether the client of a socket that has gone may come back as itself."""
        record = None if socket.returning is None else socket.returning.record
        return record is not None and self._records.find(record.key) is record and not record.socket

    def given_away(self, key: Key) -> Socket | None:
        """A client has come back on another node: its socket here, if there still is one."""
        record = self._records.find(key)
        if record is None:
            return None
        self.keeping.give_away(key)
        former, record.socket = record.socket, None
        return former

    def note(self, socket: Socket, note: Any) -> None:
        """What the application wants to know when this client comes back; JSON."""
        if socket.returning is None:
            return
        # A copy: what orjson gives has four kilobytes however little is in them.
        socket.returning.note = packed = bytes(memoryview(orjson.dumps(note)))
        record = socket.returning.record
        if record is not None and record.socket is socket:
            record.note = packed
            self.keeping.later(record)

    async def _reach(self, back: Return) -> None:
        offset = back.offset
        if offset is None or offset.epoch != self._telling.epoch:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + REACH_SECONDS
        while not self._has_told(back.record, offset) and loop.time() < until:  # noqa: ASYNC110 - brief
            await asyncio.sleep(_LOOK_SECONDS)

    def _has_told(self, record: Record, offset: Offset) -> bool:
        return self._telling.has_told(offset.at, here=record.told_by(self.process, offset.at))

    def _lost(self, socket: Socket, back: Return) -> str:
        """Why the events are lost; empty where they were found."""
        epoch, offset = self._telling.epoch, back.offset
        self.keeping.look(back.record)  # where it is half open
        if back.record.epoch != epoch:
            return "another epoch"
        if offset is not None and offset.epoch != epoch:
            if back.record.said is not None or not back.record.exact:
                return "another epoch"
            offset = None  # it came over from another, and has heard nothing since
        if offset is not None and not self._has_told(back.record, offset):
            return "ahead of this node"
        try:
            back.missed = missed(socket, back.record, offset, self._telling.window, self.process)
        except Unsure as unsure:
            return str(unsure)
        size = sum(len(entry.delivery.frames) for entry in back.missed)
        too_much = len(back.missed) > self._settings.events or size > self._settings.bytes
        return "too much" if too_much else ""

    def _resume(
        self, socket: Socket, returning: Returning, back: Return, frames: Sequence[bytes]
    ) -> tuple[str, Sequence[bytes]]:
        """With its pid, in the order that nodes hear by now."""
        record = back.record
        record.epoch, record.since = back.epoch, back.since or returning.since
        record.upto, record.said = record.since, record.since if frames else None
        record.exact, record.looked, record.rooms = True, back.number, {}
        self._own(socket, returning, record)
        RETURNS.labels("recovered", "from the database").inc()
        REPLAYED.inc(len(frames))
        return back.pid, frames

    def _begin(self, socket: Socket, returning: Returning, back: Return | None) -> str:
        """A new pid, and what it is good for."""
        if back is not None:
            RETURNS.labels(back.outcome, back.lost).inc()
        pid, since = records.new_pid(), returning.since
        key, epoch = records.key_of(pid), self._telling.epoch
        record = Record(key, socket.namespace, epoch, since, since)
        record.looked = returning.number
        if back is not None:
            record.former = back.record.former
            self.keeping.forget(back.record)
        self._own(socket, returning, record)
        return pid

    def _own(self, socket: Socket, returning: Returning, record: Record) -> None:
        known = self._records.find(record.key)
        if known is not None and known.socket is not None and returning.back is not None:
            # The latest of several that came at once: it takes over from them all.
            returning.back.former, known.socket = known.socket, None
        former = [*record.former, socket.session.id, socket.sid]
        record.former = former[-records.MOST_FORMER :]
        if record.node != self.process or record.here is None:
            record.here = returning.since
        for room in socket.rooms:
            socket.rooms[room] = record.rooms.get(room, record.since)
        record.rooms = socket.rooms
        record.note, record.node, record.socket = returning.note, self.process, socket
        returning.record = record
        self._records.open(record)
        self.keeping.later(record)
