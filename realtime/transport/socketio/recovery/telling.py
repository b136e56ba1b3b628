"""What is said, on its way to sockets that may ask for it again: with its offset, and kept."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from realtime.transport.backplane import Backplane, Delivery, Place, Unit
from realtime.transport.socketio import packets
from realtime.transport.socketio.ordering import LOADING_MS, Sequencer
from realtime.transport.socketio.recovery import positions
from realtime.transport.socketio.recovery.metrics import WINDOW, WINDOW_BYTES
from realtime.transport.socketio.recovery.positions import NOWHERE, Position
from realtime.transport.socketio.recovery.window import Entry, Key, Window, heard_in
from realtime.transport.socketio.rooms import Rooms
from realtime.transport.socketio.sockets import Returning

APART_MS: Final = 2_000
"""How far apart nodes may tell what each of them hears by itself."""

Mark = Callable[[tuple[str, int] | None], str]
"""Gives what an offset says of what was said until now, and of a step that is being said."""

Skipped = Callable[[Delivery], Sequence[str]]
"""Gives the sids that a delivery is not for."""


class Telling:
    """Knows where in the order of all nodes this one stands, and keeps the window.

    Where a unit of `sequencer` waits for an answer, what clients are told meanwhile says so: on
    another node it may have been told by then.
    """

    def __init__(
        self,
        backplane: Backplane,
        rooms: Rooms,
        window: Window,
        sequencer: Sequencer,
    ) -> None:
        self._backplane = backplane
        self._rooms = rooms
        self._sequencer = sequencer
        self.window = window
        self.mark: Mark = lambda _step: ""
        """What the application writes into an offset."""
        self.ended: Callable[[str, Place], None] = lambda _epoch, _here: None
        """Told of an epoch that ends, or in which nodes hear one another no more, where it does."""
        self.epoch = ""
        self._here: Place | None = None
        self._now: Position = NOWHERE
        self._left: Place | None = None
        """Where nodes ceased to hear one another."""
        self._alone: set[Key] = set()
        """Rooms in which something of an order was said here since then."""
        self._delivered = 0
        self._tidied: Place | None = None
        self._ahead = 0
        """By how many ms this node's clock is ahead of the one that places are of."""
        # Alone, nobody can come back who was not here: the window may wait for the first.
        self.awake = not backplane.alone
        """Whether what is said is kept."""

    @property
    def now(self) -> Position | None:
        """The position up to which all was told; None while this node hears only itself."""
        if self._here is None:
            return None
        now = (*self._here, self._delivered)
        if now != self._now:  # else it is shared: each socket keeps where it began, in each room
            self._now = now
        return self._now

    @property
    def here(self) -> Place | None:
        """Where the message stands that is being heard, or was heard last."""
        return self._here

    def has_told(self, at: Position, *, here: bool = False) -> bool:
        """Whether all was heard and told here up to a position, be it one that was told `here`."""
        held = None if here else self._sequencer.held_since()
        return self._here is not None and self._here[:2] >= at[:2] and (held is None or held > at)

    def wake(self) -> None:
        """Somebody may come back from now on."""
        if not self.awake:
            self.awake = True
            self.hearing()

    def hearing(self) -> None:
        """The next message is heard."""
        self._delivered = 0
        before, self._here = self._here, self._backplane.place
        if self._here is None or self._backplane.epoch != self.epoch:
            self._end(before)
        if self.awake and self._here is not None and self.window.begin is None:
            self._open(self._here)

    def _end(self, here: Place | None) -> None:
        """The order of all nodes ends, or there is none."""
        if here is not None and self.epoch:
            self._left = here
            self.ended(self.epoch, here)
        self.window.close()
        self.epoch = self._backplane.epoch

    def _open(self, here: Place) -> None:
        """What was said here alone others tell by and by."""
        self.window.open((*here, 0))
        if self._alone:
            since = min((self._left or here)[0], here[0])
            until = max(here[0], int(time.time() * 1000)) + LOADING_MS
            self.window.doubt(self._alone, since, until)
            self._alone.clear()

    def one_told_by_itself(self) -> None:
        """A node has told its own clients what others hear by and by."""
        if self._here is not None:
            self.window.one_told_by_itself(self._here[0])

    def begin(self, place: Place) -> None:
        """What follows was said from this place on, before this node listened."""
        self.epoch = self._backplane.epoch
        self.window.open((*place, 0))

    def hearing_at(self, place: Place) -> None:
        """The next message of before is heard."""
        self._here, self._delivered = place, 0

    def give(self, delivery: Delivery, unit: Unit, skipped: Skipped) -> None:
        """Tell its listeners among the sockets that take part, and keep it."""
        if self.awake:
            if self._here is None and unit.order is not None:
                self._alone.update(heard_in(delivery))
            entry = self._kept(delivery, unit.at, unit.doubt)
            if entry is not None and unit.order is not None:
                entry.order, entry.late = unit.order[0], unit.late
            self._tell(delivery, entry, lambda: skipped(delivery), unit.order)

    def give_here(self, delivery: Delivery, but: tuple[str, ...], skip: Sequence[str]) -> None:
        """As `give`, for what each node hears by itself, and about when others do. Sockets in the
        rooms `but`, which are those of `skip` here, do not hear it."""
        if self.awake:
            entry = self._kept(delivery, None, self._about_now())
            if entry is not None:
                entry.but = but
            self._tell(delivery, entry, lambda: skip)

    def told(self, entry: Entry, epoch: str) -> bytes:
        """The frames, with their offset, of an entry that was said in an epoch."""
        if entry.told is not None:
            return entry.told
        offset = positions.written(entry.said, None, epoch.encode())
        frames = packets.with_offset(entry.delivery.frames, offset)
        return self.window.keep_told(entry, frames)

    def to_one(self, returning: Returning, frames: bytes) -> bytes:
        """An event for one socket, which nobody keeps: it repeats where the socket stands."""
        now = self.now
        if now is None:
            return packets.with_offset(frames, positions.UNSURE)
        returning.told = now
        return packets.with_offset(frames, self.offset(now, self.mark(None)))

    def offset(self, at: Position, mark: str) -> bytes:
        """What a client is told of a position, and the application's mark of it."""
        return positions.written(at, self._sequencer.asked_since(), self.epoch.encode(), mark)

    def tidy(self) -> None:
        """Let go of what is too old."""
        now = int(time.time() * 1000)
        if self._here is not None and self._here != self._tidied:
            self._tidied, self._ahead = self._here, now - self._here[0]
        now -= self._ahead
        self.window.trim(now)
        WINDOW.set(self.window.seconds(now))
        WINDOW_BYTES.set(self.window.bytes)

    def _tell(
        self,
        delivery: Delivery,
        entry: Entry | None,
        skipped: Callable[[], Sequence[str]],
        step: tuple[str, int] | None = None,
    ) -> None:
        members = self._rooms.recovering(delivery.namespace, delivery.rooms)
        if not members:
            return
        offset = positions.UNSURE if entry is None else self.offset(entry.said, self.mark(step))
        frames = packets.with_offset(delivery.frames, offset)
        if entry is not None:
            self.window.keep_told(entry, frames)
        self._rooms.broadcast(members, frames, skipped())

    def _about_now(self) -> tuple[int, int] | None:
        if self._here is None or self._backplane.alone:
            return None
        return self._here[0] - APART_MS, self._here[0] + APART_MS

    def _kept(
        self, delivery: Delivery, held_at: Place | None, doubt: tuple[int, int] | None
    ) -> Entry | None:
        if self._here is None or self.window.begin is None:
            return None
        self._delivered += 1
        said = (*self._here, self._delivered)
        at = said if held_at is None else (*held_at, said[3])
        return self.window.add(delivery, at, said, doubt)
