"""A set of few is a set, and small while it has few."""

from __future__ import annotations

import random
import sys

import pytest

from realtime.few import MOST, Few, less, more


@pytest.mark.parametrize("seed", range(20))
def test_it_is_a_set(seed: int) -> None:
    chance = random.Random(seed)
    few: Few[int] = ()
    expected: set[int] = set()
    for _ in range(200):
        item = chance.randrange(MOST * 2)
        if chance.random() < 0.6:
            few = more(few, item)
            expected.add(item)
        else:
            few = less(few, item)
            expected.discard(item)
        assert len(few) == len(expected)
        assert set(few) == expected
        assert (item in few) == (item in expected)
        assert bool(few) == bool(expected)


def test_one_takes_a_fourth_of_what_a_set_takes() -> None:
    assert sys.getsizeof(more((), "one")) * 4 < sys.getsizeof({"one"})


def test_many_are_found_as_in_a_set() -> None:
    few: Few[int] = ()
    for number in range(1_000):
        few = more(few, number)
    assert isinstance(few, set)
