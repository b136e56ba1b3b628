"""How much each push service may be asked at once, and when it wants to be left alone."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

AT_ONCE = 16
"""Requests to one server of other people at the same time, unless another number is said."""

SLOW = 1.0
"""Seconds of an answer above which nothing waits in line for a service: with all that is for it
waiting here, the others would."""

STRANGERS = 2
"""Times as many as one service may be asked at once, all that are not one of the four families
together may: anybody subscribes with hosts of her own, as many as she likes, that never answer."""

CROWDED = 10.0
"""Seconds until the others of these are looked at again."""

FIRST_PAUSE = 2.0
"""Seconds after the first failure; doubled by each that follows, up to the longest."""

LONGEST_PAUSE = 600.0

FAMILIES = {
    "fcm.googleapis.com": "fcm",
    "push.services.mozilla.com": "mozilla",
    "push.apple.com": "apple",
    "notify.windows.com": "windows",
}


def family(host: str) -> str:
    """Whose push service it is; ``other`` for one that we do not know."""
    return next(
        (name for end, name in FAMILIES.items() if host == end or host.endswith(f".{end}")),
        "other",
    )


def later(seconds: float) -> float:
    """So long, or a little longer: what failed together should not come back together."""
    return seconds * random.uniform(1.0, 1.25) + 0.01  # noqa: S311 - no secret


def pause_after(failures: int) -> float:
    """Seconds after so many failures in a row."""
    return later(min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE))


@dataclass(slots=True)
class Host:
    """One push service. ``failures`` are those since it last took something; ``seconds`` is what an
    answer takes of late."""

    name: str
    at_once: int = AT_ONCE
    slots: asyncio.Semaphore = field(init=False)
    strange: bool = field(init=False)
    waiting: int = 0
    seconds: float = 0.0
    failures: int = 0
    paused_until: float = 0.0
    unauthorized: str | None = None

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.at_once)
        self.strange = family(self.name.partition(":")[0]) == "other"


class Hosts:
    """Every push service that we have asked, by name and port; each so much at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._at_once = at_once
        self._hosts: dict[str, Host] = {}
        self._strangers = 0

    def of(self, endpoint: str) -> Host:
        """The push service of an endpoint."""
        name = urlsplit(endpoint).netloc
        if name not in self._hosts:
            self._tidy()
            self._hosts[name] = Host(name, self._at_once)
        return self._hosts[name]

    def wait(self, host: Host) -> float:
        """Seconds for which it should be left alone; 0 if it can be asked."""
        left = host.paused_until - self._clock()
        if left > 0:
            return later(left)
        if host.strange and self._strangers >= STRANGERS * self._at_once:
            return later(CROWDED)
        slow = host.seconds > SLOW and host.waiting >= host.at_once
        return later(2 * host.seconds) if slow else 0.0

    @contextmanager
    def line(self, host: Host) -> Iterator[None]:
        """Be among those who wait for it, and are answered."""
        host.waiting += 1
        self._strangers += host.strange
        try:
            yield
        finally:
            host.waiting -= 1
            self._strangers -= host.strange

    def paused(self, host: Host) -> bool:
        """Whether it wants to be left alone now."""
        return host.paused_until > self._clock()

    def answered(self, host: Host, seconds: float) -> None:
        """It took so long."""
        host.seconds += 0.2 * (seconds - host.seconds)

    def took(self, host: Host) -> None:
        """It has accepted something."""
        host.failures, host.unauthorized = 0, None

    def failed(self, host: Host, retry_after: float | None) -> None:
        """It wants to be left alone, for as long as it says or, if it does not, ever longer. Many
        that were under way and fail together are one time."""
        if retry_after is None:
            if self.paused(host):
                return
            host.failures += 1
            retry_after = pause_after(host.failures)
        host.paused_until = max(host.paused_until, self._clock() + retry_after)

    def unauthorized(self) -> dict[str, str]:
        """The push services that take nothing from us, with their reasons."""
        return {name: host.unauthorized for name, host in self._hosts.items() if host.unauthorized}

    def _tidy(self) -> None:
        """Anybody may subscribe with a host of her own: forget those that nothing is known of."""
        if len(self._hosts) > 10_000:
            now = self._clock()
            self._hosts = {
                name: host
                for name, host in self._hosts.items()
                if host.waiting or host.paused_until > now
            }
