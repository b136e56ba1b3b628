"""What the delivery counts: what was said, once for each dialect however many hear it."""

from realtime.counting import Counts

SAID = Counts("realtime_events_out", "Events said to rooms by this node", "dialect", "event")

CUSTOM = ("custom", "custom")
"""Where the application's own events are counted: their names are its."""
