"""Asks for many at once what each asks for alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from realtime.cancelled import is_cancelled

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 128
"""How many are asked for in one go, where no other number is said."""

TURN = 8
"""How many go on with their answers before others have their turn: a node's clients wait for all
that is done in one."""

AT_ONCE = 4
"""Questions under way at the same time, where all wait at the door for their answers: those of one
that gets none are not everybody."""

LEAVE = 2.0
"""Seconds for the question that is under way when nobody asks any more."""


class Together(Generic[Key, Value]):
    """Answers each by ``ask``, which takes many and gives their answers in that order.

    Whoever comes while ``at_once`` questions are under way goes into the next, so that the more
    there is to do, the fewer questions each costs, and one alone does not wait. All for whom a
    question was hear of its failure; where ``blame`` is set, each is asked for alone then, and only
    the guilty one hears of it.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[Key]], Awaitable[Sequence[Value]]],
        *,
        blame: bool = False,
        at_once: int = 1,
        most: int = MOST,
    ) -> None:
        self._ask = ask
        self._blame = blame
        self._at_once = at_once
        self._most = most
        self._waiting: list[tuple[Key, asyncio.Future[Value]]] = []
        self._asking: set[asyncio.Task[None]] = set()

    async def of(self, key: Key) -> Value:
        """The answer for one. Raises what ``ask`` does."""
        answer: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if len(self._asking) < self._at_once:
            self._asking.add(asyncio.create_task(self._run()))
        return await answer

    async def close(self) -> None:
        """Nobody asks any more; what is under way may end, since it may be half stored."""
        if self._asking:
            await asyncio.wait(self._asking, timeout=LEAVE)
        left = tuple(self._asking)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        _cancel(self._waiting)

    async def _run(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer([each for each in together if not each[1].done()])
        finally:
            self._asking -= {asyncio.current_task()}

    async def _answer(self, together: Sequence[tuple[Key, asyncio.Future[Value]]]) -> None:
        if not together:
            return
        try:
            answers = await self._ask([key for key, _ in together])
        except asyncio.CancelledError as cancelled:
            if is_cancelled():
                _cancel(together)
                raise
            # a library's own, of what it had under way when its connection was lost
            await self._fail(together, ConnectionAbortedError(str(cancelled)))
            return
        except Exception as error:  # noqa: BLE001 - told to whom it is about
            await self._fail(together, error)
            return
        both = zip(together, answers, strict=True)
        for number, ((_, waiting), answer) in enumerate(both, 1):
            if not waiting.done():
                waiting.set_result(answer)
            if number % TURN == 0:
                await asyncio.sleep(0)

    async def _fail(
        self, together: Sequence[tuple[Key, asyncio.Future[Value]]], error: Exception
    ) -> None:
        if self._blame and len(together) > 1:
            for each in together:
                await self._answer([each])
            return
        for _, waiting in together:
            if not waiting.done():
                waiting.set_exception(error)


def _cancel(together: Sequence[tuple[Key, asyncio.Future[Value]]]) -> None:
    for _, waiting in together:
        waiting.cancel()
