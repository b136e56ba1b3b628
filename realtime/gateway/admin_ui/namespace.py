"""The namespace that the admin UI connects to, and what its pages are told on this node."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import structlog
from socketio.exceptions import ConnectionRefusedError as RefusedToConnect

from realtime.gateway.admin_ui import stats
from realtime.gateway.admin_ui.door import Door
from realtime.gateway.admin_ui.feed import ANEW, MOST_SOCKETS, Event, Feed
from realtime.gateway.admin_ui.lookers import Lookers
from realtime.gateway.admin_ui.orders import FEATURES, Orders
from realtime.gateway.admin_ui.stats import Stats
from realtime.gateway.overseeing import Asking, spoken
from realtime.transport import Server

NAMESPACE: Final = "/admin"

SOCKETS: Final = "admin sockets"
"""What nodes are asked for that page by page is too slow for: the UI wants them at once."""

MOST_PAGES: Final = 20
"""Pages that may be open at one node."""
MOST_HELD: Final = 1_000
"""Events that wait until a page has been shown the sockets that they are about."""

_TOLD: Final = "admin told"
_INVALID: Final = "invalid credentials"
"""What the UI knows as the reason to ask for the password again."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Page:
    """An open page. While it waits for all sockets, what happens is held back."""

    sid: str
    held: list[Event] | None = field(default_factory=list)


class AdminUi:
    """Lets pages in, and tells them of all nodes. ``feed`` is None where they are told sums only,
    ``orders`` where they may look and not touch."""

    def __init__(
        self,
        server: Server,
        asking: Asking,
        door: Door,
        lookers: Lookers,
        numbers: Stats,
    ) -> None:
        self._server = server
        self._asking = asking
        self._door = door
        self._lookers = lookers
        self._stats = numbers
        self._pages: dict[str, _Page] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.feed: Feed | None = None
        self.orders: Orders | None = None

    def attach(self) -> None:
        """Take pages; before the server starts."""
        lookers, server = self._lookers, self._server
        lookers.changed = self._looked_at
        server.subscribe(_TOLD, self._hear)
        server.on("connect", self._connected, namespace=NAMESPACE)
        server.on("disconnect", self._disconnected, namespace=NAMESPACE)
        server.on("*", self._ordered, namespace=NAMESPACE)
        if self.feed is not None:
            self._asking.answer_with(SOCKETS, self.feed.all_sockets)

    def close(self) -> None:
        """The node stops."""
        self._looked_at(False)

    def tell(self, events: Sequence[Event]) -> None:
        """Let every page hear this, on whichever node it is."""
        self._server.publish_notice(_TOLD, spoken(events))

    def features(self) -> list[str]:
        """What the UI may offer."""
        every = () if self.feed is None else ("ALL_EVENTS",)
        return [*(() if self.orders is None else FEATURES), "AGGREGATED_EVENTS", *every]

    async def _connected(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        session = await self._door.let_in(str(environ.get("REMOTE_ADDR", "")), auth)
        if session is None or len(self._pages) >= MOST_PAGES:
            raise RefusedToConnect(_INVALID if session is None else "too many pages are open")
        self._pages[sid] = page = _Page(sid)
        if session:
            self._say(sid, "session", session)
        self._say(sid, "config", {"supportedFeatures": self.features()})
        log.info("admin_connected", sid=sid, address=environ.get("REMOTE_ADDR"))
        self._lookers.come()
        if self.feed is None:
            page.held = None
        else:
            self._server.start_background_task(self._show, page)

    async def _disconnected(self, sid: str, _reason: str) -> None:
        if self._pages.pop(sid, None) is not None:
            self._lookers.go()

    async def _ordered(self, order: str, sid: str, *args: Any) -> None:
        if self.orders is not None and sid in self._pages:
            self.orders.obey(sid, order, *args)

    async def _show(self, page: _Page) -> None:
        """Tell a page all sockets there are, and then what happened meanwhile."""
        page.held = page.held or []
        answers, _ = await self._asking.everyone(SOCKETS, None)
        sockets = [each for part in answers.values() for each in part or ()]
        self._say(page.sid, "all_sockets", sockets[:MOST_SOCKETS])
        held, page.held = page.held, None
        for event in held:
            self._say(page.sid, *event)

    def _hear(self, body: bytes) -> None:
        """A node tells all pages something."""
        if self._pages:
            events = orjson.loads(body)
            for page in self._pages.values():
                for event in events:
                    self._pass_on(page, event)

    def _pass_on(self, page: _Page, event: Event) -> None:
        if event[0] == ANEW:
            if page.held is None:
                page.held = []
                self._server.start_background_task(self._show, page)
        elif page.held is None or event[0] == "server_stats":
            self._say(page.sid, *event)
        elif len(page.held) < MOST_HELD:
            page.held.append(event)

    def _say(self, sid: str, event: str, *args: Any) -> None:
        self._server.tell(sid, event, *args, namespace=NAMESPACE)

    def _looked_at(self, there: bool) -> None:
        """Somebody looks, on some node, or nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if there:
            self._stats.begin()
            self._tick()
        if self.feed is not None:
            (self.feed.begin if there else self.feed.end)()

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(stats.SECONDS, self._tick)
        self.tell([["server_stats", self._stats.told()]])
        if self.feed is not None:
            self.feed.look()
