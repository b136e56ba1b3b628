"""An event whose sender waits for the client's ack."""

import asyncio
from collections.abc import Sequence
from typing import Any

from socketio.exceptions import DisconnectedError
from socketio.exceptions import TimeoutError as NoAnswer

from realtime.transport.socketio.publisher import Publisher
from realtime.transport.socketio.sockets import Socket


class Waiting:
    """The callback of a `call`: passes the ack, or the client's end, to who waits for it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __call__(self, *values: Any) -> None:
        """The ack: nothing, its one argument, or a tuple of several."""
        if not self.answer.done():
            self.answer.set_result(_unwrapped(values))

    def lost(self) -> None:
        """The client has gone and will not answer."""
        if not self.answer.done():
            self.answer.set_exception(DisconnectedError())


async def call(
    publisher: Publisher, socket: Socket, event: str, args: Sequence[Any], seconds: float
) -> Any:
    """Send an event and return its ack.

    Raises NoAnswer after `seconds` and DisconnectedError.
    """
    if not socket.live:
        raise DisconnectedError
    waiting = Waiting()
    session = socket.session
    number = publisher.ask_one(socket, event, args, waiting)
    # While a handler waits, its client's acks must be read however many events lie before them.
    session.await_client()
    try:
        async with asyncio.timeout(seconds):
            return await waiting.answer
    except TimeoutError:
        raise NoAnswer from None
    finally:
        session.awaited -= 1
        socket.answers.pop(number, None)


def answer_lost(answer: Any) -> None:
    """Tell a waiting `call` that its client has gone; a plain callback is just never called."""
    lost = getattr(answer, "lost", None)
    if lost is not None:
        lost()


def _unwrapped(values: tuple[Any, ...]) -> Any:
    if not values:
        return None
    return values[0] if len(values) == 1 else values
