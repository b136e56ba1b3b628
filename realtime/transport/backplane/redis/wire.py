"""What crosses Redis: a blob of messages, their heads together and then their bodies.

The heads are one JSON text, its length in four bytes before it: for each message its kind, the size
of its body, and of a unit its order, the addresses of its deliveries with the sizes of their
frames, which follow one another in the body, its commands and what it is said in; of a command its
fields; of a notice its name. A node that has none of the members reads the heads and cuts bodies.
Nothing is ever unpickled. What arrives is trusted no further than this.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from realtime.transport.backplane import Command, Delivery, Message, Notice, Unit

_WIDTH: Final = 4
_UNIT, _COMMAND, _NOTICE = "u", "c", "n"


def encode(messages: Iterable[Message]) -> bytes:
    """Messages as one blob."""
    heads: list[Any] = []
    bodies: list[bytes] = []
    for message in messages:
        kind, head, body = _parts(message)
        heads.append((kind, sum(map(len, body)), head))
        bodies += body
    text = orjson.dumps(heads)
    return b"".join([len(text).to_bytes(_WIDTH, "big"), text, *bodies])


def decode(blob: bytes) -> Iterator[Message]:
    """The messages of a blob, in their order. Raises ValueError at what is none."""
    if not blob:
        return
    try:
        at = _WIDTH + int.from_bytes(blob[:_WIDTH], "big")
        for kind, size, head in orjson.loads(blob[_WIDTH:at]):
            if not 0 <= size <= len(blob) - at:
                raise ValueError("cut short")
            body = blob[at : at + size]
            at += size
            yield _READ[kind](head, body)
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes run into
        raise ValueError(type(error).__name__) from None


def _parts(message: Message) -> tuple[str, Any, list[bytes]]:
    if isinstance(message, Unit):
        addresses = [
            (namespace, rooms, skip_session, skip_sids, len(frames))
            for namespace, rooms, frames, skip_session, skip_sids in message.deliveries
        ]
        commands = [_fields(each) for each in message.commands]
        frames = [each.frames for each in message.deliveries]
        return _UNIT, (message.order, addresses, commands, message.said_in), frames
    if isinstance(message, Command):
        return _COMMAND, _fields(message), []
    return _NOTICE, message.name, [message.body]


def _fields(command: Command) -> tuple[str, str, str, str]:
    return command.action, command.of, command.room, command.namespace


def _unit(head: Any, body: bytes) -> Unit:
    order, addresses, given, said_in = head
    deliveries, at = [], 0
    for namespace, rooms, skip_session, skip_sids, size in addresses:
        frames = body[at : at + size]
        at += size
        deliveries.append(Delivery(namespace, tuple(rooms), frames, skip_session, tuple(skip_sids)))
    place = None if order is None else (order[0], int(order[1]))
    commands = tuple([_obeyed(*fields) for fields in given]) if given else ()
    return Unit(tuple(deliveries), place, commands, said_in)


def _command(head: Any, _body: bytes) -> Command:
    return _obeyed(*head)


def _obeyed(action: Any, of: str, room: str, namespace: str) -> Command:
    if action not in {"join", "leave", "close"}:
        raise ValueError("no such command")
    return Command(action, of, room, namespace)


def _notice(head: Any, body: bytes) -> Notice:
    return Notice(str(head), body)


_READ: Final[dict[str, Callable[[Any, bytes], Message]]] = {
    _UNIT: _unit,
    _COMMAND: _command,
    _NOTICE: _notice,
}
