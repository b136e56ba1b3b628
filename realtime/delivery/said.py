"""Keeps what this node says, once a second, so that it can be told later what somebody missed."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice, takewhile
from secrets import randbelow
from uuid import UUID

import orjson
import structlog
from tortoise.exceptions import IntegrityError

from realtime.domain import epochs, sayings
from realtime.domain.events import BroadcastTold
from realtime.domain.heard import Doubt, Place, Saying
from realtime.domain.marks import NOTHING, Marks, Names, Tail
from realtime.domain.orders import Order
from realtime.domain.ports import Clock
from realtime.domain.sayings import While
from realtime.logs import where
from realtime.transport import Server

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two rows, where anything was heard."""

SOONEST = 0.2
"""Seconds where pages are told of more than their offsets can say: a killed node takes it along."""

RECENT = 100_000
"""How many of the latest sayings are remembered."""

MOST_WAITING = 200_000
"""Sayings that wait to be kept at most; then the record begins anew, with a hole before it."""

NOWHERE: Place = (0, 0, 0)

NOTICE = "broadcast"
"""Tells all nodes, at one place, that everybody begins to be told something, or has been."""

MOST_BROADCASTS = 1_000
"""Of which it is remembered when all had been told."""

LAST = 2**62
"""A number within a time that no message has: all of that time is before it."""


