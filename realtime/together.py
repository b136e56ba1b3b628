"""Asks for many at once what each asks for alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 128
"""How many are asked for in one go."""

TURN = 8
"""How many go on with their answers before others have their turn: a node's clients wait for all
that is done in one."""

LEAVE = 2.0
"""Seconds for the question that is under way when nobody asks any more."""


class Together(Generic[Key, Value]):
    """Answers each by ``ask``, which takes many and gives their answers in that order.

    Whoever comes while a question is under way goes into the next, so that the more there is to
    do, the fewer questions each costs, and one alone does not wait. All for whom a question was
    hear of its failure; where ``blame`` is set, each is asked for alone then, and only the guilty
    one hears of it.
    """

    def __init__(
        self, ask: Callable[[Sequence[Key]], Awaitable[Sequence[Value]]], *, blame: bool = False
    ) -> None:
        self._ask = ask
        self._blame = blame
        self._waiting: list[tuple[Key, asyncio.Future[Value]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: Key) -> Value:
        """The answer for one. Raises what ``ask`` does."""
        answer: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._run())
        return await answer

    async def close(self) -> None:
        """Nobody asks any more; what is under way may end, since it may be half stored."""
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=LEAVE)
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _run(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer([each for each in together if not each[1].done()])
        finally:
            self._asking = None

    async def _answer(self, together: Sequence[tuple[Key, asyncio.Future[Value]]]) -> None:
        if not together:
            return
        try:
            answers = await self._ask([key for key, _ in together])
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
