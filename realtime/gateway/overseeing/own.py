"""What this node has to tell an operator. Nothing is kept for it: it looks when it is asked."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from realtime.dialects.words import Words, iso
from realtime.gateway.overseeing.asking import Asking
from realtime.gateway.overseeing.shapes import (
    MOST_CHARACTERS,
    MOST_ROOMS,
    ConnectionJson,
    Key,
    NodeJson,
    RoomJson,
    TroubleJson,
    Wanted,
)
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Tab
from realtime.transport import Server
from realtime.transport.engineio import reasons
from realtime.transport.engineio.metrics import closed_so_far
from realtime.transport.socketio.here import Standing
from realtime.troubles import TROUBLES

Keyed = list[tuple[Key, Any]]
"""Things with what they are sorted by."""

CLOSE: Final = "close"
"""What is asked to put a socket out."""

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Itself:
    """What a node knows of itself; ``push`` says in words how it is with web push."""

    process: str
    version: str
    started: datetime
    worker: bool
    push: Callable[[], str]


class Own:
    """A node's part of each list, by the list's name."""

    def __init__(self, itself: Itself, server: Server, sockets: Sockets, words: Words) -> None:
        self._itself = itself
        self._server = server
        self._sockets = sockets
        self._words = words
        self._lists: Mapping[str, Callable[[Wanted], Keyed]] = {
            "nodes": self._nodes,
            "connections": self._connections,
            "rooms": self._rooms,
            "troubles": self._troubles,
        }

    def answer_for(self, asking: Asking) -> None:
        """Say what is here whenever some node asks."""
        for name, part in self._lists.items():
            asking.answer_with(name, partial(self._part, part))
        asking.answer_with(CLOSE, self._close)

    def _part(self, part: Callable[[Wanted], Keyed], said: Mapping[str, Any]) -> Keyed:
        """Up to so many things of a list, each with its key."""
        wanted = Wanted.heard(said)
        elsewhere = wanted.node is not None and wanted.node != self._server.node
        return [] if elsewhere else part(wanted)

    def _close(self, sid: str) -> int:
        """Put one socket out, and its whole connection; how many that were."""
        tab = self._sockets.find(sid)
        if tab is None:
            return 0
        self._server.close_session(self._server.session_id(sid, tab.namespace))
        return 1

    def _nodes(self, wanted: Wanted) -> Keyed:
        key: Key = (self._server.node, self._itself.process)
        return wanted.page([(key, self._node())])

    def _node(self) -> NodeJson:
        tabs, server = self._sockets.tabs(), self._server
        sessions, polling = server.sessions_here()
        alone = "alone" if server.alone else "shared"
        return {
            "name": server.node,
            "process": self._itself.process,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": self._itself.version,
            "worker": self._itself.worker,
            "startedAt": iso(self._itself.started),
            "draining": server.draining,
            "backplane": server.cut_off() or alone,
            "push": self._itself.push(),
            "connections": len(tabs),
            "users": len({tab.actor.user_id for tab in tabs}),
            "sessions": sessions,
            "polling": polling,
            "rooms": sum(1 for _ in server.rooms_here()),
            "slow": sum(1 for _ in self._slow()),
            "cut": closed_so_far(reasons.BACKLOG_FULL),
            "memoryBytes": _memory(),
        }

    def _slow(self) -> Iterator[Tab]:
        return (tab for tab, standing in self._standing(self._sockets.tabs()) if standing.waiting)

    def _connections(self, wanted: Wanted) -> Keyed:
        """Those of one user stand together."""
        tabs = self._standing(self._wanted(wanted))
        keyed = (
            ((tab.actor.user_id, tab.sid), (tab, standing))
            for tab, standing in tabs
            if standing.waiting or not wanted.slow
        )
        return [(key, self._connection(*found)) for key, found in wanted.page(keyed)]

    def _wanted(self, wanted: Wanted) -> Iterable[Tab]:
        namespace = wanted.namespace
        in_room = None
        if wanted.room is not None:
            in_room = set(self._server.sids_here([wanted.room], namespace or "/"))
        for tab in self._sockets.tabs():
            if (
                wanted.user in (None, tab.actor.user_id)
                and namespace in (None, tab.namespace)
                and (in_room is None or tab.sid in in_room)
            ):
                yield tab

    def _standing(self, tabs: Iterable[Tab]) -> Iterator[tuple[Tab, Standing]]:
        """Each with how it is with it, but for those that have just gone."""
        for tab in tabs:
            standing = self._server.standing(tab.sid, tab.namespace)
            if standing is not None:
                yield tab, standing

    def _connection(self, tab: Tab, standing: Standing) -> ConnectionJson:
        environ = standing.environ
        return {
            "sid": tab.sid,
            "namespace": tab.namespace,
            "node": self._server.node,
            "userId": self._words.user_id(tab.actor.user_id),
            "dialects": [dialect.name for dialect in tab.spoken],
            "transport": "polling" if standing.transport == "polling" else "websocket",
            "address": _short(environ.get("REMOTE_ADDR")),
            "origin": _short(environ.get("HTTP_ORIGIN")),
            "userAgent": _short(environ.get("HTTP_USER_AGENT")),
            "connectedAt": iso(datetime.fromtimestamp(standing.since, UTC)),
            "rooms": sorted(standing.rooms)[:MOST_ROOMS],
            "roomCount": len(standing.rooms),
            "waitingBytes": standing.waiting,
            "unhandled": standing.unhandled,
        }

    def _rooms(self, wanted: Wanted) -> Keyed:
        keyed = (
            ((namespace, name), connections)
            for namespace, name, connections in self._server.rooms_here()
            if wanted.namespace in (None, namespace) and (wanted.name or "") in name
        )
        return [(key, _room(key, connections)) for key, connections in wanted.page(keyed)]

    def _troubles(self, wanted: Wanted) -> Keyed:
        """The newest first."""
        keyed = (
            ((_descending(line), self._itself.process, -number), (level, line))
            for number, level, line in TROUBLES
            if wanted.level in (None, level)
        )
        return [(key, self._trouble(*found)) for key, found in wanted.page(keyed)]

    def _trouble(self, level: Any, line: Mapping[str, Any]) -> TroubleJson:
        facts = dict(line)
        at, event = facts.pop("timestamp", ""), facts.pop("event", "")
        facts.pop("level", None)
        return {
            "at": iso(_moment(at)),
            "level": level,
            "node": self._server.node,
            "event": str(event)[:MOST_CHARACTERS],
            "facts": {key: _plain(value) for key, value in list(facts.items())[:20]},
        }


def _room(key: Key, connections: int) -> RoomJson:
    return {"namespace": str(key[0]), "name": str(key[1]), "connections": connections}


def _short(said: object) -> str | None:
    return None if said is None else str(said)[:MOST_CHARACTERS]


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | None) else str(value)[:MOST_CHARACTERS]


def _moment(at: object) -> datetime:
    """When a line was written, which the log says in ISO 8601."""
    with suppress(ValueError):
        return datetime.fromisoformat(str(at))
    return datetime.fromtimestamp(0, UTC)


def _descending(line: Mapping[str, Any]) -> int:
    return -int(_moment(line.get("timestamp")).timestamp() * 1000)


def _memory() -> int | None:
    """Bytes of this process that lie in memory, where the system says so."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
