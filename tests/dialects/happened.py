"""The examples of events, as tests of dialects call them."""

from __future__ import annotations

from realtime.dialects.examples import EVENTS
from realtime.domain.events import Event


def happened(kind: str) -> Event:
    """The first example of an event, by its name."""
    return next(event for event in EVENTS if type(event).__name__ == kind)
