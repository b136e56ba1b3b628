"""The one task of a node that stores messages: many senders share each commit.

While one commit is on its way, the drafts that arrive gather; a lone one goes at once. What is
committed is announced in the order of its numbers, with no await in between, before any sender
hears of it; by then the next batch is on its way.

Under load node and database take turns: one tells a batch while the other commits the next. Senders
who wait for their ack before they go on would soon be all in one batch, and either side would wait
for the other. So a batch takes half of those who are under way.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog

from realtime import counting
from realtime.domain.errors import InvalidText, Refused
from realtime.domain.events import Announce
from realtime.domain.ports import Draft, Joined, Written
from realtime.domain.records import Conversation
from realtime.logs import where
from realtime.stores import faults
from realtime.stores.database import Database
from realtime.stores.metrics import BATCH, COMMITTED, DRAFTS, STORED, TOLD
from realtime.stores.writer.batch import Batch
from realtime.stores.writer.commit import Commit
from realtime.stores.writer.entry import Entry, attachments_json

log = structlog.get_logger(__name__)

LARGEST_BATCH = 500
"""Rows per commit: how long a conversation may stay locked."""

SMALLEST_HALF = 20
"""Fewer rows are not worth two commits."""

MOST_WAITING = 20_000
"""Drafts that may wait for a slow database; beyond it senders are told at once."""

PATIENCE = 10.0
"""Seconds for which a draft is tried while the database is away, or does not answer.

