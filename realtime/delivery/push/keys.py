"""Who we are to push services: the VAPID key, and tokens signed with it (RFC 8292)."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from py_vapid import Vapid02

LIVES = 12 * 3600
"""Seconds for which a token counts: services refuse more than a day, by clocks of their own."""

REUSED = 3600
"""Seconds for which a token is used again: signing costs."""

MOST_ORIGINS = 1_000
"""Push services whose token is kept."""


def origin_of(endpoint: str) -> str:
    """Scheme, host and port, as they are signed."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


class Signer:
    """Makes the ``Authorization`` for an endpoint, the same for an hour for each push service."""

    def __init__(
        self, private_key: str, subject: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._vapid = Vapid02.from_raw(private_key.encode())
        self._subject = subject
        self._clock = clock
        self._made: dict[str, tuple[float, str]] = {}

    def authorization(self, endpoint: str) -> str:
        """``vapid t=…, k=…`` for the origin of this endpoint, and no other."""
        origin, now = origin_of(endpoint), self._clock()
        made_at, header = self._made.get(origin, (0.0, ""))
        if not 0 <= now - made_at < REUSED:
            header = self._signed(origin, now)
            if len(self._made) >= MOST_ORIGINS:
                self._made.clear()
            self._made[origin] = (now, header)
        return header

    def _signed(self, origin: str, now: float) -> str:
        claims = {"aud": origin, "exp": int(now) + LIVES, "sub": self._subject}
        return str(self._vapid.sign(claims)["Authorization"])
