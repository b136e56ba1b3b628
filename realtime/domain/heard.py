"""What somebody may have heard: what is known of all that had been said up to a place.

Each stored change has a place in the order of its conversation or user; what nodes say has a place
in the one order in which all of them hear it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from realtime.domain.orders import Order

Place = tuple[int, int, int]
"""A time in ms, a number within it, and which message of one entry; see ``transport/backplane``."""

Doubt = tuple[int, int] | None
"""Between which times (ms) other nodes may have said something; None for just at its place."""


class Saying(NamedTuple):
    """A change was said."""

    at: Place
    order: Order
    doubt: Doubt = None


class _OfKey(NamedTuple):
    """What is known of one order, as of a place."""

    last: int
    between: bool
    doubt: frozenset[int]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of what had been said up to a place, ``at``.

    ``before`` is a moment that had seen nothing which was said later, ``after`` one that had seen
    all that was said by then (None: there is none); of what that did not see, ``said`` has each
    order's. Between ``low`` and the place somebody may have heard things in another order.
    ``until`` is None where that is all; else it is the moment at which the record ends, at ``upto``
    and thus earlier than the place, and ``again`` that at which the next one begins (None: there is
    none).
    """

    at: Place
    low: Place | None
    said: Mapping[str, Sequence[Saying]]
    before: str
    upto: Place
    after: str | None = None
    until: str | None = None
    again: str | None = None
    _known: dict[str, _OfKey] = field(default_factory=dict)

    def last(self, key: str) -> int:
        """The number of an order's last change that was said by then; 0 for none."""
        return self._of(key).last

    def was_said(self, order: Order) -> bool:
        """Whether a change was said by then; nothing is known of one that ``before`` had seen."""
        key, number = order
        return number <= self.last(key)

    def was_said_between(self, key: str) -> bool:
        """Whether anything of an order was said between ``low`` and the place."""
        return self._of(key).between

    def is_doubtful(self, order: Order) -> bool:
        """Whether one node may have said it by then and another not."""
        key, number = order
        return number in self._of(key).doubt

    def names(self, key: str) -> bool:
        """Whether anything of an order is in the record thereabouts, be it later than the place."""
        return key in self.said

    def _of(self, key: str) -> _OfKey:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._looked_up(self.said.get(key, ()))
        return known

    def _looked_up(self, said: Sequence[Saying]) -> _OfKey:
        before = [each for each in said if each.at <= self.at]
        low = self.low or self.at
        return _OfKey(
            max((each.order[1] for each in before), default=0),
            any(low <= each.at < self.at for each in before),
            frozenset(each.order[1] for each in said if _is_doubtful(each, low, self.at)),
        )


def _is_doubtful(saying: Saying, low: Place, at: Place) -> bool:
    """Whether somebody who stands between two places may have heard it, or not."""
    if saying.doubt is None:
        return False
    since, until = saying.doubt
    return since <= at[0] and low[0] <= until
