"""Socket.IO v5 packets (https://socket.io/docs/v4/socket-io-protocol/) to and from bytes. No I/O.

Outgoing packets are made as WebSocket frames at once, attachments behind their header, because that
is how nearly every client gets them; the polling transport takes them apart again.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from realtime.transport.engineio.wire import codec, frames
from realtime.transport.engineio.wire.codec import MalformedError

CONNECT: Final = 0
DISCONNECT: Final = 1
EVENT: Final = 2
ACK: Final = 3
CONNECT_ERROR: Final = 4
BINARY_EVENT: Final = 5
BINARY_ACK: Final = 6

RESERVED: Final = frozenset(
    {
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
        # python-socketio's own: the handlers that run for names without one
        "*",
        "__disconnect_final",
    }
)
"""Names that mean something to servers and clients; a client that sends one means no good."""

_TYPES: Final = tuple(b"4%d" % kind for kind in range(7))
_MAX_ID_DIGITS: Final = 16  # Number.MAX_SAFE_INTEGER has as many


class Header(NamedTuple):
    """What stands before a packet's JSON. `start` is where that begins in the message."""

    kind: int
    attachments: int
    namespace: str
    ack: bytes
    start: int


def main_event(message: bytes) -> int:
    """Where the array of an event of the main namespace begins, as nearly all messages are; behind
    the `42` there is nothing or an id before it. 0 for any other message: see `header`."""
    if not message.startswith(b"42"):
        return 0
    start = message.find(b"[", 2, 3 + _MAX_ID_DIGITS)
    return start if start == 2 or (start > 2 and message[2:start].isdigit()) else 0


def header(message: bytes) -> Header:
    """Read an Engine.IO text message, its leading `4` included.

    Raises MalformedError.
    """
    kind = message[1] - 0x30 if len(message) > 1 else -1
    if not CONNECT <= kind <= BINARY_ACK:
        raise MalformedError("unknown packet type")
    at, attachments = _attachments(message) if kind >= BINARY_EVENT else (2, 0)
    namespace, at = _namespace(message, at)
    start = _digits_end(message, at)
    ack = message[at:start]
    if len(ack) > _MAX_ID_DIGITS or (ack and kind in (CONNECT, DISCONNECT, CONNECT_ERROR)):
        raise MalformedError("bad packet id")
    if not ack and kind in (ACK, BINARY_ACK):
        raise MalformedError("an ack without an id")
    return Header(kind, attachments, namespace, ack, start)


def _attachments(message: bytes) -> tuple[int, int]:
    dash = message.find(b"-", 2, 12)
    count = message[2:dash]
    if dash < 0 or not count.isdigit():
        raise MalformedError("bad attachment count")
    return dash + 1, int(count)


def _namespace(message: bytes, at: int) -> tuple[str, int]:
    if message[at : at + 1] != b"/":
        return "/", at
    comma = message.find(b",", at)
    end, following = (len(message), len(message)) if comma < 0 else (comma, comma + 1)
    try:
        name = message[at:end].decode()
    except UnicodeDecodeError as error:
        raise MalformedError("namespace is not UTF-8") from error
    return name.partition("?")[0], following  # Node's server ignores a namespace's query, too


def _digits_end(message: bytes, at: int) -> int:
    """Where the digits from some place on end, or one behind as many as an id may have."""
    most = min(len(message), at + _MAX_ID_DIGITS + 1)
    while at < most and 0x30 <= message[at] <= 0x39:
        at += 1
    return at


def connect_payload(message: bytes, start: int, depth: int) -> dict[str, Any] | None:
    """What the client passed as `auth`; None where it passed nothing.

    Raises MalformedError, also for anything but an object.
    """
    if start == len(message):
        return None
    auth = codec.loads(message[start:], depth)
    if not isinstance(auth, dict):
        raise MalformedError("auth is not an object")
    return auth


