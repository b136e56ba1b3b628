"""Whatever comes between a question and its answer, an order goes on, and says each number once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.transport.backplane import Unit
from realtime.transport.socketio import ordering
from realtime.transport.socketio.ordering import Sequencer

LAST = 9
NUMBERS = st.integers(1, LAST)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), NUMBERS),
        st.tuples(st.just("foreign"), NUMBERS),
        st.tuples(st.just("stored"), NUMBERS),
        st.tuples(st.just("answer"), st.booleans()),
        st.tuples(st.just("carry"), st.booleans()),
        st.tuples(st.just("wait"), st.integers(1, 3)),
    ),
    min_size=4,
    max_size=20,
)
"""What happens: a unit comes, in words that are understood here or not, it is said what is stored,
the oldest question is answered or fails, what was said anew comes or is lost, or the loop goes
round."""

TURNS = 20
"""Of the loop, in which all that can happen without an answer has happened."""


class Order:
    """One order, its sequencer, and a source that answers when it is told to."""

    def __init__(self, begins: int | None, *, several: bool) -> None:
        self.delivered: list[int] = []
        self.known = 0
        self.at = 0
        self.questions: list[asyncio.Future[None]] = []
        self.sequencer = Sequencer(self._deliver, lambda _unit: True)
        self.sequencer.load_with(self._load)
        self.sequencer.understand_with(lambda said_in: said_in == "ours")
        self.saying: list[Unit] = []
        """What was said anew, and is on its way."""
        if several:
            self.sequencer.say_with(self.saying.append)
        if begins is not None:
            self.sequencer.begin_with(lambda _key, number: self._begins(min(begins, number)))

    def take(self, what: str, value: int) -> None:
        """One step; what is told is stored, with all before it."""
        self.at += 1
        self.sequencer.here = (self.at, 0, 0)
        self.known = max(self.known, value)
        if what == "stored":
            self.sequencer.stored("key", value, value)
        else:
            said_in = "ours" if what == "offer" else "theirs"
            self.sequencer.offer(Unit((), ("key", value), (), said_in))

    def answer(self, *, well: bool) -> None:
        """The oldest question is answered, or it fails."""
        if self.questions:
            question = self.questions.pop(0)
            if well:
                question.set_result(None)
            else:
                question.set_exception(ConnectionError())

    def carry(self, *, well: bool) -> None:
        """All that is on its way comes, or is lost."""
        saying, self.saying[:] = list(self.saying), []
        for unit in saying if well else ():
            self.at += 1
            self.sequencer.here = (self.at, 0, 0)
            self.sequencer.offer(unit)

    async def turn(self, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Every question is answered until nobody asks any more."""
        for _ in range(50):
            await self.turn(TURNS)
            if not self.questions and not self.saying:
                return
            self.carry(well=True)
            self.answer(well=True)
        raise AssertionError("it never stops asking")

    def _deliver(self, unit: Unit) -> None:
        assert unit.order is not None
        self.delivered.append(unit.order[1])

    async def _question(self) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.questions.append(answer)
        await answer

    async def _begins(self, number: int) -> int:
        await self._question()
        return number

    async def _load(self, key: str, first: int, last: int) -> Mapping[int, Unit]:
        assert first <= last <= self.known
        await self._question()
        return {number: Unit((), (key, number)) for number in range(first, last + 1)}


async def order_after(
    steps: Sequence[tuple[str, int]], begins: int | None, *, several: bool
) -> Order:
    """The order after these steps, when nobody asks any more."""
    order = Order(begins, several=several)
    for what, value in steps:
        if what == "answer":
            order.answer(well=bool(value))
        elif what == "carry":
            order.carry(well=bool(value))
        elif what == "wait":
            await order.turn(value)
        else:
            order.take(what, value)
    await order.settle()
    for key in order.sequencer._keys.values():
        assert (key.early, key.foreign, key.search, key.asking) == ({}, {}, None, False)
    assert (order.sequencer.held_since(), order.sequencer.asked_since()) == (None, None)
    await order.sequencer.close()
    return order


@settings(max_examples=600)
@given(steps=STEPS, begins=st.none() | NUMBERS, several=st.booleans())
def test_an_order_goes_on_and_says_each_number_once(
    steps: list[tuple[str, int]], begins: int | None, *, several: bool
) -> None:
    with patch.multiple(ordering, GAP_SECONDS=0, ON_ITS_WAY=0, MOST_PAUSE=0):
        order = asyncio.run(order_after(steps, begins, several=several))

    said = order.delivered
    assert said == list(range(said[0], order.known + 1)) if said else order.known == 0
