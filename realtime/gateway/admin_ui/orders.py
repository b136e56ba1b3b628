"""What the admin UI asks to be done to sockets: said to, joined, left, closed, on every node."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import structlog

from realtime.transport import Emission, Server

log = structlog.get_logger(__name__)

FEATURES: Final = ("EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT")
"""What the UI offers where orders are obeyed."""

_MOST_NAME: Final = 512
_RESERVED: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})

Order = Callable[..., None]


class Orders:
    """Obeys the UI. ``everyone`` are the rooms in which everybody is: an order without a room is
    for all of them. What is no order of the UI's is not obeyed, and nobody is told."""

    def __init__(self, server: Server, namespaces: Iterable[str], everyone: Iterable[str]) -> None:
        self._server = server
        self._namespaces = tuple(namespaces)  # no set: a page may name what cannot be in one
        self._everyone = tuple(everyone)
        self._orders: Mapping[str, Order] = {
            "emit": self._emit,
            "join": self._join,
            "leave": self._leave,
            "_disconnect": self._disconnect,
        }

    def obey(self, sid: str, order: str, *args: Any) -> None:
        """Do what one page asks for."""
        obeying = self._orders.get(order)
        if obeying is None or not args or args[0] not in self._namespaces:
            return
        try:
            obeying(*args)
        except TypeError:  # too few arguments, or of kinds that the UI never sends
            return
        log.info("admin_order", order=order, sid=sid, namespace=args[0])

    def _emit(self, namespace: str, room: Any, event: Any, *args: Any) -> None:
        if _name(event) in _RESERVED:
            raise TypeError
        rooms = (_name(room),) if room else ()
        self._server.publish([Emission(event, args, rooms, namespace)])

    def _join(self, namespace: str, room: Any, of: Any = None) -> None:
        for each in self._rooms(of):
            self._server.sockets_join(each, _name(room), namespace)

    def _leave(self, namespace: str, room: Any, of: Any = None) -> None:
        for each in self._rooms(of):
            self._server.sockets_leave(each, _name(room), namespace)

    def _disconnect(self, namespace: str, _close: Any = False, of: Any = None) -> None:
        """They come back by themselves, whatever is asked: see the page on looking after it."""
        for each in self._rooms(of):
            self._server.disconnect_sockets(each, namespace)

    def _rooms(self, of: Any) -> tuple[str, ...]:
        return (_name(of),) if of else self._everyone


def _name(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= _MOST_NAME:
        raise TypeError
    return given
