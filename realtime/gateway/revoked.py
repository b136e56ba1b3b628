"""Ends the connections of those whose tokens were revoked while nodes did not hear one another."""

import asyncio
from collections.abc import Callable, Collection

import structlog

from realtime.domain import people
from realtime.gateway.tabs import Tab
from realtime.logs import where
from realtime.transport import Server

log = structlog.get_logger(__name__)

NOTICE = "revoked"
"""Asks every node to look: some could not hear what others were told."""

AGAIN = 5.0
"""Seconds until it is looked again where the database was away."""

Tabs = Callable[[], Collection[Tab]]
"""Gives those of this node, as they are now."""


class Revoked:
    """Looks through this node's tabs each time that some node hears the others again."""

    def __init__(self, server: Server, tabs: Tabs) -> None:
        self._server = server
        self._tabs = tabs
        self._due = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        server.when_back(lambda: server.publish_notice(NOTICE, b""))
        server.subscribe(NOTICE, lambda _: self._due.set())

    def start(self) -> None:
        """Look whenever that is due."""
        self._looking = asyncio.create_task(self._keep_on(), name="revoked")

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
                await self._look()
            except Exception as error:  # noqa: BLE001 - the database is away; again, then
                at = where(error.__traceback__)
                log.warning("tokens not looked at", error=type(error).__name__, where=at)
                await asyncio.sleep(AGAIN)
                self._due.set()

    async def _look(self) -> None:
        """Who has connected since was asked for her token then."""
        sessions = {
            tab.actor.session: (tab.actor.user_id, tab.actor.issued_at) for tab in self._tabs()
        }
        gone = await people.revoked(set(sessions.values()))
        for session, token in sessions.items():
            if session is not None and token in gone:
                self._server.close_session(session)
