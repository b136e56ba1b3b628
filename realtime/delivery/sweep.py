"""Tells this node's clients what was stored and never announced: by a node that died in between,
while nodes did not hear one another, or where the database did not answer a commit."""

import asyncio
from collections import deque
from collections.abc import Sequence

import orjson
import structlog

from realtime.domain import unheard
from realtime.domain.announcing import Later
from realtime.domain.ports import Clock
from realtime.domain.steps import portions
from realtime.domain.unheard import Changes, Moment
from realtime.logs import where
from realtime.transport import Server

log = structlog.get_logger(__name__)

EVERY = 5.0
"""Seconds between two moments that are kept."""
KEPT = 12
"""How many: a sweep begins a minute back, longer than a node's death can go unnoticed."""

NOTICE = "sweep"
"""Asks every node to sweep: some could not hear what this one stored."""

DECIDED = 2.0
"""Seconds after which a database has stored, or given up, what it did not answer."""

UNHEARD = "unheard"
"""Tells every node what one has found, or stored while it was cut off: a node that started since
then, or was well, would not find it."""

TOGETHER = 500
"""Orders that are told of in one go."""


class Sweep:
    """Keeps the last moments of the database at which nodes heard one another, and sweeps from the
    first of them when something may have been missed."""

    def __init__(
        self,
        server: Server,
        clock: Clock,
        start: Later,
        *,
        alone: bool = False,
    ) -> None:
        """``alone``: there is no other node."""
        self._server = server
        self._clock = clock
        self._start = start
        self._moments: deque[Moment] = deque(maxlen=KEPT)
        self._again = False
        self._sweeping = False
        self._watch: asyncio.Task[None] | None = None
        self._doubt: asyncio.TimerHandle | None = None
        if not alone:
            server.begin_with(self._begins)
        server.when_any_is_back(NOTICE, self.missed)
        server.when_back(self._tell_of_its_own)
        server.subscribe(UNHEARD, self._hear_of)

    async def start(self) -> None:
        """Remember this moment, and those that follow."""
        await self._remember()
        self._watch = asyncio.create_task(self._keep_on(), name="moments")

    async def stop(self) -> None:
        """Remember no more."""
        if self._doubt is not None:
            self._doubt.cancel()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def doubt(self) -> None:
        """Something that this node did may be stored, and it tells nobody: in a moment all look."""
        if self._doubt is None:
            self._doubt = asyncio.get_running_loop().call_later(DECIDED, self._decided)

    def _decided(self) -> None:
        self._doubt = None
        self._server.publish_notice(NOTICE, b"")

    def missed(self) -> None:
        """Something may not have been heard: look for it."""
        self._again = True
        if not self._sweeping:
            self._sweeping = True
            self._start(self._sweep())

    async def _sweep(self) -> None:
        try:
            while self._again and self._moments:
                self._again = False
                self._look_for(await unheard.since(self._moments[0]))
        except Exception as error:  # noqa: BLE001 - the database is away; again, then
            self._again = True
            log.warning("no sweep", error=type(error).__name__, where=where(error.__traceback__))
        finally:
            self._sweeping = False

    def _look_for(self, changed: Sequence[Changes]) -> None:
        """Load what of it was never heard, and tell of that those who cannot know of it."""
        found: list[tuple[str, int, int]] = []
        for key, first, last in changed:
            never_heard = self._server.stored(key, first, last)
            if never_heard is not None:
                found.append((key, never_heard, last))
        self._tell_of(found)

    def _tell_of_its_own(self) -> None:
        """This node was cut off. Others look a minute back: of what it stored before that they
        cannot know."""
        self._tell_of(self._server.unshared())

    def _tell_of(self, found: Sequence[tuple[str, int, int]]) -> None:
        for portion in portions(found, TOGETHER):
            self._server.publish_notice(UNHEARD, orjson.dumps(portion))

    def _hear_of(self, body: bytes) -> None:
        for key, first, last in orjson.loads(body):
            self._server.stored(key, first, last)

    async def _begins(self, key: str, number: int) -> int:
        return await unheard.begins(self._moments[0], key, number) if self._moments else number

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self._again:
                self.missed()
            if not self._owes_one() and self._server.cut_off() is None:
                await self._remember()

    def _owes_one(self) -> bool:
        """Whether it must go on from the first moment, which later ones would push out."""
        return bool(self._moments) and (self._again or self._sweeping)

    async def _remember(self) -> None:
        try:
            self._moments.append(await unheard.moment(self._clock()))
        except Exception as error:  # noqa: BLE001 - the database is away; the next one, then
            log.warning("no moment", error=type(error).__name__, where=where(error.__traceback__))