def arguments(
    message: bytes, start: int, depth: int, attachments: Sequence[bytes] = ()
) -> list[Any]:
    """The array of an EVENT (its name first) or ACK, attachments in their places.

    Raises MalformedError.
    """
    values = codec.loads(message[start:], depth)
    if not isinstance(values, list):
        raise MalformedError("payload is not an array")
    return in_place(values, attachments) if attachments else values


def check_name(values: list[Any]) -> str:
    """An EVENT's name; a number, which JavaScript clients may use, is the text that it prints as.

    Raises MalformedError for a name that no client may send.
    """
    name = values[0] if values else None
    if isinstance(name, str):
        if name in RESERVED:
            raise MalformedError("reserved event name")
        return name
    if isinstance(name, int | float) and not isinstance(name, bool):
        return str(name)
    raise MalformedError("an event needs a name")


def in_place(values: list[Any], attachments: Sequence[bytes]) -> list[Any]:
    """Values of bounded depth with an attachment where there is a placeholder for it.

    Raises MalformedError for one that stands for no attachment.
    """
    return [_with_attachments(value, attachments) for value in values]


def _with_attachments(value: Any, attachments: Sequence[bytes]) -> Any:
    """Recursion is safe: the JSON was bounded in depth."""
    if isinstance(value, list):
        return [_with_attachments(inner, attachments) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        if type(number) is int and 0 <= number < len(attachments):
            return attachments[number]
        raise MalformedError("no such attachment")
    return {key: _with_attachments(inner, attachments) for key, inner in value.items()}


def connect(namespace: str, sid: str, pid: str | None = None) -> bytes:
    """Frames that tell a client it is connected; one with a `pid` may ask to be recovered."""
    told = {"sid": sid} if pid is None else {"sid": sid, "pid": pid}
    return frames.text(b"40" + _prefix(namespace) + codec.dumps(told))


def with_offset(event_frames: bytes, offset: bytes) -> bytes:
    """The frames of one event that wants no ack, with one more argument behind its own."""
    start, end = frames.first(event_frames)
    told = frames.text(b'%s,"%s"]' % (event_frames[start : end - 1], offset))
    return told + event_frames[end:] if end < len(event_frames) else told


def connect_error(namespace: str, reason: Any) -> bytes:
    """Frames that refuse a client, which reads `reason["message"]` and stays away."""
    return frames.text(b"44" + _prefix(namespace) + codec.dumps(reason))


def disconnect(namespace: str) -> bytes:
    """Frames that put a client out of a namespace, which then stays away."""
    return frames.text(b"41" + _prefix(namespace))


def event(namespace: str, values: Sequence[Any], ack: int | None = None) -> bytes:
    """Frames of one event, `values` being its name and arguments.

    Raises TypeError for what JSON has no form for.
    """
    tail = b"" if ack is None else b"%d" % ack
    return _encode(EVENT, BINARY_EVENT, namespace, tail, values)


def acknowledgement(namespace: str, ack: bytes, values: Sequence[Any]) -> bytes:
    """Frames that answer the event with the id `ack`."""
    return _encode(ACK, BINARY_ACK, namespace, ack, values)


def _prefix(namespace: str) -> bytes:
    return b"" if namespace == "/" else namespace.encode() + b","


def _encode(kind: int, binary: int, namespace: str, ack: bytes, values: Sequence[Any]) -> bytes:
    tail = ack if namespace == "/" else _prefix(namespace) + ack
    try:
        return frames.text(_TYPES[kind] + tail + codec.dumps(values))
    except TypeError:
        attachments: list[bytes] = []
        values = _without_attachments(list(values), attachments)
        if not attachments:
            raise
        body = codec.dumps(values)
    head = frames.text(b"4%d%d-" % (binary, len(attachments)) + tail + body)
    return head + b"".join(map(frames.binary, attachments))


def _without_attachments(value: Any, attachments: list[bytes]) -> Any:
    """A copy with a placeholder for each binary, which is moved to `attachments`."""
    if isinstance(value, bytes | bytearray | memoryview):
        attachments.append(bytes(value))
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(value, dict):
        return {key: _without_attachments(inner, attachments) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_attachments(inner, attachments) for inner in value]
    return value
