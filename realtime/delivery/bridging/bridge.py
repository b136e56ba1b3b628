"""Does for this node's sockets what another backend asked of all nodes."""

from collections.abc import Callable, Sequence
from typing import Any

from realtime.delivery.bridging.rooms import OldRooms
from realtime.dialects.rooms import custom_room
from realtime.transport import Emission, Server
from realtime.transport.bridges.asked import Action, Asked, Done, Refused, Said


class Bridge:
    """Whoever asks is unknown: it is done to the sockets of one dialect, and joining leads into
    custom rooms alone, so that nobody is let into a conversation this way."""

    def __init__(self, server: Server, rooms: OldRooms, namespaces: Sequence[str]) -> None:
        self._server = server
        self._rooms = rooms
        self.namespaces = namespaces
        self._doing: dict[Action, Callable[[str, Done], Any]] = {
            "join": self._join,
            "leave": self._leave,
            "disconnect": self._disconnect,
            "close": self._close,
        }

    def heard(self, name: str, namespace: str) -> bool:
        """Whether what is said to a room of this name is heard on this node, now or later."""
        return any(self._server.hears_here(room, namespace) for room in self._rooms.of([name]))

    def obey(self, asked: Asked) -> None:
        """Do it. Raises Refused for a namespace that nobody is in."""
        if asked.namespace not in self.namespaces:
            raise Refused("unknown namespace")
        if isinstance(asked, Said):
            self._say(asked)
        else:
            self._do(asked)

    def _say(self, said: Said) -> None:
        rooms, but = self._rooms.addressed(said.to), self._rooms.of(said.but)
        self._server.send_here(Emission(said.event, said.args, rooms, said.namespace), but)

    def _do(self, done: Done) -> None:
        rooms, but = self._rooms.addressed(done.of), self._rooms.of(done.but)
        do = self._doing[done.action]
        for sid in self._server.sids_here(rooms, done.namespace, but):
            do(sid, done)

    def _join(self, sid: str, done: Done) -> None:
        for name in done.rooms:
            self._server.join(sid, custom_room(name), done.namespace)

    def _leave(self, sid: str, done: Done) -> None:
        for name in done.rooms:
            self._server.leave(sid, custom_room(name), done.namespace)

    def _disconnect(self, sid: str, done: Done) -> None:
        self._server.disconnect_here(sid, done.namespace)

    def _close(self, sid: str, done: Done) -> None:
        self._server.disconnect_here(sid, done.namespace, close=True)
