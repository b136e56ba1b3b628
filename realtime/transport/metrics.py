"""What the transport counts for Prometheus."""

from prometheus_client import Counter, Gauge

SESSIONS = Gauge("realtime_sessions", "Open Engine.IO sessions")
CLOSED = Counter("realtime_sessions_closed", "Closed Engine.IO sessions", ["reason"])
REFUSED = Counter("realtime_handshakes_refused", "RefusedError Engine.IO handshakes", ["reason"])
