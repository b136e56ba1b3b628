"""Token buckets. Every implementation of Limits passes these."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from realtime.domain.ports import Limits
from realtime.stores.limits import MemoryLimits, Rate


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Maker = Callable[[Mapping[str, Rate], Callable[[], float]], Limits]

MAKERS: dict[str, Maker] = {"memory": MemoryLimits}


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=MAKERS)
def limits(request: pytest.FixtureRequest, time: Time) -> Limits:
    return MAKERS[request.param]({"event": (10.0, 3.0), "rest": (1.0, 1.0)}, time)


async def taken(limits: Limits, user: str, kind: str, times: int) -> list[float]:
    return [await limits.take(user, (kind,)) for _ in range(times)]


async def test_a_burst_is_allowed_and_then_the_wait_is_told(limits: Limits) -> None:
    assert await taken(limits, "ada", "event", 3) == [0.0] * 3
    assert await limits.take("ada", ("event",)) == pytest.approx(0.1)


async def test_after_the_wait_there_is_a_token(limits: Limits, time: Time) -> None:
    await taken(limits, "ada", "event", 3)
    time.now += 0.05
    wait = await limits.take("ada", ("event",))
    assert wait == pytest.approx(0.05)

    time.now += wait + 1e-6
    assert await limits.take("ada", ("event",)) == 0.0
    assert await limits.take("ada", ("event",)) > 0.0


async def test_a_refused_call_costs_nothing(limits: Limits, time: Time) -> None:
    await taken(limits, "ada", "event", 50)

    time.now += 0.1 + 1e-6
    assert await limits.take("ada", ("event",)) == 0.0


async def test_a_bucket_never_holds_more_than_its_burst(limits: Limits, time: Time) -> None:
    await limits.take("ada", ("event",))
    time.now += 3600

    answers = await taken(limits, "ada", "event", 4)
    assert answers[:3] == [0.0] * 3
    assert answers[3] > 0.0


async def test_users_and_kinds_have_buckets_of_their_own(limits: Limits) -> None:
    assert await limits.take("ada", ("rest",)) == 0.0
    assert await limits.take("ada", ("rest",)) > 0.0

    assert await limits.take("bob", ("rest",)) == 0.0
    assert await limits.take("ada", ("event",)) == 0.0


async def test_of_several_kinds_each_gives_a_token(limits: Limits) -> None:
    assert await limits.take("ada", ("event", "rest")) == 0.0

    assert await taken(limits, "ada", "event", 2) == [0.0] * 2
    assert await limits.take("ada", ("event",)) == pytest.approx(0.1)
    assert await limits.take("ada", ("rest",)) == pytest.approx(1.0)


async def test_where_one_kind_has_no_token_none_is_taken(limits: Limits) -> None:
    await limits.take("ada", ("rest",))

    for kinds in (("event", "rest"), ("rest", "event")):
        assert await limits.take("ada", kinds) == pytest.approx(1.0)

    assert await taken(limits, "ada", "event", 3) == [0.0] * 3
    assert await limits.take("ada", ("event", "rest")) == pytest.approx(1.0)


async def test_no_kind_costs_nothing(limits: Limits) -> None:
    assert await limits.take("ada", ()) == 0.0
    assert await limits.take("ada", ("other", "event")) == 0.0


async def test_a_kind_without_a_rate_is_free(limits: Limits) -> None:
    assert await taken(limits, "ada", "other", 1000) == [0.0] * 1000


async def test_memory_forgets_buckets_that_are_full_again() -> None:
    time = Time()
    limits = MemoryLimits({"event": (10.0, 3.0)}, time)
    for number in range(10_000):
        time.now += 0.01
        await limits.take(f"user{number}", ("event",))

    assert len(limits) < 50  # a token is back after 0.1 s, in which ten others came
