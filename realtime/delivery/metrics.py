"""What the delivery counts: what was said, once for each dialect however many hear it, and what
other backends were told."""

from prometheus_client import Gauge

from realtime.counting import Counts, Histogram

SAID = Counts("realtime_events_out", "Events said to rooms by this node", "dialect", "event")

CUSTOM = ("custom", "custom")
"""Where the application's own events are counted: their names are its."""

WEBHOOKS = Counts(
    "realtime_webhooks", "Webhooks by what the endpoint said", "endpoint", "event", "outcome"
)
WEBHOOK_SECONDS = Histogram(
    "realtime_webhook_seconds", "From a webhook's request to its answer", "endpoint"
)

ASKED = Counts(
    "realtime_before_message", "Messages by what the backend said that was asked", "outcome"
)
ASKED.begin(("allowed",), ("refused",), ("changed",), ("unanswered",))
ASKED_SECONDS = Histogram(
    "realtime_before_message_seconds", "What asking before a message took, its answer included"
)

OUTSTANDING = Gauge(
    "realtime_outbox_waiting",
    "What waits in the database to be sent, up to 10 000 of a kind",
    ["kind"],
)
