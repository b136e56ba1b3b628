"""Finds out who counted as present while messages were sent to her, and was not: they make the
notifications then that they would have made."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import structlog

from realtime.delivery.said import SaidLog
from realtime.domain import unaware
from realtime.domain.actor import Actor
from realtime.domain.announcing import Later
from realtime.domain.heard import Place
from realtime.domain.ids import id_text
from realtime.domain.orders import Order

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""How many are told at once: after a tunnel a whole train is, and others need the database too."""

ON_ITS_WAY = 1.0
"""Seconds after which all has been said here that was stored when she still counted as present."""


class Unaware:
    """``said`` knows what was said here since when."""

    def __init__(self, said: SaidLog, later: Later) -> None:
        self._said = said
        self._later = later
        self._turns = asyncio.Semaphore(AT_ONCE)

    def now(self) -> int:
        """What to remember of this moment."""
        return self._said.count

    def since(self, actor: Actor, conversation_ids: Collection[UUID], then: int) -> None:
        """She has heard nothing since then, and counts as present no more, unless by another tab:
        who has joined a conversation by now has seen what was said there."""
        if conversation_ids:
            self._later(self._tell_unless_back(actor, conversation_ids, then))

    def behind(
        self, actor: Actor, conversation_ids: Collection[UUID], place: Place, until: int
    ) -> None:
        """She is back, and is told nothing of what was said behind this place until then."""
        orders = self._said.behind(place) - self._said.remembered(until)
        if conversation_ids and orders:
            self._later(self._tell(actor, conversation_ids, orders))

    async def _tell_unless_back(
        self, actor: Actor, conversation_ids: Collection[UUID], then: int
    ) -> None:
        await asyncio.sleep(ON_ITS_WAY)
        orders = self._said.remembered(then)
        present = await actor.node.joined.users(list(conversation_ids))
        away = [each for each in conversation_ids if actor.user_id not in present[each]]
        await self._tell(actor, away, orders)

    async def _tell(
        self, actor: Actor, conversation_ids: Collection[UUID], orders: Collection[Order]
    ) -> None:
        changes: dict[str, set[int]] = {id_text(each): set() for each in conversation_ids}
        # Once, however many conversations: they may be a hundred thousand.
        for key, number in orders:
            if key in changes:
                changes[key].add(number)
        for each in conversation_ids:
            if numbers := changes[id_text(each)]:
                async with self._turns:
                    await unaware.tell(actor.node, actor.user_id, each, numbers)
