"""What a run has seen: connects, deliveries, what was lost, what came twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Times in seconds. A message is known by its number, from when it is sent."""

    connected: list[float] = field(default_factory=list)
    failed: int = 0
    sent: dict[int, float] = field(default_factory=dict)
    stored: set[int] = field(default_factory=set)
    refused: int = 0
    delays: list[float] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)
    doubled: int = 0

    def hears(self, number: int, at: float) -> None:
        """A receiver has a message."""
        if number in self.heard:
            self.doubled += 1
        elif number in self.sent:
            self.heard.add(number)
            self.delays.append(at - self.sent[number])

    @property
    def lost(self) -> int:
        """What the server said was stored, and nobody heard."""
        return len(self.stored - self.heard)

    @property
    def well(self) -> bool:
        """Whether everything came, once."""
        return not (self.lost or self.doubled or self.failed or self.refused)

    def lines(self, seconds: float) -> Iterator[str]:
        """What to print."""
        came, failed = len(self.connected), _more(self.failed, "failed")
        yield f"Connected  {came}, {_times(self.connected)}{failed}"
        rate = len(self.heard) / seconds if seconds else 0
        yield f"Sent       {len(self.sent)}{_more(self.refused, 'refused')}"
        yield f"Heard      {len(self.heard)}, {rate:.0f} a second, {_times(self.delays)}"
        yield f"Lost       {self.lost}"
        yield f"Doubled    {self.doubled}"


def _more(count: int, what: str) -> str:
    return f", {count} {what}" if count else ""


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "no times"
    found = sorted(seconds)
    p50, p99 = found[len(found) // 2], found[min(len(found) - 1, len(found) * 99 // 100)]
    return f"p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms"
