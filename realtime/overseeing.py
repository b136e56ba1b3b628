"""Lets an operator see all nodes: what this one has to tell, how it asks the others, and the
official admin UI, where it may come in."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from realtime.dialects.base import Dialect
from realtime.dialects.rooms import EVERYONE
from realtime.dialects.words import Words
from realtime.domain.ports import Clock
from realtime.gateway.admin_ui import NAMESPACE, AdminUi, Credentials, Door, Lookers
from realtime.gateway.admin_ui.door import KIND
from realtime.gateway.admin_ui.feed import Feed
from realtime.gateway.admin_ui.orders import Orders
from realtime.gateway.admin_ui.stats import Stats
from realtime.gateway.overseeing import Asking, Itself, Overseer, Own
from realtime.gateway.settings import AdminSettings
from realtime.gateway.sockets import Sockets
from realtime.stores.limits import MemoryLimits
from realtime.stores.roster import Roster
from realtime.transport import Server

PASSWORDS = (0.2, 10.0)
"""How many passwords of the admin UI may be tried from one address: a second, and at once."""


class Overseeing:
    """This node among those that an operator sees; the server has not started yet."""

    def __init__(
        self,
        server: Server,
        roster: Roster | None,
        sockets: Sockets,
        words: Words,
        *,
        process: str,
    ) -> None:
        self._server = server
        self._roster = roster
        self._sockets = sockets
        self._words = words
        self._process = process
        others = (lambda: roster.others) if roster is not None else list
        self._asking = Asking(server, process, others)

    def overseer(self, *, worker: bool, push: Callable[[], str], clock: Clock) -> Overseer:
        """Looks at all nodes from this one; ``push`` says how it is with web push."""
        itself = Itself(self._process, version("realtime"), clock(), worker, push)
        own = Own(itself, self._server, self._sockets, self._words)
        own.answer_for(self._asking)
        return Overseer(self._asking)

    @asynccontextmanager
    async def admin_ui(
        self, settings: AdminSettings, dialects: Iterable[Dialect], namespaces: Sequence[str]
    ) -> AsyncIterator[None]:
        """Let the official admin UI in while this goes on, if it has a password."""
        if settings.password is None:
            yield
            return
        ui = AdminUi(
            self._server,
            self._asking,
            Door(
                Credentials(settings.username, settings.password),
                MemoryLimits({KIND: PASSWORDS}),
            ),
            self._lookers(),
            Stats(self._server, (*namespaces, NAMESPACE)),
        )
        if settings.mode == "development":
            ui.feed = Feed(self._server, self._sockets, self._words, ui.tell)
        if not settings.readonly:
            everyone = [dialect.room(EVERYONE) for dialect in dialects]
            ui.orders = Orders(self._server, namespaces, everyone)
        ui.attach()
        try:
            yield
        finally:
            ui.close()

    def _lookers(self) -> Lookers:
        if self._roster is None:
            return Lookers(self._process)
        lookers = Lookers(self._process, self._roster.teller("lookers"))
        self._roster.add("lookers", lookers)
        return lookers
