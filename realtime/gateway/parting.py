"""What becomes of the conversations that a tab had open, once it is gone."""

import asyncio
from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from realtime.domain.actor import Actor
from realtime.gateway.tabs import Tab
from realtime.transport import Server
from realtime.transport.backplane import Place
from realtime.transport.engineio import reasons


class Unaware(Protocol):
    """Makes the notifications of messages that were sent to somebody who counted as present and
    was not."""

    def now(self) -> int:
        """What to remember of this moment."""
        ...

    def since(self, actor: Actor, conversation_ids: Collection[UUID], then: int) -> None:
        """She has heard nothing since then, and counts as present no more, unless by another
        tab."""
        ...

    def behind(
        self, actor: Actor, conversation_ids: Collection[UUID], place: Place, until: int
    ) -> None:
        """She is back, and is told nothing of what was said behind this place until then."""
        ...


class Parting:
    """Keeps a gone tab's conversations open for as long as its user looks online: she may be back.

    One that is dead for longer than it may keep silent has been away since it last answered.
    """

    def __init__(self, server: Server, unaware: Unaware | None) -> None:
        self._server = server
        self._unaware = unaware
        if unaware is not None:
            server.stamp_pings_with(unaware.now)

    async def never_came(self, tab: Tab) -> None:
        """A tab's connect failed: it is in none of the conversations that it had come back to."""
        actor = tab.actor
        for conversation_id in tab.joined:
            await actor.node.joined.leave(conversation_id, actor.user_id, tab.sid)

    async def leave(self, tab: Tab, reason: str) -> None:
        """A tab is gone. What is called later has no task of its own until then."""
        joined, grace = tab.actor.node.joined, tab.actor.node.rules.presence.grace
        proved = self._server.proved(tab.sid, tab.namespace)
        if reason == reasons.PING_TIMEOUT:
            await joined.drop(tab.sid)
            self._was_away(tab, proved)
        elif grace and self._server.may_return(tab.sid, tab.namespace):
            then = None if self._unaware is None else self._unaware.now()
            later = self._server.start_background_task
            asyncio.get_running_loop().call_later(grace, later, self._gone, tab, then)
        else:
            await joined.drop(tab.sid)

    async def _gone(self, tab: Tab, then: int | None) -> None:
        await tab.actor.node.joined.drop(tab.sid)
        self._was_away(tab, then)

    def _was_away(self, tab: Tab, then: int | None) -> None:
        if self._unaware is not None and then is not None:
            self._unaware.since(tab.actor, tuple(tab.joined), then)
