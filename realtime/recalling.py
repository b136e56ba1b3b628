"""Telling from the database what nodes have forgotten: who asks for it, and what it needs kept."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from realtime.config import Config
from realtime.delivery.fanout import FanOut
from realtime.delivery.latecomers import Latecomers
from realtime.delivery.said import SaidLog
from realtime.delivery.unaware import Unaware
from realtime.domain.actor import Actor
from realtime.domain.announcing import Later
from realtime.domain.events import BroadcastTold
from realtime.domain.ports import Clock
from realtime.transport import Server

Listen = Callable[[Callable[[Any], None], type[BroadcastTold]], None]
"""Lets somebody hear the events of a kind."""


class Recalling:
    """For who was away for longer than the window; nobody is told where the settings say so.

    Made before the server starts: what it says is heard from then on.
    """

    def __init__(
        self,
        config: Config,
        server: Server,
        fanout: FanOut,
        later: Later,
        clock: Clock,
        *,
        replacing: bool,
        listen: Listen,
    ) -> None:
        chosen = config.recovery
        self._latecomers: Latecomers | None = None
        self.unaware: Unaware | None = None
        """For who counted as present and was not, where what was said is known."""
        if chosen.from_database:
            self._said = SaidLog(server, clock, beside=replacing)
            most, at_once = chosen.stored_events, chosen.stored_at_once
            self._latecomers = Latecomers(
                server, fanout, self._said, later, most=most, at_once=at_once
            )
            self.unaware = Unaware(self._said, later)
            listen(self._said.tell_broadcast, BroadcastTold)

    async def tell(self, actor: Actor, sid: str, namespace: str, joined: Collection[UUID]) -> bool:
        """Let a returning socket hear all that it missed, or nothing."""
        latecomers = self._latecomers
        return latecomers is not None and await latecomers.tell(actor, sid, namespace, joined)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Keep what is said, while this is open. The server has started, and has no client yet."""
        if self._latecomers is None:
            yield
            return
        await self._said.start()
        try:
            yield
        finally:
            await self._said.stop()
