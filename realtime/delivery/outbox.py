"""Works off the outbox: takes what is due, hands it to the sender of its kind, again and again.

Any number of these may share one database, of SQLite's too, which has one writer: whoever finds
nothing due does not disturb it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Protocol

import structlog

from realtime.delivery.outgoing import SECONDS
from realtime.domain import outbox, turns
from realtime.domain.ports import Clock
from realtime.logs import where
from realtime.models import Outbox as Row

log = structlog.get_logger(__name__)

AT_ONCE = 64
"""How many are held at the same time, unless another number is said: what is in memory, however
many wait."""

PORTIONS = 4
"""There is to be room for a quarter of them before more are taken: each time costs a
transaction."""

LOOK_EVERY = 1.0
"""Seconds between two looks into the outbox at most."""

LOOK_SOON = 0.05
"""Seconds until the next look after something was found; doubled by each that finds nothing: where
there was something to do, another worker may just be making more."""

IN_TIME = timedelta(seconds=2 * SECONDS)
"""How much of a lease must be left to send what is held: another worker may have it after that."""

LEAVE = 6.0
"""Seconds for what is under way when this process stops; the rest is due again after its lease."""


def in_time(row: Row, now: datetime) -> bool:
    """Whether what was taken may still be sent by whoever took it."""
    return row.due_at - now >= IN_TIME


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work, and how many rows it is for."""

    doing: Coroutine[Any, Any, None]
    rows: int = 1


class Sender(Protocol):
    """Sends one kind of what leaves this house."""

    def works(self, rows: Sequence[Row]) -> Sequence[Work]:
        """What there is to do for these, as pieces that do not wait for one another.

        Each ends its rows or puts them back; what it leaves comes again when its lease is over.
        """
        ...

    async def close(self) -> None:
        """Nothing is sent any more."""
        ...


class Source(Protocol):
    """Where rows of the outbox are taken."""

    async def take(self, holder: str, most: int, now: datetime) -> list[Row]:
        """What is due, at most so many; nobody else has it until a lease is over."""
        ...

    async def next_due(self) -> datetime | None:
        """When something is due next; None where nothing waits."""
        ...


class OfKinds:
    """All rows of these kinds, in no order but that of their times."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds = tuple(kinds)

    async def take(self, holder: str, most: int, now: datetime) -> list[Row]:
        """See ``Source``."""
        return await outbox.take(holder, self._kinds, most, now)

    async def next_due(self) -> datetime | None:
        """See ``Source``."""
        return await outbox.next_due(self._kinds)


class OfEndpoint:
    """An endpoint's webhooks, the first of each order. Many orders have their turns one after the
    other, so that none that always has something new keeps the rest waiting."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._after = turns.BEGINNING

    async def take(self, holder: str, most: int, now: datetime) -> list[Row]:
        """See ``Source``."""
        taken = await turns.take(self._endpoint, holder, most, now, self._after)
        if not taken and self._after != turns.BEGINNING:
            taken = await turns.take(self._endpoint, holder, most, now)
        full = len(taken) == most
        self._after = str(taken[-1].order_key) if full else turns.BEGINNING
        return taken

    async def next_due(self) -> datetime | None:
        """See ``Source``: to look again after a while costs less than to find out."""
        return None


class OutboxWorker:
    """Runs from ``start`` to ``stop``; ``may_send`` says whether it may take anything now. Without
    a source it takes all that is its senders'."""

    def __init__(
        self,
        senders: Mapping[str, Sender],
        clock: Clock,
        may_send: Callable[[], bool] = lambda: True,
        *,
        first_after: float = 0.0,
        source: Source | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._senders = senders
        self._source = source or OfKinds(senders)
        self._clock = clock
        self._may_send = may_send
        self._first_after = first_after
        self._working: set[asyncio.Task[None]] = set()
        self._at_once = at_once
        self._held = 0
        self._pause = LOOK_EVERY
        self._freed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, some time after the node: who was here before it stopped may come back first."""
        self._task = asyncio.create_task(self._run(), name="outbox")

    async def stop(self) -> None:
        """Take nothing more, and finish what is under way."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._working:
            await asyncio.wait(self._working, timeout=LEAVE)
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        for sender in self._senders.values():
            await sender.close()

    async def work(self) -> int:
        """Take what is due, as much as can be held, and begin with it; gives how many."""
        # A name for each time: what this process held for too long it may itself take once more.
        rows = await self._source.take(token_hex(8), self._at_once - self._held, self._clock())
        for kind, sender in self._senders.items():
            its = [row for row in rows if row.kind == kind]
            for work in sender.works(its) if its else ():
                self._begin(work)
        return len(rows)

    async def finish(self) -> None:
        """Wait for what has begun."""
        while self._working:
            await asyncio.wait(self._working)

    async def _run(self) -> None:
        await asyncio.sleep(self._first_after)
        while True:
            while self._held > self._at_once - self._at_once // PORTIONS:
                self._freed.clear()
                await self._freed.wait()
            self._freed.clear()
            try:
                pause = await self._turn()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while
                log.warning("outbox waits", error=type(error).__name__)
                pause = 2 * LOOK_EVERY
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Until then, or until something is done: what waited behind it may have its turn."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._freed.wait()

    async def _turn(self) -> float:
        """Begin with what is due; gives the seconds until the next look."""
        if not self._may_send():
            return LOOK_EVERY
        if await self.work():
            self._pause = LOOK_SOON
            return 0.0
        due, pause = await self._source.next_due(), self._pause
        self._pause = min(2 * pause, LOOK_EVERY)
        return (
            pause if due is None else min(max((due - self._clock()).total_seconds(), 0.02), pause)
        )

    def _begin(self, work: Work) -> None:
        self._held += work.rows
        task = asyncio.create_task(self._guarded(work.doing), name="outbox")
        self._working.add(task)
        task.add_done_callback(lambda done: self._done(done, work.rows))

    def _done(self, task: asyncio.Task[None], rows: int) -> None:
        self._working.discard(task)
        self._held -= rows
        self._freed.set()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - its rows are due again after their lease
            log.error(
                "sending failed", error=type(error).__name__, where=where(error.__traceback__)
            )
