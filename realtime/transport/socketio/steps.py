"""Steps of an order as the application says them, and as they travel: in frames."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from realtime.transport.backplane import Command, Delivery, Unit
from realtime.transport.socketio import ordering, packets
from realtime.transport.socketio.emission import Emission

Step = Emission | Command
"""What one step of an order says, or does to sockets."""

Missing = Callable[[str, int, int], Coroutine[Any, Any, Mapping[int, Sequence[Step]]]]
"""Loads a key's steps from one number to another, both included.

Absent numbers are taken to be nowhere and are skipped; one that raises is asked again.
"""

SaidIn = Callable[[], str | None]
"""Names the languages in which something is said now; None where all understand it."""


def delivery_of(emission: Emission) -> Delivery:
    """An event as it travels."""
    frames = packets.event(emission.namespace, (emission.event, *emission.args))
    return Delivery(emission.namespace, emission.rooms, frames, emission.skip_session)


def unit_of(
    steps: Iterable[Step], order: tuple[str, int] | None, said_in: str | None = None
) -> Unit:
    """What is said and done together, perhaps as one step of an order."""
    said: list[Delivery] = []
    done: list[Command] = []
    for step in steps:
        if isinstance(step, Command):
            done.append(step)
        else:
            said.append(delivery_of(step))
    return Unit(tuple(said), order, tuple(done), said_in)


def as_units(load: Missing, said_in: SaidIn) -> ordering.Missing:
    """A loader of steps as one of units."""

    async def units(key: str, first: int, last: int) -> Mapping[int, Unit]:
        found = await load(key, first, last)
        named = said_in()
        return {number: unit_of(steps, (key, number), named) for number, steps in found.items()}

    return units
