"""What bridges count for Prometheus."""

from prometheus_client import Counter

from realtime.counting import Level

OBEYED = Counter("realtime_bridge_messages", "What other backends asked for and got", ["bridge"])
REFUSED = Counter(
    "realtime_bridge_refused", "What they asked for and did not get", ["bridge", "reason"]
)
CONNECTED = Level("realtime_bridge_connected", "1 while this node hears other backends")
