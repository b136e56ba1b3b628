"""What crosses Redis: a blob of messages, each with a head that is read and a body that is not.

A message is ``kind, length of head, length of body, head, body`` with the lengths in four bytes.
The head is JSON: of a unit its order, the addresses of its deliveries with the sizes of their
frames, which follow one another in the body, its commands and what it is said in; of a command its
fields; of a notice its name.
Nothing is ever unpickled. What arrives is trusted no further than this.
"""

from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import Any, Final

import orjson

from realtime.transport.backplane import Command, Delivery, Message, Notice, Unit

_SIZES: Final = Struct(">cII")

_UNIT, _COMMAND, _NOTICE = b"u", b"c", b"n"


def encode(messages: Iterable[Message]) -> bytes:
    """Messages as one blob."""
    parts: list[bytes] = []
    for message in messages:
        kind, head, body = _parts(message)
        parts += (_SIZES.pack(kind, len(head), len(body)), head, body)
    return b"".join(parts)


def decode(blob: bytes) -> Iterator[Message]:
    """The messages of a blob, in their order. Raises ValueError at what is none."""
    at = 0
    while at < len(blob):
        try:
            kind, of_head, of_body = _SIZES.unpack_from(blob, at)
            at += _SIZES.size
            head, end = orjson.loads(blob[at : at + of_head]), at + of_head + of_body
            if end > len(blob):
                raise ValueError("cut short")
            yield _READ[kind](head, blob, at + of_head, end)
        except ValueError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes run into
            raise ValueError(type(error).__name__) from None
        at = end


def _parts(message: Message) -> tuple[bytes, bytes, bytes]:
    if isinstance(message, Unit):
        addresses = [
            (each.namespace, each.rooms, each.skip_session, each.skip_sids, len(each.frames))
            for each in message.deliveries
        ]
        commands = [_fields(each) for each in message.commands]
        body = b"".join([each.frames for each in message.deliveries])
        return _UNIT, orjson.dumps((message.order, addresses, commands, message.said_in)), body
    if isinstance(message, Command):
        return _COMMAND, orjson.dumps(_fields(message)), b""
    return _NOTICE, orjson.dumps(message.name), message.body


def _fields(command: Command) -> tuple[str, str, str, str]:
    return command.action, command.of, command.room, command.namespace


def _unit(head: Any, blob: bytes, at: int, _end: int) -> Unit:
    order, addresses, given, said_in = head
    deliveries = []
    for namespace, rooms, skip_session, skip_sids, size in addresses:
        frames = blob[at : at + size]
        at += size
        deliveries.append(Delivery(namespace, tuple(rooms), frames, skip_session, tuple(skip_sids)))
    place = None if order is None else (order[0], int(order[1]))
    commands = tuple(_obeyed(*fields) for fields in given)
    return Unit(tuple(deliveries), place, commands, said_in)


def _command(head: Any, _blob: bytes, _at: int, _end: int) -> Command:
    return _obeyed(*head)


def _obeyed(action: Any, of: str, room: str, namespace: str) -> Command:
    if action not in {"join", "leave", "close"}:
        raise ValueError("no such command")
    return Command(action, of, room, namespace)


def _notice(head: Any, blob: bytes, at: int, end: int) -> Notice:
    return Notice(str(head), blob[at:end])


_READ: Final[dict[bytes, Callable[[Any, bytes, int, int], Message]]] = {
    _UNIT: _unit,
    _COMMAND: _command,
    _NOTICE: _notice,
}
