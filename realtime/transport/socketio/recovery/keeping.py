"""Keeps records true while their sockets are open, and lets them survive this process."""

import asyncio
import logging
from contextlib import suppress
from itertools import islice
from typing import Final

from realtime.transport.backplane import Shelf
from realtime.transport.failure import place
from realtime.transport.settings import RecoverySettings
from realtime.transport.socketio.recovery.metrics import RECORDS
from realtime.transport.socketio.recovery.positions import NOWHERE
from realtime.transport.socketio.recovery.records import Awaited, Key, Record, Records
from realtime.transport.socketio.recovery.telling import Telling

log = logging.getLogger("realtime.transport")

TICK: Final = 1.0
"""Seconds between two looks at what nobody says has changed."""
GATHER: Final = 0.1
"""Seconds after a change until it is kept, with all that has changed by then."""
_LOOKS: Final = 8
"""How often within the window each record is brought up to date."""
_RENEWALS: Final = 4
"""How often within the time that records are kept each is kept anew."""
_IN_A_ROW: Final = 500
"""Records that are looked at before others have their turn."""
_AT_ONCE: Final = 200
"""Records that are handed over together."""
LOAD_SECONDS: Final = 10.0
"""How long a client waits for its record at most."""


class Keeping:
    """Brings records up to date, and hands what has changed to the `shelf`, soon and together."""

    def __init__(
        self, records: Records, awaited: Awaited, telling: Telling, settings: RecoverySettings
    ) -> None:
        self._records = records
        self._awaited = awaited
        self._telling = telling
        self._look_every = settings.window / _LOOKS
        self._seconds = settings.remembered
        self._keep_every = settings.window / 3
        self._renew_every = settings.remembered / _RENEWALS
        self.shelf: Shelf | None = None
        """Where records survive; none: nowhere."""
        self._changed: dict[Key, Record] = {}
        self._gone: set[Key] = set()
        self._writing = asyncio.Lock()
        self._ticking: asyncio.Task[None] | None = None
        self._changing, self._soon = asyncio.Event(), asyncio.Event()
        self._stopped = False
        self._looked, self._epoch = float("-inf"), ""

    @property
    def _is_shared(self) -> bool:
        """Whether other nodes read records, to which positions mean something, at any moment."""
        return self.shelf is not None and self.shelf.shared

    def start(self) -> None:
        """Begin to keep."""
        self._ticking = asyncio.create_task(self._tick(), name="recovery records")

    async def stop(self) -> None:
        """Keep what has changed, and then no more. Nothing is cancelled: it may be half written."""
        self._stopped = True
        self._changing.set()
        self._soon.set()
        if self._ticking is not None:
            await self._ticking
        await self.write()

    async def find(self, key: Key) -> Record | None:
        """The record of a pid, wherever it is."""
        known = self._records.find(key)
        if known is not None or self.shelf is None or key in self._gone:
            return known
        packed = await self._loaded(self.shelf, key)
        return self._records.find(key) or (Record.unpacked(key, packed) if packed else None)

    async def _loaded(self, shelf: Shelf, key: Key) -> bytes | None:
        """What the shelf has, if it says so in time. It is asked on, as databases want it."""
        loading = asyncio.create_task(shelf.load(key))
        await asyncio.wait({loading}, timeout=LOAD_SECONDS)
        if not loading.done():
            loading.add_done_callback(_looked_at)
            return None
        error = loading.exception()
        if error is None:
            return loading.result()
        log.warning("recovery: a record cannot be looked for: %s", place(error))
        return None

    def later(self, record: Record) -> None:
        """A record has changed."""
        if self.shelf is not None:
            self._gone.discard(record.key)
            self._changed[record.key] = record
            self._changing.set()

    def soon(self, record: Record) -> None:
        """A record has changed, and its client may come back any moment, to any node."""
        self.later(record)
        if self._is_shared:
            self._soon.set()

    def forget(self, record: Record) -> None:
        """Its client will not come back."""
        self._records.forget(record.key)
        self._changed.pop(record.key, None)
        if self.shelf is not None:
            self._gone.add(record.key)

    def give_away(self, key: Key) -> None:
        """Another node has it now."""
        self._records.forget(key)
        self._changed.pop(key, None)

    def look(self, record: Record) -> None:
        """Find out what its socket was told last; nothing where it is not open here."""
        socket, window, now = record.socket, self._telling.window, self._telling.now
        if socket is None or socket.returning is None or now is None:
            return
        self._renew(record)
        returning = socket.returning
        exact = record.exact and record.looked >= window.first_number
        last, returning.told = returning.told, None
        everybody = (("", NOWHERE), (socket.sid, NOWHERE))
        own = {*record.former, *socket.rooms}
        for room, joined in (*socket.rooms.items(), *everybody):
            key = (socket.namespace, room)
            said = window.last_said(key, record.looked, joined, own)
            if said is not None and (last is None or said > last):
                last = said
        if last is not None and (record.said is None or last > record.said):
            record.said, exact = last, True
        record.exact, record.looked, record.upto = exact, window.next_number, now

    def _renew(self, record: Record) -> None:
        """In another epoch it goes on from its beginning; what it was told before is unknown."""
        if record.epoch != self._telling.epoch:
            record.epoch, record.since = self._telling.epoch, self._telling.window.begin or NOWHERE
            record.said, record.exact = None, False
            self.later(record)

    async def write(self) -> None:
        """Hand over what has changed, some at a time: packed, they take as much again."""
        async with self._writing:
            written = self.shelf is not None
            while written and (self._changed or self._gone):
                written = await self._write_some()

    async def _write_some(self) -> bool:
        """Whether that went well."""
        assert self.shelf is not None  # noqa: S101 - else nobody asks for it
        changed = {key: self._changed.pop(key) for key in [*islice(self._changed, _AT_ONCE)]}
        gone, self._gone = self._gone, set()
        now = asyncio.get_running_loop().time()
        for record in changed.values():
            self.look(record)  # what it says of its rooms and of what was said there is of one time
            record.kept = now
        try:
            packed = {key: record.packed() for key, record in changed.items()}
            await self.shelf.save(packed, sorted(gone), self._seconds)
        except Exception as error:  # noqa: BLE001 - again with the next
            log.warning("recovery: records cannot be kept: %s", place(error))
            self._changed = changed | self._changed
            self._gone |= gone - self._changed.keys()
            return False
        return True

    async def _tick(self) -> None:
        while not self._stopped:
            await self._until_changed()
            try:
                await self._keep()
            except Exception as error:  # noqa: BLE001 - the next time may have more luck
                log.error("recovery: %s", place(error))

    async def _until_changed(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK):
                await self._changing.wait()
            async with asyncio.timeout(GATHER):
                await self._soon.wait()
        self._changing.clear()
        self._soon.clear()

    async def _keep(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked >= self._look_every or self._epoch != self._telling.epoch:
            self._looked, self._epoch = now, self._telling.epoch
            await self._look_at_all(now)
        # Not before: of what is let go of unlooked at, no record can say who was told it.
        self._telling.tidy()
        self._records.expire()
        self._awaited.expire()
        RECORDS.set(len(self._records))
        await self.write()

    async def _look_at_all(self, now: float) -> None:
        """Some at a time: who is open may be many."""
        for number, record in enumerate(self._records.all_open()):
            if record.socket is None:
                continue  # it has left meanwhile, on purpose or for another node
            before = record.said
            self.look(record)
            idle = record.said == before and self._is_shared
            if now - record.kept > (self._keep_every if idle else self._renew_every):
                self.later(record)
            if number % _IN_A_ROW == _IN_A_ROW - 1:
                await asyncio.sleep(0)


def _looked_at(loading: asyncio.Task[bytes | None]) -> None:
    loading.exception()  # else asyncio would say that nobody has