The first attempt has a third of it: where a connection has fallen silent, another is tried.
"""

PAUSE = 0.05
"""Seconds before the next attempt; doubled each time, up to twenty times as long."""


class StorageFailed(Exception):  # noqa: N818 - said like the domain's refusals, but it is our fault
    """The message could not be stored. Whoever sends it again with its client id is safe."""


class GroupWriter:
    """Writer of ``domain/ports.py`` over one database; ``remember`` takes fresher memberships.

    ``wakes`` is how long after it a message is pushed to who is away; None where none is. ``tells``
    are the endpoints of webhooks that hear of each message.
    """

    def __init__(
        self,
        database: Database,
        joined: Joined,
        announce: Announce,
        remember: Callable[[Conversation], None],
        *,
        patience: float = PATIENCE,
        wakes: timedelta | None = None,
        tells: Sequence[str] = (),
    ) -> None:
        self._commit = Commit(database, joined, wakes, tells)
        self._announce = announce
        self._remember = remember
        self._patience = patience
        self._waiting: deque[Entry] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._told = 0

    def commit_through(self, wrap: Callable[[Commit], Commit]) -> None:
        """Let somebody else see each commit; before `start`."""
        self._commit = wrap(self._commit)

    def start(self) -> None:
        """Begin to commit. Called with the node, never from a handler: a task that is born in a
        transaction or in a cancelled request inherits it."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="writer")

    async def stop(self) -> None:
        """Commit what waits, then take no more."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def write(self, draft: Draft) -> Written:
        """See ``Writer``. Raises StorageFailed when the fault is ours."""
        began, outcome = time.monotonic(), "failed"
        try:
            written = await self._handed(draft)
            outcome = "stored" if written.fresh else "repeated"
            return written
        except Refused:
            outcome = "refused"
            raise
        finally:
            STORED.all.add(time.monotonic() - began)
            DRAFTS.of[(outcome,)] += 1

    def _handed(self, draft: Draft) -> asyncio.Future[Written]:
        """The draft is in the queue; what comes of it."""
        if self._task is None or self._task.done() or self._stopping:
            raise StorageFailed
        if len(self._waiting) >= MOST_WAITING:
            raise StorageFailed
        heard: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append(
            Entry(
                draft=draft,
                attachments=_encoded(draft),
                heard=heard,
                deadline=time.monotonic() + self._patience,
                conversation=draft.conversation,
            )
        )
        self._arrived.set()
        return heard

    def watched(self) -> AbstractContextManager[Any]:
        """Tell monitors how many drafts wait, while this goes on."""
        return counting.read(
            "realtime_writer_waiting",
            "Messages that wait for a commit",
            by=lambda: {(): float(len(self._waiting))},
        )

    async def well(self) -> str | None:
        """See ``Port``."""
        working = self._task is not None and not self._task.done()
        return None if working else "messages are not stored: the writer has stopped"

    async def _run(self) -> None:
        try:
            while self._waiting or not self._stopping:
                await self._arrived.wait()
                while self._waiting:
                    await self._store(self._next())
                if not self._stopping:
                    self._arrived.clear()
        finally:
            _fail(list(self._waiting))
            self._waiting.clear()

    def _next(self) -> list[Entry]:
        # Under way are those who wait, and those who are being told: the batch before.
        half = (len(self._waiting) + self._told + 1) // 2
        size = min(len(self._waiting), max(half, SMALLEST_HALF), LARGEST_BATCH)
        self._told = size
        return [self._waiting.popleft() for _ in range(size)]

    async def _store(self, entries: list[Entry]) -> None:
        """Store a batch, whatever happens: nobody is left waiting."""
        try:
            await self._patiently(entries)
        except Exception as error:  # noqa: BLE001 - the next batch must not suffer from it
            log.error("writer_failed", error=type(error).__name__, where=where(error.__traceback__))
        finally:
            _fail([entry for entry in entries if entry.outcome is None])

    async def _patiently(self, entries: list[Entry], *, again: bool = False) -> None:
        """Commit; while the database is away, or did not say what came of it, try again.

        ``again``: they may be stored already.
        """
        pause, careful = PAUSE, again
        entries, limit = _still_patient(entries), self._patience / 3
        while entries:
            batch, began = Batch(entries), time.monotonic()
            try:
                async with asyncio.timeout(limit):
                    if careful:
                        await self._commit.carefully(batch, again=again)
                    else:
                        await self._commit.at_once(batch)
            except Exception as error:  # noqa: BLE001 - sorted below; nothing passes unseen
                if self._commit.try_again(error):
                    await self._wait_for_it(error, pause, len(entries))
                    pause = min(2 * pause, 20 * PAUSE)
                    waiting, again = _still_patient(entries), True
                    if len(waiting) < len(entries):  # nobody tells of these, if they are stored
                        self._commit.doubt()
                    entries, limit = waiting, self._left(waiting)
                elif careful:
                    await self._one_by_one(entries, error, again=again)
                    return
                careful = True
            else:
                settled, entries, careful = *batch.parted(), True
                if settled:
                    COMMITTED.all.add(time.monotonic() - began)
                    BATCH.all.add(len(settled))
                # In the loop's next turn, when the next batch is on its way to the database.
                asyncio.get_running_loop().call_soon(self._tell, settled, batch.reloaded)

    async def _wait_for_it(self, error: Exception, pause: float, messages: int) -> None:
        log.warning("writer_waits", error=faults.code(error), messages=messages)
        if isinstance(error, TimeoutError):
            await self._commit.distrust()
        await asyncio.sleep(pause)

    def _left(self, entries: list[Entry]) -> float:
        """Seconds for the next attempt: as long as the first to come can wait, if that is enough
        for a database that is well."""
        if not entries:
            return 0.0
        return max(entries[0].deadline - time.monotonic(), self._patience / 10)

    async def _one_by_one(self, entries: list[Entry], error: Exception, *, again: bool) -> None:
        """A batch was refused: only the guilty sender may hear of it."""
        if len(entries) > 1:
            for entry in entries:
                await self._patiently([entry], again=again)
        elif self._commit.bad_text(error):
            entries[0].answer(InvalidText())
        else:
            # The code only: what the driver says would quote the message.
            log.error("message_not_stored", id=entries[0].draft.id, error=faults.code(error))
            _fail(entries)

    def _tell(self, settled: list[Entry], reloaded: Mapping[UUID, Conversation]) -> None:
        """What is committed is told in order, before any sender goes on. No await may come in
        between.

        Answered first, she goes on in the loop's next turn, before what was told is written to the
        clients: her ack leaves in one write with what she is told of other messages.
        """
        for conversation in reloaded.values():
            self._remember(conversation)
        for entry in settled:
            entry.answer(entry.outcome or StorageFailed())
        began = time.monotonic()
        for entry in settled:
            event = entry.event()
            if event is not None:
                self._announce(event)
        if settled:
            TOLD.all.add(time.monotonic() - began)


def _encoded(draft: Draft) -> orjson.Fragment | None:
    try:
        return attachments_json(draft.attachments)
    except TypeError:
        raise InvalidText from None


def _fail(entries: list[Entry]) -> None:
    for entry in entries:
        entry.answer(StorageFailed())


def _still_patient(entries: list[Entry]) -> list[Entry]:
    """Those whose time is not over, after the others have been told; the oldest come first."""
    now = time.monotonic()
    if not entries or entries[0].deadline > now:
        return entries
    _fail([entry for entry in entries if entry.deadline <= now])
    return [entry for entry in entries if entry.deadline > now]