class SaidLog:
    """Hears each step of an order that is said here, and keeps at which place that was.

    Several nodes hear the same at the same places: they keep whole seconds, by the end of which a
    row is known, so that one of them is enough.
    """

    def __init__(self, server: Server, clock: Clock, *, beside: bool = False) -> None:
        """``beside``: another process says things too, until this one has taken over from it."""
        self._server = server
        self._clock = clock
        self._beside = beside
        self._epoch = ""
        self._upto: Place = (0, 0, 0)
        self._number = 0
        self._own = _any_number()
        self._said: list[tuple[int, Saying]] = []
        """What is not kept yet, and when it was heard."""
        self._names: Names | None = None
        """Known from the start on."""
        self._tail: Tail | None = None
        """The same for offsets, where nobody else keeps it."""
        self._recent: deque[tuple[Place, Order]] = deque(maxlen=RECENT)
        self.count = 0
        """How much was said here so far."""
        self._ticking: asyncio.Task[None] | None = None
        self._stopping, self._due = asyncio.Event(), asyncio.Event()
        self._ended: list[tuple[str, While, float]] = []
        """The ends of epochs that are not kept yet, and when they came."""
        self._broadcasts: OrderedDict[UUID, int] = OrderedDict()
        """Of which everybody has been told: the how manyth they were."""
        self.broadcasts = 0
        """Of how many everybody has been told so far."""
        server.hear_said(self._hear, self._end)
        server.subscribe(NOTICE, self._hear_broadcast)
        server.mark_with(self._mark)

    async def start(self) -> None:
        """Begin to keep. The server has started, and has no client yet."""
        self._names = Names((await epochs.current()).secret)
        stands = self._server.stands
        if stands is not None:
            self._begin(*stands)
        if stands is not None and self._server.alone:
            await sayings.begin(self._epoch, self._upto, self._clock(), beside=self._beside)
        self._ticking = asyncio.create_task(self._keep_on(), name="said")

    async def stop(self) -> None:
        """Keep the last of it; other nodes keep theirs."""
        self._stopping.set()
        self._due.set()
        if self._ticking is not None:  # in its own task, which knows the database
            await asyncio.gather(self._ticking, return_exceptions=True)

    def since(self, count: int) -> set[Order] | None:
        """What was said here since there was so much; None if that is not remembered."""
        return None if self.count - count > len(self._recent) else self.remembered(count)

    def remembered(self, count: int) -> set[Order]:
        """What was said here since there was so much, as far as that is remembered."""
        lately = islice(reversed(self._recent), max(0, self.count - count))
        return {order for _, order in lately}

    def behind(self, place: Place) -> set[Order]:
        """What was said here after this place, as far as that is remembered."""
        recent = reversed(self._recent)
        lately = takewhile(lambda each: each[0] > place or each[0] == NOWHERE, recent)
        return {order for _, order in lately}

    def lately(self) -> set[Order]:
        """What is remembered."""
        return {order for _, order in self._recent}

    def marks(self, text: str | None) -> Marks:
        """What an offset says."""
        return NOTHING if self._names is None else Marks.read(self._names, text)

    def _hear(self, at: Place | None, step: Order, doubt: Doubt) -> None:
        stands = self._server.stands
        here = stands[1] if stands else NOWHERE
        if at is not None:
            self._said.append((here[0], Saying(at, step, doubt)))
            if self._tail is not None:
                self._tail.add(step)
        self._recent.append((here, step))
        self.count += 1

    def tell_broadcast(self, event: BroadcastTold) -> None:
        """Note, where all nodes hear it, how far the telling of a broadcast is."""
        self._server.publish_notice(NOTICE, orjson.dumps((str(event.broadcast_id), event.done)))

    def has_told_everybody(self, broadcast_id: UUID, broadcasts: int) -> bool:
        """Whether a broadcast is among the first so many of which everybody has been told."""
        number = self._broadcasts.get(broadcast_id)
        return number is not None and number <= broadcasts

    def _hear_broadcast(self, body: bytes) -> None:
        given, done = orjson.loads(body)
        stands, told = self._server.stands, UUID(given)
        if stands is not None:
            here = stands[1]
            self._said.append((here[0], Saying(here, sayings.of_broadcast(told, done=done))))
        if done:
            self.broadcasts += 1
            self._broadcasts[told] = self.broadcasts
            if len(self._broadcasts) > MOST_BROADCASTS:
                self._broadcasts.popitem(last=False)

    def _mark(self, step: Order | None) -> str:
        """What an offset says of what was said until now, and of a step that is said there."""
        if self._tail is None:
            return "" if step is None or self._names is None else self._names.mark(step)
        if not self._tail.whole:
            self._due.set()
        return self._tail.text(step)

    def _end(self, epoch: str, here: Place) -> None:
        """Nodes hear one another no more, or anew: up to here all was heard."""
        if epoch == self._epoch and here > self._upto:
            row = self._row(here, [each for _, each in self._said], whole=False)
            self._ended.append((epoch, row, time.monotonic()))
        self._epoch = ""

    async def _keep_on(self) -> None:
        stopping = False
        while not stopping:
            await self._until_due()
            stopping = self._stopping.is_set()  # before the last of it is kept, not after
            await self._keep()
        stands = self._server.stands
        if stands is not None:
            self._end(*stands)
        await self._keep_ends()

    async def _until_due(self) -> None:
        for seconds, event in ((SOONEST, self._stopping), (EVERY - SOONEST, self._due)):
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, EVERY)):
                    await event.wait()
        self._due.clear()

    async def _keep(self) -> None:
        await self._keep_ends()
        stands = self._server.stands
        if stands is None:  # nodes do not hear one another: there are no places
            return
        if stands[0] != self._epoch or len(self._said) > MOST_WAITING:
            self._begin(*stands)
            return
        upto = self._complete(stands[1])
        if upto <= self._upto:
            return
        said = [each for ms, each in self._said if ms <= upto[0]]
        row = self._row(upto, said, whole=not self._server.alone)
        if await self._written(self._epoch, row) and self._epoch == stands[0]:
            self._said = self._said[len(said) :]
            self._upto, self._number = upto, row.number
            self._begin_tail()

    async def _keep_ends(self) -> None:
        """While that may still be told of them."""
        ended, self._ended = self._ended, []
        for epoch, row, since in ended:
            if time.monotonic() - since < sayings.SOON and not await self._written(epoch, row):
                self._ended.append((epoch, row, since))

    def _row(self, upto: Place, said: Sequence[Saying], *, whole: bool) -> While:
        """Under a number that other nodes use too if they keep just that, a `whole` second of which
        nothing is in doubt, with nothing in it that others may have said in the one before; else
        under one's own, so that no row takes the place of one that has more."""
        since = self._upto
        if self._server.alone:
            return While(max(upto[0], self._number + 1), since, upto, said, shared=True)
        second = (upto[0] - sayings.SECOND_MS, LAST, 0)
        its_own = (since < each.at and not each.doubt for each in said)
        shared = whole and since == second and all(its_own)
        return While(upto[0] if shared else upto[0] - self._own, since, upto, said, shared)

    def _begin(self, epoch: str, here: Place) -> None:
        """What was said before is in nobody's row, or in another node's."""
        self._epoch, self._upto, self._number = epoch, here, 0
        self._said.clear()
        self._begin_tail()

    def _begin_tail(self) -> None:
        """Behind the last row."""
        if self._server.alone and self._names is not None:
            self._tail = Tail(self._names, self._upto[0])
            for _, each in self._said:
                self._tail.add(each.order)

    def _complete(self, here: Place) -> Place:
        """Up to where all was heard: alone to the last, else to the end of a whole second."""
        return (
            here
            if self._server.alone
            else (here[0] // sayings.SECOND_MS * sayings.SECOND_MS - 1, LAST, 0)
        )

    async def _written(self, epoch: str, row: While) -> bool:
        try:
            await sayings.keep(epoch, row, self._clock())
        except IntegrityError:  # of a thousand numbers another node has the same
            self._own = _any_number()
            return False
        except Exception as error:  # noqa: BLE001 - the database is away; with the next, then
            log.warning(
                "nothing kept", error=type(error).__name__, where=where(error.__traceback__)
            )
            return False
        return True


def _any_number() -> int:
    return 1 + randbelow(sayings.SECOND_MS - 1)
