"""A connection to Redis on which nothing waits: commands are written, answers come back in order.

redis-py opens it (TCP, TLS, unix sockets, passwords, databases); from then on it is an asyncio
protocol of our own, because a publish must cost microseconds and never an await.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Self

import hiredis
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError

from realtime.reasons import plainly

OPEN_SECONDS: Final = 5.0
FINISH_SECONDS: Final = 1.0

Heard = Callable[[Any], None]
"""Told the answer to a command: bytes, int, list, None, or a `hiredis.ReplyError`."""


class Away(Exception):  # noqa: N818 - it says where Redis is
    """Redis cannot be reached, or refuses; the words say why, without its address."""

    elsewhere: str | None = None
    """`host:port`, where a server of a Cluster says that it is not the one."""

    @classmethod
    def refused(cls, error: hiredis.ReplyError) -> "Away":
        """From the answer `OOM …`, `READONLY …`: what follows the first word may quote what was
        written, except for an address."""
        code, _, rest = str(error).partition(" ")
        away = cls(code)
        if code == "MOVED":
            away.elsewhere = rest.rpartition(" ")[2]
        return away


class Link(asyncio.Protocol):
    """One open connection. `lost` is called once, when it ends by whatever cause."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self._reader = hiredis.Reader()
        self._waiting: deque[Heard] = deque()
        self._transport: asyncio.Transport | None = None
        self._asked_at = 0.0
        self._kept: Any = None

    @classmethod
    async def open(
        cls, url: str, lost: Callable[[], None], *, seconds: float = OPEN_SECONDS
    ) -> Self:
        """Connect and sign in. Raises Away."""
        # RESP2, no time-out, no retry: redis-py's defaults would end a blocking read after 5 s
        # and could store one entry twice.
        pool = ConnectionPool.from_url(
            url, protocol=2, socket_timeout=None, retry=Retry(NoBackoff(), 0)
        )
        connection: Any = pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(seconds):
                await connection.connect()
        except (RedisError, OSError, TimeoutError) as error:
            await connection.disconnect(nowait=True)
            raise Away(_why(error)) from None
        link = cls(lost)
        link._take(connection)
        return link

    def send(self, heard: Heard, *command: str | bytes | int) -> None:
        """Write a command; its answer goes to `heard`, unless the connection ends before."""
        if self._transport is None:
            return
        if not self._waiting:
            self._asked_at = asyncio.get_running_loop().time()
        self._waiting.append(heard)
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type] # any number

    async def ask(self, *command: str | bytes | int, seconds: float = OPEN_SECONDS) -> Any:
        """Write a command and wait for its answer. Raises Away for an error and for silence."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def heard(given: Any) -> None:
            if not answer.done():
                answer.set_result(given)

        self.send(heard, *command)
        try:
            async with asyncio.timeout(seconds):
                given = await answer
        except TimeoutError:
            raise Away("no answer") from None
        if isinstance(given, hiredis.ReplyError):
            raise Away.refused(given)
        return given

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self._transport is not None

    def silent_for(self) -> float:
        """Seconds since the oldest command that has no answer was written, or something came."""
        if not self._waiting:
            return 0.0
        return asyncio.get_running_loop().time() - self._asked_at

    def own_address(self) -> str | None:
        """This end's IP address; over a unix socket all are on one machine."""
        if self._transport is None:
            return None
        name = self._transport.get_extra_info("sockname")
        return str(name[0]) if isinstance(name, tuple) else "127.0.0.1"

    def close(self) -> None:
        """End it; `lost` is not called any more."""
        self._lost = nobody
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def finish(self) -> None:
        """Wait until all that was written is answered, or Redis is silent; then end it."""
        with suppress(Away):  # answers come in order: this one is the last
            await self.ask("PING", seconds=FINISH_SECONDS)
        self.close()

    def data_received(self, data: bytes) -> None:
        """Hand each answer to whoever asked, in the order of the questions."""
        self._asked_at = asyncio.get_running_loop().time()
        try:
            self._reader.feed(data)
            while (answer := self._reader.gets()) is not False:
                self._waiting.popleft()(answer)
        except (hiredis.ProtocolError, IndexError):
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Whatever is not answered by now will not be."""
        self._transport = None
        self._waiting.clear()
        lost, self._lost = self._lost, nobody
        lost()

    def _take(self, connection: Any) -> None:
        # Both would close the connection when they are collected: redis-py's forgets it, the
        # writer is kept.
        self._kept, connection._writer, connection._reader = connection._writer, None, None
        transport: asyncio.Transport = self._kept.transport
        transport.set_protocol(self)
        self._transport = transport


def nobody() -> None:
    """Not told that a connection has ended."""


def _why(error: Exception) -> str:
    """In a few words, without an address or a password."""
    within = error.__context__
    if isinstance(within, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {within.verify_message}"
    cause = within if isinstance(within, RedisError | OSError) else error
    if isinstance(cause, AuthenticationError):
        return "it wants a password, or another one"
    if isinstance(within, OSError):
        return plainly(within)
    return type(cause).__name__
