"""What python-socketio's `RedisManager` and `AsyncRedisManager` publish, and so Flask-SocketIO.

One JSON object a message, on `socketio`; Flask-SocketIO's are on `flask-socketio`. Before 5.14.0 it
was pickle, until 5.15.0 `data` was the bare argument. Source: python-socketio 5.18.1,
async_pubsub_manager.py and packet.py.
"""

import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from realtime.transport.bridges import asked
from realtime.transport.bridges.asked import Asked, Done, Refused
from realtime.transport.engineio.wire import codec
from realtime.transport.socketio import packets

PICKLE: Final = b"\x80"
PICKLED: Final = "pickle"
"""Why a message of an old emitter is refused."""

Message = Mapping[str, Any]


class Python:
    """Reads some channels. `depth` is how far arrays and objects may be nested."""

    name = "python"

    def __init__(self, channels: Sequence[str], depth: int) -> None:
        self.channels = tuple(channels)
        self.patterns: tuple[str, ...] = ()
        self._depth = depth

    def read(self, _channel: str, payload: bytes) -> Asked | None:
        """What is asked; None for what is none of our business. Raises Refused."""
        if payload.startswith(PICKLE):
            raise Refused(PICKLED)
        try:
            message = asked.table(codec.loads(payload, self._depth))
            namespace = message.get("namespace") or "/"
            reading = _METHODS.get(message.get("method"))
            if not isinstance(namespace, str):
                raise Refused("malformed")
            return None if reading is None else reading(message, namespace)
        except Refused:
            raise
        except (KeyError, TypeError, ValueError):
            raise Refused("malformed") from None


def _emit(message: Message, namespace: str) -> Asked | None:
    room = message.get("room")
    to = () if room is None else _several(room)
    if room is not None and not to:
        return None
    skip = message.get("skip_sid")
    but = () if skip is None else _several(skip)
    return asked.said(namespace, message["event"], _arguments(message), to, but)


def _arguments(message: Message) -> list[Any]:
    data: Any = message.get("data")
    attachments: list[bytes] = []
    if message.get("binary"):
        data, *encoded = data
        attachments = [binascii.a2b_base64(each, strict_mode=True) for each in encoded]
    args = data if isinstance(data, list) else [data]
    if args == [None]:  # `emit(event)`: a stock server gives its clients no argument, too
        return []
    return packets.in_place(args, attachments) if attachments else args


def _disconnect(message: Message, namespace: str) -> Done:
    return Done(namespace, "disconnect", (asked.name_of(message["sid"]),))


def _enter_room(message: Message, namespace: str) -> Done:
    of, room = asked.name_of(message["sid"]), asked.name_of(message["room"])
    return Done(namespace, "join", (of,), rooms=(room,))


def _leave_room(message: Message, namespace: str) -> Done:
    of, room = asked.name_of(message["sid"]), asked.name_of(message["room"])
    return Done(namespace, "leave", (of,), rooms=(room,))


def _close_room(message: Message, namespace: str) -> Done:
    room = asked.name_of(message["room"])
    return Done(namespace, "leave", (room,), rooms=(room,))


def _several(value: Any) -> tuple[str, ...]:
    return asked.names(value) if isinstance(value, list) else (asked.name_of(value),)


_METHODS: Final[dict[Any, Callable[[Message, str], Asked | None]]] = {
    "emit": _emit,
    "disconnect": _disconnect,
    "enter_room": _enter_room,
    "leave_room": _leave_room,
    "close_room": _close_room,
}
