"""Token buckets: so many calls at once, so many a second after."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

SWEEP = 2
"""How many of the longest untouched buckets each new one looks at: more than it adds."""

Rate = tuple[float, float]
"""Tokens a second, and how many a full bucket holds (at least one)."""


class MemoryLimits:
    """Limits of ``domain/ports.py`` on one node. A kind without a rate is not limited.

    A bucket that is full again is as good as none and is dropped, so memory follows the callers
    of the last seconds.
    """

    def __init__(
        self, rates: Mapping[str, Rate], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = dict(rates)
        self._now = now
        # By kind, the longest untouched first: a user's tokens as of a time.
        self._buckets: dict[str, OrderedDict[str, tuple[float, float]]] = {
            kind: OrderedDict() for kind in self._rates
        }

    async def take(self, user_id: str, kind: str) -> float:
        """See ``Limits``."""
        if kind not in self._rates:
            return 0.0
        now = self._now()
        buckets = self._buckets[kind]
        bucket = buckets.get(user_id)
        if bucket is None:  # only a new one makes the memory grow
            self._sweep(kind, now)
        tokens = self._tokens(kind, bucket, now)
        taken = tokens >= 1.0
        buckets[user_id] = (tokens - 1.0 if taken else tokens, now)
        buckets.move_to_end(user_id)
        return 0.0 if taken else (1.0 - tokens) / self._rates[kind][0]

    def __len__(self) -> int:
        """How many buckets are kept."""
        return sum(map(len, self._buckets.values()))

    def _tokens(self, kind: str, bucket: tuple[float, float] | None, now: float) -> float:
        rate, burst = self._rates[kind]
        if bucket is None:
            return burst
        tokens, at = bucket
        return min(burst, tokens + (now - at) * rate)

    def _sweep(self, kind: str, now: float) -> None:
        buckets = self._buckets[kind]
        for user_id in [user_id for user_id, _ in zip(buckets, range(SWEEP), strict=False)]:
            if self._tokens(kind, buckets[user_id], now) >= self._rates[kind][1]:
                del buckets[user_id]
