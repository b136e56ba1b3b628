"""Who may open a session: rates and numbers, in all and for each known address."""

import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from realtime.transport.settings import TransportSettings

_REMEMBERED: Final = 10_000
"""Addresses whose rate is remembered; who was forgotten starts with a full bucket."""

_LONGEST: Final = 64
"""Characters of the longest address with brackets, a zone and a port."""


class Admission:
    """Counts sessions and handshakes against the bounds."""

    def __init__(
        self, settings: TransportSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._proxies = settings.trusted_proxies
        self._all = Bucket(settings.handshakes_per_second)
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._sessions: Counter[str] = Counter()
        self._count = 0

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """The client's address: the last one in `X-Forwarded-For` that no trusted proxy has."""
        if not self.trusts(peer):
            return peer
        hops = [plain(hop) for hop in forwarded_for.split(",") if hop.strip()]
        for hop in reversed(hops):
            if not self.trusts(hop):
                return hop
        return hops[0] if hops else peer

    def limited(self, address: str) -> str:
        """What `address` is counted as if it is known to be one client's, else an empty string."""
        ip = _parsed(address)
        if ip is None:
            return ""
        if self.trusts(address):
            return ""  # a proxy that did not say for whom
        if not (ip.is_global or self._proxies):
            return ""
        # One IPv6 client has a whole /64 to choose its addresses from.
        return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))

    def refuse(self, address: str) -> str | None:
        """Why a new session is refused, None when it is not. `address` comes from `limited`."""
        now = self._clock()
        settings = self._settings
        if self._count >= settings.connections:
            return "connections"
        if address and self._sessions[address] >= settings.connections_per_address:
            return "connections per address"
        if address and not self._bucket(address).take(now):
            return "handshakes per address"
        return None if self._all.take(now) else "handshakes"

    def enter(self, address: str) -> None:
        """A session began."""
        self._count += 1
        if address:
            self._sessions[address] += 1

    def leave(self, address: str) -> None:
        """A session ended."""
        self._count -= 1
        if address:
            self._sessions[address] -= 1
            if not self._sessions[address]:
                del self._sessions[address]

    def _bucket(self, address: str) -> "Bucket":
        bucket = self._buckets.get(address)
        if bucket is None:
            rate = self._settings.handshakes_per_second_per_address
            bucket = self._buckets[address] = Bucket(rate)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(address)
        return bucket

    def trusts(self, address: str) -> bool:
        """Whether this is a proxy that is believed about whom it speaks for."""
        ip = _parsed(address) if self._proxies else None
        return ip is not None and any(ip in network for network in self._proxies)


class Bucket:
    """A token bucket that holds one second's worth."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = max(rate, 1.0)
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        filled = self._tokens + (now - self._at) * self._rate
        self._tokens = min(max(self._rate, 1.0), filled)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def plain(address: str) -> str:
    """An address as one client has it, however it is written; what is none is given back.

    Proxies write `1.2.3.4:5678`, `[::1]:5678`, `::ffff:1.2.3.4` and `fe80::1%eth0`.
    """
    ip = _parsed(address)
    return address.strip() if ip is None else str(ip)


@lru_cache(maxsize=4096)
def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, None for what is none; remembered, since clients come again and again."""
    text = address.strip()[:_LONGEST].strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip
