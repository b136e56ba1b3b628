"""What recovery counts for Prometheus."""

from prometheus_client import Counter, Gauge

RETURNS = Counter(
    "realtime_recoveries",
    "Clients that came back with a pid: recovered, rooms only, or nothing, and why not all",
    ["outcome", "reason"],
)
REPLAYED = Counter("realtime_recovery_replayed_events", "Missed events that were told later")
WINDOW = Gauge("realtime_recovery_window_seconds", "How far back this node can tell what was said")
WINDOW_BYTES = Gauge("realtime_recovery_window_bytes", "How much of it this node keeps in memory")
RECORDS = Gauge("realtime_recovery_records", "Sessions that this node would know again")
