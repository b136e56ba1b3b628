"""What was done to this node's users on others while nodes did not hear one another: whose tokens
were revoked, and who was let into a custom room or out of one."""

import asyncio
from collections.abc import Callable, Collection

import structlog

from realtime.dialects.rooms import CUSTOM, custom_room
from realtime.domain import people, rooms
from realtime.domain.steps import portions
from realtime.gateway.tabs import Tab
from realtime.logs import where
from realtime.transport import Server

log = structlog.get_logger(__name__)

NOTICE = "untold"
"""Asks every node to look: some could not hear what others were told."""

AGAIN = 5.0
"""Seconds until it is looked again where the database was away."""

Tabs = Callable[[], Collection[Tab]]
"""Gives those of this node, as they are now."""


class Untold:
    """Looks through this node's tabs each time that some node hears the others again.

    ``bridged``: other backends let sockets into custom rooms, too, so that nobody has to leave one.
    """

    def __init__(self, server: Server, tabs: Tabs, *, bridged: bool) -> None:
        self._server = server
        self._tabs = tabs
        self._bridged = bridged
        self._due = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        server.when_any_is_back(NOTICE, self._due.set)

    def start(self) -> None:
        """Look whenever that is due."""
        self._looking = asyncio.create_task(self._keep_on(), name="untold")

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _keep_on(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                for some in portions([*self._tabs()]):
                    await self._put_out(some)
                    await self._move(some)
            except Exception as error:  # noqa: BLE001 - the database is away; again, then
                at = where(error.__traceback__)
                log.warning("not caught up", error=type(error).__name__, where=at)
                await asyncio.sleep(AGAIN)
                self._due.set()

    async def _put_out(self, tabs: Collection[Tab]) -> None:
        """Who connects from now on is asked for her token then."""
        tokens = {tab: (tab.actor.user_id, tab.actor.issued_at) for tab in tabs}
        gone = await people.revoked(set(tokens.values()))
        for tab, token in tokens.items():
            if token in gone and tab.actor.session is not None:
                self._server.close_session(tab.actor.session)

    async def _move(self, tabs: Collection[Tab]) -> None:
        """Who comes or goes meanwhile is moved by what says so."""
        before = {tab: self._custom_rooms(tab) for tab in tabs}
        found = await rooms.of_each([tab.actor.user_id for tab in tabs])
        for tab, names in zip(tabs, found, strict=True):
            there = {custom_room(each) for each in names}
            for room in there - before[tab]:
                self._server.join(tab.sid, room, tab.namespace)
            for room in () if self._bridged else before[tab] - there:
                self._server.leave(tab.sid, room, tab.namespace)

    def _custom_rooms(self, tab: Tab) -> set[str]:
        heard = self._server.rooms(tab.sid, tab.namespace)
        return {room for room in heard if room.startswith(CUSTOM)}
