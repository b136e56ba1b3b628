"""First answers of the server API's writes, kept for 24 hours so that a retry changes nothing.

The same on both databases: whoever inserts a key's row first writes; whoever comes meanwhile waits
for that row, which PostgreSQL does at its unique index and SQLite at its one writer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import orjson
from tortoise.transactions import in_transaction

from realtime.domain.errors import KeyReused, Refused
from realtime.domain.ports import Clock
from realtime.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)

SWEPT_EVERY = timedelta(minutes=10)

UNANSWERED = 0
"""The status of a key whose write goes on outside of this transaction."""


class Kept(NamedTuple):
    """What a call was answered: a status and JSON."""

    status: int
    body: Any


Write = Callable[[], Awaitable[Kept]]


class Idempotency:
    """Lets each key write once. A call that is refused leaves its key free."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._swept_at: datetime | None = None
        # On this node the calls of one key wait here, not each with a database connection.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def once(self, key: str, fingerprint: str, write: Write) -> Kept:
        """The answer of the key's first call; ``write`` is that call, in the key's transaction.

        Raises KeyReused where the key came with another fingerprint, and what ``write`` raises.
        """
        await self._sweep()
        async with self._turn(key), in_transaction():
            answer = await self._claim(key, fingerprint)
            if answer is None:
                answer = await write()
                await self._keep(key, answer)
        return answer

    async def repeated(self, key: str, fingerprint: str, write: Write) -> Kept:
        """The answer of a key's first call; ``write`` has its own transaction and may be repeated.

        A node that dies in between leaves the key unanswered: the retry writes again, which changes
        nothing, and hears what was written. Raises as ``once``.
        """
        await self._sweep()
        async with self._turn(key):
            async with in_transaction():
                answer = await self._claim(key, fingerprint)
            if answer is not None:
                return answer
            try:
                answer = await write()
            except Refused:
                await IdempotencyKey.filter(id=key, status=UNANSWERED).delete()
                raise
            return await self._first(key, answer)

    def _turn(self, key: str) -> asyncio.Lock:
        return self._turns.setdefault(key, asyncio.Lock())

    async def _claim(self, key: str, fingerprint: str) -> Kept | None:
        """The answer that is there; None for whoever has to write."""
        now = self._clock()
        await IdempotencyKey.filter(id=key, created_at__lt=now - KEPT_FOR).delete()
        mine = IdempotencyKey(id=key, fingerprint=fingerprint, status=UNANSWERED, created_at=now)
        row = None
        while row is None:  # another node's call, whose it was, may be refused in between
            await IdempotencyKey.bulk_create([mine], ignore_conflicts=True)
            row = await IdempotencyKey.get_or_none(id=key)
        if row.fingerprint != fingerprint:
            raise KeyReused
        return None if row.status == UNANSWERED else _kept(row)

    async def _keep(self, key: str, answer: Kept) -> bool:
        unanswered = IdempotencyKey.filter(id=key, status=UNANSWERED)
        return bool(await unanswered.update(status=answer.status, answer=_text(answer)))

    async def _first(self, key: str, answer: Kept) -> Kept:
        """Two nodes may have written at once: both give the answer of the one who kept it."""
        if await self._keep(key, answer):
            return answer
        row = await IdempotencyKey.get_or_none(id=key)
        return answer if row is None else _kept(row)

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept_at is None or now - self._swept_at > SWEPT_EVERY:
            self._swept_at = now
            await IdempotencyKey.filter(created_at__lt=now - KEPT_FOR).delete()


def _text(answer: Kept) -> str:
    """The body as one string: PostgreSQL would sort the keys of an object."""
    return orjson.dumps(answer.body).decode()


def _kept(row: IdempotencyKey) -> Kept:
    return Kept(row.status, orjson.loads(row.answer))
