"""What the transport counts for Prometheus."""

from functools import cache

from prometheus_client import Counter, Gauge

from realtime.transport.engineio import reasons

SESSIONS = Gauge("realtime_sessions", "Open Engine.IO sessions")
CLOSED = Counter("realtime_sessions_closed", "Closed Engine.IO sessions", ["reason"])
RESTED = Counter("realtime_sessions_rested", "Times that a session was not read from for a while")
REFUSED = Counter("realtime_handshakes_refused", "Refused Engine.IO handshakes", ["reason"])
FORWARDED = Counter("realtime_requests_forwarded", "Requests for sessions of other nodes")
HANDED_OVER = Counter(
    "realtime_connections_handed_over", "Connections given to another worker of this machine"
)


@cache
def closed(reason: str) -> Counter:
    """The counter of one reason, looked up once; there are as many as `reasons` has names."""
    return CLOSED.labels(reason)


for each in reasons.ALL:
    closed(each)  # a rate is of what was told before


def closed_so_far(reason: str) -> int:
    """How many sessions of this process ended for a reason."""
    (family,) = closed(reason).collect()
    return int(next(each.value for each in family.samples if each.name.endswith("_total")))
