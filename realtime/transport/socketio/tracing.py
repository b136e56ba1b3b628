"""Follows a unit from where it is heard to where it is delivered, which may be later."""

from collections import OrderedDict
from typing import Final

from realtime.transport.backplane import Unit
from realtime.transport.socketio.ordering import Deliver, Sequencer
from realtime.transport.tracing import Trace

__all__ = ["Trace", "TracedDelivery", "traced"]

MOST_HELD: Final = 1_000
"""Units that wait for others before them, of which is known what they are part of."""


class TracedDelivery:
    """Stands before a sequencer's `offer` and behind it."""

    def __init__(self, trace: Trace, offer: Deliver, deliver: Deliver) -> None:
        self._trace = trace
        self._offer = offer
        self._deliver = deliver
        self._held: OrderedDict[tuple[str, int], str] = OrderedDict()

    def offer(self, unit: Unit) -> None:
        """A unit is heard."""
        carried = self._trace.current()
        if unit.order is not None and carried is not None:
            self._held[unit.order] = carried
            if len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        self._offer(unit)

    def deliver(self, unit: Unit) -> None:
        """It is its turn, perhaps while another is heard."""
        order = unit.order
        carried = self._trace.current() if order is None else self._held.pop(order, None)
        with (
            self._trace.continued(carried),
            self._trace.span("deliver", deliveries=len(unit.deliveries)),
        ):
            self._deliver(unit)


def traced(trace: Trace, sequencer: Sequencer, deliver: Deliver) -> TracedDelivery:
    """Stand before and behind a sequencer whose units somebody else delivers."""
    standing = TracedDelivery(trace, sequencer.offer, deliver)
    sequencer.deliver_with(standing.deliver)
    return standing
