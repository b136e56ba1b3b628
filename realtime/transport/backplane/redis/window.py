"""How far back the stream is kept: so many seconds, and never more than so many bytes."""

from collections import deque


class Window:
    """What has been read of the stream, a second at a time; says from where on to keep it.

    Every node reads every entry, so all come to the same end.
    """

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._kept_ms = int(seconds * 1000)
        self._most = most_bytes
        self._seconds: deque[list[int]] = deque()
        self._bytes = 0

    def add(self, entry_id: bytes, size: int) -> None:
        """An entry was read."""
        at = int(entry_id.partition(b"-")[0])
        if self._seconds and at - self._seconds[-1][0] < 1000:
            self._seconds[-1][1] += size
        else:
            self._seconds.append([at, size])
        self._bytes += size

    def first_kept(self) -> int | None:
        """The time (ms) from which on entries are kept; None while there are none."""
        if not self._seconds:
            return None
        oldest = self._seconds[-1][0] - self._kept_ms
        while len(self._seconds) > 1 and (
            self._bytes > self._most or self._seconds[1][0] <= oldest
        ):
            self._bytes -= self._seconds.popleft()[1]
        return max(oldest, self._seconds[0][0])

    @property
    def length(self) -> float:
        """How many seconds lie between the oldest and the newest that is kept."""
        return (self._seconds[-1][0] - self._seconds[0][0]) / 1000 if self._seconds else 0.0
