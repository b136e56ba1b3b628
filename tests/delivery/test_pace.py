"""Sending leaves a part of the time to others."""

from __future__ import annotations

import asyncio

import pytest

from realtime.delivery import pace
from realtime.delivery.pace import MOST, TICK, Pace, WorkersPace


class Machine:
    """A clock of what is computed, and the rests that were taken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.computed = 0.0
        self.rests: list[float] = []
        monkeypatch.setattr(pace.time, "process_time", lambda: self.computed)
        monkeypatch.setattr(pace.time, "sleep", self.rests.append)
        monkeypatch.setattr(pace.asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.rests.append(seconds)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.mark.parametrize("kind", [Pace, WorkersPace])
async def test_a_rest_is_in_proportion_to_what_was_computed(
    machine: Machine, kind: type[Pace]
) -> None:
    paced = kind(0.5)
    for computed in (0.008, 0.004, 3600.0):
        machine.computed += computed
        await paced.rest()

    assert machine.rests == pytest.approx([0.004, 0.002, MOST])


@pytest.mark.parametrize(("kind", "rests"), [(Pace, [TICK] * 4), (WorkersPace, [0.001] * 2)])
async def test_a_node_rests_before_each_a_worker_when_it_is_worth_it(
    machine: Machine, kind: type[Pace], rests: list[float]
) -> None:
    paced = kind(0.5)
    for _ in range(4):
        machine.computed += 0.001
        await paced.rest()

    assert machine.rests == pytest.approx(rests)


async def test_one_goes_on_after_the_other() -> None:
    """Each has the loop between two others, however many wait."""
    paced, turn, went_on = Pace(1.0), 0, list[int]()

    async def go_on() -> None:
        await paced.rest()
        went_on.append(turn)

    async def others() -> None:
        nonlocal turn
        while len(went_on) < 20:
            turn += 1
            await asyncio.sleep(0)

    await asyncio.gather(others(), *(go_on() for _ in range(20)))

    assert len(set(went_on)) == 20
