"""What happens on this node, event by event, while somebody looks: gathered, and no more than so
much at once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from realtime.dialects.words import Words, iso
from realtime.gateway.admin_ui.shapes import socket_json
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Tab
from realtime.transport import Server
from realtime.transport.socketio.sockets import Socket, State

GATHER_SECONDS: Final = 0.25
"""How long what happens is gathered before it is told."""

MOST: Final = 200
"""Events that are told together; of more, all sockets are shown anew instead."""

MOST_SOCKETS: Final = 1_000
"""Sockets that are shown: that page draws each of them, and could not draw ten thousand."""

ANEW: Final = "anew"
"""Not the UI's: too much happened to be told, so who looks is to be shown all sockets again."""

Event = list[Any]
Tell = Callable[[Sequence[Event]], None]


class Feed:
    """A ``Watch`` that tells in the UI's events. Of what people say it tells the event's name."""

    def __init__(self, server: Server, sockets: Sockets, words: Words, tell: Tell) -> None:
        self._server = server
        self._sockets = sockets
        self._words = words
        self._tell = tell
        self._gathered: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None
        self._polling: dict[str, str] = {}
        """Sockets that were shown as polling, with their namespaces."""

    def begin(self) -> None:
        """Somebody looks."""
        self._server.watch_with(self)
        self._sockets.overhear(self._overheard)

    def end(self) -> None:
        """Nobody does."""
        self._server.watch_with(None)
        self._sockets.overhear(None)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._gathered.clear()
        self._polling.clear()

    def all_sockets(self, _question: Any = None) -> list[Any]:
        """The sockets of this node, the first thousand of them."""
        first = [tab for tab, _ in zip(self._sockets.tabs(), range(MOST_SOCKETS), strict=False)]
        return [shown for tab in first if (shown := self._shown(tab)) is not None]

    def look(self) -> None:
        """Tell of those who polled, and do so no longer."""
        for sid, namespace in tuple(self._polling.items()):
            standing = self._server.standing(sid, namespace)
            if standing is None or standing.transport != "polling":
                del self._polling[sid]
            if standing is not None and sid not in self._polling:
                updated = {"id": sid, "nsp": namespace, "transport": standing.transport}
                self._add("socket_updated", updated)

    # As the transport's watch.

    def connected(self, socket: Socket) -> None:
        """See ``Watch``."""
        tab = self._sockets.find(socket.sid)
        shown = None if tab is None else self._shown(tab)
        if shown is not None:
            self._add("socket_connected", shown, _now())

    def disconnected(self, socket: Socket, reason: str) -> None:
        """See ``Watch``. The UI forgets a room only when it hears that it was left."""
        self._polling.pop(socket.sid, None)
        if self._sockets.find(socket.sid) is not None:
            for room in (socket.sid, *socket.rooms):
                self._add("room_left", socket.namespace, room, socket.sid, _now())
            self._add("socket_disconnected", socket.namespace, socket.sid, reason, _now())

    def joined(self, socket: Socket, room: str) -> None:
        """See ``Watch``."""
        if socket.state is State.CONNECTED and self._sockets.find(socket.sid) is not None:
            self._add("room_joined", socket.namespace, room, socket.sid, _now())

    def left(self, socket: Socket, room: str) -> None:
        """See ``Watch``."""
        if self._sockets.find(socket.sid) is not None:
            self._add("room_left", socket.namespace, room, socket.sid, _now())

    def _overheard(self, sid: str, event: str) -> None:
        tab = self._sockets.find(sid)
        if tab is not None:
            self._add("event_received", tab.namespace, sid, [event[:64]], _now())

    def _shown(self, tab: Tab) -> dict[str, Any] | None:
        standing = self._server.standing(tab.sid, tab.namespace)
        if standing is None:
            return None
        if standing.transport == "polling":
            self._polling[tab.sid] = tab.namespace
        return socket_json(tab, standing, self._words)

    def _add(self, *event: Any) -> None:
        if len(self._gathered) <= MOST:
            self._gathered.append(list(event))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(GATHER_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        gathered, self._gathered = self._gathered, []
        self._tell(gathered if len(gathered) <= MOST else [[ANEW]])


def _now() -> str:
    return iso(datetime.now(UTC))
