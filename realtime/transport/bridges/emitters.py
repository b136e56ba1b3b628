"""What `@socket.io/redis-emitter` publishes, and its kin in Go, Java, PHP and Rust; and what nodes
of `@socket.io/redis-adapter` say to one another, as far as it is an event.

Broadcasts are msgpack `[uid, packet, opts]` on `socket.io#<namespace>#`, with a room's name behind
it where there is exactly one; what is to be done to sockets is JSON on
`socket.io-request#<namespace>#`. Only patterns are subscribed to: who subscribes to a channel by
its name is counted by the nodes of the Node.js adapter, which would then wait for answers.
Source: socket.io-redis-adapter 8.3 lib/index.ts, socket.io-redis-emitter 5.1 lib/index.ts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from realtime.transport.bridges import asked, packed
from realtime.transport.bridges.asked import Action, Asked, Done, Refused
from realtime.transport.engineio.wire import codec

BROADCASTS: Final = (2, 5)
"""EVENT, and the BINARY_EVENT of emitters for Socket.IO 1 and 2."""
ARRAYS: Final = range(0x90, 0xA0)
"""First bytes of msgpack arrays. The sharded and the streams adapter use the same channels for maps
and for JSON."""

_REQUESTS: Final[dict[Any, Action]] = {2: "join", 3: "leave", 4: "disconnect"}
_GLOB: Final = re.compile(r"([*?\[\]\\])")


class Emitters:
    """Reads the channels of some namespaces. `key` is what they begin with, `depth` how far values
    may be nested; `heard` says whether anybody here is in a room of this name."""

    name = "emitters"

    def __init__(
        self, key: str, namespaces: Sequence[str], depth: int, heard: Callable[[str, str], bool]
    ) -> None:
        self._depth = depth
        self._heard = heard
        self._broadcasts = {f"{key}#{each}#": each for each in namespaces}
        self._requests = {f"{key}-request#{each}#": each for each in namespaces}
        self.channels: tuple[str, ...] = ()
        self.patterns = (
            *(f"{_literal(each)}*" for each in self._broadcasts),
            *map(_literal, self._requests),
        )

    def read(self, channel: str, payload: bytes) -> Asked | None:
        """What is asked; None for what is none of our business. Raises Refused."""
        try:
            if channel in self._requests:
                return self._request(self._requests[channel], payload)
            begin, namespace = next(
                (begin, namespace)
                for begin, namespace in self._broadcasts.items()
                if channel.startswith(begin)
            )
            room = channel[len(begin) : -1]  # it may have a # in it
            if payload[:1] not in _FIRST or (room and not self._heard(room, namespace)):
                return None
            return self._broadcast(namespace, payload)
        except Refused:
            raise
        except (KeyError, TypeError, ValueError, StopIteration):
            raise Refused("malformed") from None

    def _broadcast(self, namespace: str, payload: bytes) -> Asked | None:
        _uid, packet, opts = packed.unpack(payload, self._depth)
        packet, opts = asked.table(packet), asked.table(opts)
        if packet.get("nsp", "/") != namespace or packet["type"] not in BROADCASTS:
            return None
        event, *args = _list(packet["data"])
        return asked.said(namespace, event, args, _of(opts, "rooms"), _of(opts, "except"))

    def _request(self, namespace: str, payload: bytes) -> Asked | None:
        request = asked.table(codec.loads(payload, self._depth))
        action = _REQUESTS.get(request.get("type"))
        if action is None:
            return None
        if action == "disconnect" and request.get("close") is True:
            action = "close"
        of, but = _addressed(request)
        rooms = () if action in {"disconnect", "close"} else _rooms(request)
        return Done(namespace, action, of, but, rooms)


_FIRST: Final = frozenset(bytes([first]) for first in ARRAYS)


def _literal(text: str) -> str:
    """As a pattern of Redis that matches this text alone."""
    return _GLOB.sub(r"\\\1", text)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refused("malformed")
    return value


def _of(opts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return asked.names(opts.get(name) or [])


def _addressed(request: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whose sockets, and not whose. Without `rooms` it is not everyone: whoever means everyone says
    so by an empty list, and emitters of old name a socket."""
    if "opts" in request:
        opts = asked.table(request["opts"])
        return asked.names(opts["rooms"]), _of(opts, "except")
    return (asked.name_of(request["sid"]),), ()


def _rooms(request: Mapping[str, Any]) -> tuple[str, ...]:
    if "rooms" in request:
        return asked.names(request["rooms"])
    return (asked.name_of(request["room"]),)
