"""What the backplane counts for Prometheus."""

from prometheus_client import Counter

from realtime.counting import Histogram, Level

PUBLISHED = Counter("realtime_backplane_published", "Entries that this node gave to Redis")
HEARD = Counter("realtime_backplane_heard", "Entries that this node read, its own included")
GARBAGE = Counter("realtime_backplane_garbage", "Entries that could not be read and were skipped")
CUT_OFF = Counter("realtime_backplane_cut_off", "Times that Redis was lost")
CONNECTED = Level("realtime_backplane_connected", "1 while the nodes hear one another over Redis")
WINDOW = Level("realtime_backplane_window_seconds", "How far back the stream in Redis reaches")
LAG = Histogram(
    "realtime_backplane_seconds", "From an entry given to Redis until this node reads it back"
)
