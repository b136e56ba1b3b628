"""What the gateway counts: what came in and how it ended, how late the loop is, who is there."""

from realtime.counting import Counts, Histogram

EVENTS = Counts(
    "realtime_events_in",
    "Events from clients: ok, refused, limited (dropped by a rate limit) or failed (ours)",
    "dialect", "event", "outcome",
)  # fmt: skip
HANDLED = Histogram(
    "realtime_event_seconds", "From an event's arrival until its ack, or its end", "event"
)
REQUESTS = Counts(
    "realtime_requests", "REST calls of frontends and of the application", "dialect", "method",
    "route", "status",
)  # fmt: skip
ANSWERED = Histogram("realtime_request_seconds", "From a REST call's head to its answer", "dialect")
LATE = Histogram("realtime_loop_late_seconds", "How late the event loop was, four times a second")

OUTCOMES = ("ok", "refused", "limited", "failed")
"""How an event may end."""

UNKNOWN = "unknown"
"""The label of an event that no dialect has: its name is the client's."""
