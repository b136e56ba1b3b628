"""Tells who was away for longer than nodes remember what she missed, from what was stored."""

import asyncio
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from uuid import UUID

import structlog

from realtime.delivery.fanout import FanOut
from realtime.delivery.said import SaidLog
from realtime.domain import absences, moments, sayings
from realtime.domain.absences import UNSURE, Absence, CannotTell
from realtime.domain.actor import Actor
from realtime.domain.announcing import Later
from realtime.domain.journal import Entry
from realtime.domain.sync import Told
from realtime.logs import where
from realtime.transport import Server

log = structlog.get_logger(__name__)

PATIENCE = 30.0
"""Seconds that somebody waits at most until others have been told."""

ON_ITS_WAY = 0.05
ON_ITS_WAY_BETWEEN_NODES = 0.25
"""Seconds in which what is stored is said, if it is said at all."""

A_SECOND = 1.0
A_SECOND_PASSED = "second"
"""Nodes keep a second when they hear something after it, be it this."""

KEPT_BY_THEN = 1.5
"""Seconds after which another process has kept what it said, if it lives."""


class Latecomers:
    """So many at a time; `most` is how many changes one of them is told."""

    def __init__(
        self,
        server: Server,
        fanout: FanOut,
        said: SaidLog,
        later: Later,
        *,
        most: int,
        at_once: int,
    ) -> None:
        self._server = server
        self._fanout = fanout
        self._said = said
        self._later = later
        self._most = most
        self._turns = asyncio.Semaphore(at_once)

    async def tell(self, actor: Actor, sid: str, namespace: str, joined: Collection[UUID]) -> bool:
        """Let a returning socket hear all that it missed, or nothing. It is in its rooms, and those
        are the conversations that it has ``joined``."""
        absent = self._server.absent(sid, namespace)
        if absent is None:
            return False
        place = Absence(
            actor.user_id,
            frozenset(absent.former),
            absent.epoch,
            absent.at,
            absent.low,
            self._said.marks(absent.mark),
            frozenset(joined),
        )
        try:
            told = await self._missed_or_later(actor, place, sid, namespace)
        except CannotTell as reason:
            self._server.cannot_tell(sid, str(reason), namespace)
            return False
        except Exception as fault:  # noqa: BLE001 - she begins anew, as after a longer absence
            at = where(fault.__traceback__)
            log.error("not told later", error=type(fault).__name__, where=at)
            self._server.cannot_tell(sid, "fault", namespace)
            return False
        steps = [step for each in told for step in self._fanout.steps(each.event)]
        if not self._server.tell_later(sid, steps, namespace):
            return False
        self._later(absences.count_as_shown(actor.node, told))
        return True

    async def _missed_or_later(
        self, actor: Actor, absence: Absence, sid: str, namespace: str
    ) -> Sequence[Told]:
        """Once more where that is not sure: the process that she comes from may still live, and
        keep in a second what it has said to her. Raises as ``_missed`` does."""
        try:
            return await self._missed(actor, absence, sid, namespace)
        except CannotTell as reason:
            if str(reason) != UNSURE:
                raise
        if not self._server.alone:
            await asyncio.sleep(A_SECOND)
            self._server.publish_notice(A_SECOND_PASSED, b"")
        await asyncio.sleep(KEPT_BY_THEN)
        return await self._missed(actor, absence, sid, namespace)

    async def _missed(
        self, actor: Actor, absence: Absence, sid: str, namespace: str
    ) -> Sequence[Told]:
        """Raises CannotTell, and what the database raises."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise CannotTell("too many at once") from None
        try:
            self._server.hear_from_now(sid, namespace)
            count, broadcasts = self._said.count, self._said.broadcasts
            told = await absences.told_later(actor.node, absence, most=self._most)
            settled = await self._settled() if told else None
        finally:
            self._turns.release()
        if told:
            alone = self._server.alone
            await asyncio.sleep(ON_ITS_WAY if alone else ON_ITS_WAY_BETWEEN_NODES)
        at_rest = {
            each.entry.id
            for each in told
            if each.entry.is_broadcast and self._said.has_told_everybody(each.entry.id, broadcasts)
        }
        return self._not_on_its_way(told, count, settled, at_rest)

    async def _settled(self) -> str | None:
        stands = self._server.stands
        return None if stands is None else await sayings.settled(*stands)

    def _not_on_its_way(
        self, told: Sequence[Told], count: int, settled: str | None, at_rest: Container[UUID]
    ) -> Sequence[Told]:
        """Without what she has heard as it came. Raises CannotTell for what others may yet say, but
        not of what was at rest before she was there."""
        heard = self._said.since(count)
        if heard is None:
            raise CannotTell("too much")
        left = [each for each in told if each.entry.order not in heard]
        moving = (each.entry for each in left if each.entry.id not in at_rest)
        for entry in self._perhaps_to_be_said(moving):
            if not (settled and moments.saw(settled, entry.position, entry.committed_in)):
                raise CannotTell("on its way")
        return left

    def _perhaps_to_be_said(self, told: Iterable[Entry]) -> Iterator[Entry]:
        """Those of which it is not known here whether they were said; alone, all others were."""
        lately = frozenset() if self._server.alone else self._said.lately()
        for entry in told:
            if entry.is_broadcast or not (self._server.alone or entry.order in lately):
                yield entry
