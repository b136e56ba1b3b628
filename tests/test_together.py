"""Many questions of one are one question of many."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from realtime import together
from realtime.together import MOST, TURN, Together


class Doubling:
    """Doubles numbers, when it may; it cannot double 13."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.begun = asyncio.Event()
        self.may = asyncio.Event()

    async def ask(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        self.begun.set()
        await self.may.wait()
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


async def all_of(doubled: Together[int, int], numbers: Sequence[int]) -> list[int | BaseException]:
    asking = (doubled.of(number) for number in numbers)
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_whoever_comes_while_a_question_is_under_way_goes_into_the_next(
    doubling: Doubling,
) -> None:
    doubled = Together(doubling.ask)
    first = asyncio.create_task(doubled.of(1))
    await doubling.begun.wait()
    others = asyncio.create_task(all_of(doubled, [2, 3, 4]))
    await asyncio.sleep(0)
    doubling.may.set()

    assert (await first, await others) == (2, [4, 6, 8])
    assert doubling.asked == [[1], [2, 3, 4]]
    assert await doubled.of(5) == 10


async def test_no_question_is_for_more_than_so_many(doubling: Doubling) -> None:
    doubling.may.set()
    numbers = list(range(100, 101 + MOST))

    assert await all_of(Together(doubling.ask), numbers) == [2 * each for each in numbers]
    assert [len(asked) for asked in doubling.asked] == [MOST, 1]


async def test_a_question_without_an_answer_holds_up_nobody_where_several_may_be_under_way() -> (
    None
):
    asked, begun, never = 0, asyncio.Event(), asyncio.Event()

    async def ask(numbers: Sequence[int]) -> Sequence[int]:
        nonlocal asked
        asked += 1
        if asked == 1:
            begun.set()
            await never.wait()
        return numbers

    several = Together(ask, at_once=2)
    stuck = asyncio.create_task(several.of(0))
    await begun.wait()

    for number in (1, 2):
        assert await several.of(number) == number
    assert await all_of(several, range(3, 300)) == list(range(3, 300))
    never.set()
    assert await stuck == 0
    assert asked == 3 + 3


async def test_all_hear_of_a_failure(doubling: Doubling) -> None:
    doubling.may.set()
    doubled = Together(doubling.ask)

    faults = await all_of(doubled, [12, 13, 14])

    assert [str(fault) for fault in faults] == ["13"] * 3
    assert doubling.asked == [[12, 13, 14]]
    assert await doubled.of(1) == 2


async def test_only_the_guilty_one_hears_of_a_failure_where_one_is_to_blame(
    doubling: Doubling,
) -> None:
    doubling.may.set()
    doubled = Together(doubling.ask, blame=True)

    one, guilty, other = await all_of(doubled, [12, 13, 14])

    assert (one, other) == (24, 28)
    assert isinstance(guilty, ValueError)
    assert await doubled.of(1) == 2


async def test_who_has_gone_is_not_asked_for(doubling: Doubling) -> None:
    doubled = Together(doubling.ask)
    tasks = [asyncio.create_task(doubled.of(number)) for number in (1, 2, 3)]
    await doubling.begun.wait()
    late = [asyncio.create_task(doubled.of(number)) for number in (4, 5)]
    await asyncio.sleep(0)
    for gone in (tasks[0], late[0]):
        gone.cancel()
    doubling.may.set()

    assert await asyncio.gather(*tasks[1:], late[1]) == [4, 6, 10]
    assert doubling.asked == [[1, 2, 3], [5]]


async def test_others_have_their_turn_while_many_go_on(doubling: Doubling) -> None:
    doubling.may.set()
    doubled, turn, over = Together(doubling.ask), 0, asyncio.Event()
    went_on: Counter[int] = Counter()

    async def go_on(number: int) -> None:
        await doubled.of(number)
        went_on[turn] += 1

    async def others() -> None:
        nonlocal turn
        while not over.is_set():
            turn += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    await asyncio.gather(*(go_on(number) for number in range(100, 200)))
    over.set()
    await beside

    assert went_on.total() == 100
    assert max(went_on.values()) <= TURN


async def test_what_is_under_way_may_end_when_it_is_closed(doubling: Doubling) -> None:
    doubled = Together(doubling.ask)
    gone = asyncio.create_task(doubled.of(1))
    await doubling.begun.wait()
    gone.cancel()
    closing = asyncio.create_task(doubled.close())
    await asyncio.sleep(0)
    assert not closing.done()
    doubling.may.set()

    await closing

    assert doubling.asked == [[1]]


async def test_a_question_that_a_library_cancelled_has_failed_for_all_who_asked() -> None:
    async def cut(_numbers: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    doubled = Together(cut)

    answers = await all_of(doubled, [1, 2, 3])

    assert [type(answer) for answer in answers] == [ConnectionAbortedError] * 3


async def test_nobody_waits_for_what_was_closed(
    doubling: Doubling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "LEAVE", 0)
    doubled = Together(doubling.ask)
    asked = asyncio.create_task(doubled.of(1))
    await doubling.begun.wait()
    late = asyncio.create_task(doubled.of(2))
    await asyncio.sleep(0)

    await doubled.close()

    await asyncio.wait([asked, late])
    assert asked.cancelled()
    assert late.cancelled()
