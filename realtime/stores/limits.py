"""Token buckets: so many calls at once, so many a second after."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping

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
        self._now = now
        self._kinds = {kind: _Buckets(rate) for kind, rate in rates.items()}

    async def take(self, user_id: str, kinds: Collection[str]) -> float:
        """See ``Limits``."""
        now, wait = self._now(), 0.0
        held = []
        for kind in kinds:
            buckets = self._kinds.get(kind)
            if buckets is not None:
                tokens = buckets.held(user_id, now)
                held.append((buckets, tokens))
                if tokens < 1.0:
                    wait = max(wait, (1.0 - tokens) / buckets.rate)
        for buckets, tokens in held:
            buckets.keep(user_id, tokens if wait else tokens - 1.0, now)
        return wait

    async def well(self) -> None:
        """Always."""

    def __len__(self) -> int:
        """How many buckets are kept."""
        return sum(len(each.kept) for each in self._kinds.values())


class _Buckets:
    """The buckets of one kind of call; ``kept`` has a user's tokens as of a time."""

    __slots__ = ("burst", "kept", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate, self.burst = rate
        self.kept: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The longest untouched first."""

    def held(self, user_id: str, now: float) -> float:
        """How many tokens a user has."""
        bucket = self.kept.get(user_id)
        if bucket is None:  # only a new one makes the memory grow
            self._sweep(now)
            return self.burst
        return self._grown(bucket, now)

    def keep(self, user_id: str, tokens: float, now: float) -> None:
        """Remember how many she has from now on."""
        self.kept[user_id] = (tokens, now)
        self.kept.move_to_end(user_id)

    def _grown(self, bucket: tuple[float, float], now: float) -> float:
        tokens, at = bucket
        return min(self.burst, tokens + (now - at) * self.rate)

    def _sweep(self, now: float) -> None:
        for user_id, _ in list(zip(self.kept, range(SWEEP), strict=False)):
            if self._grown(self.kept[user_id], now) >= self.burst:
                del self.kept[user_id]
