"""Counters and histograms for Prometheus that cost whoever counts an addition, and no lock.

prometheus_client's own count through three calls and a lock, which is fine for what happens now and
then. These are plain integers in dictionaries, turned into families when somebody asks; everything
here is counted in the loop's own thread.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of what takes time: from what nobody notices to what everybody gives up on."""

SIZES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0)
"""Upper bounds of what comes in numbers."""

Labels = tuple[str, ...]


class Counts(Collector):
    """How often something happened, by its labels: ``EVENTS.of["typing:start", "ok"] += 1``.

    Whoever counts keeps the labels few: names from tables, never what a client says.
    """

    def __init__(self, name: str, documentation: str, *labels: str) -> None:
        self.of: defaultdict[Labels, int] = defaultdict(int)
        self._described = (name, documentation, labels)
        REGISTRY.register(self)

    def begin(self, *labels: Labels) -> None:
        """Tell of these from now on, as 0 until they happen: a rate is of what was told before."""
        for each in labels:
            self.of[each] += 0

    def describe(self) -> Iterable[CounterMetricFamily]:
        """Its name, which is registered before anything was counted."""
        return [self._family()]

    def collect(self) -> Iterable[CounterMetricFamily]:
        """What has been counted until now."""
        family = self._family()
        for labels, count in sorted(self.of.items()):
            family.add_metric(labels, count)
        yield family

    def _family(self) -> CounterMetricFamily:
        name, documentation, labels = self._described
        return CounterMetricFamily(name, documentation, labels=labels)


class Buckets:
    """One histogram's numbers."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value in the bucket that it falls in."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def cumulated(self) -> Iterator[tuple[str, float]]:
        """As Prometheus wants them: of each bound, how many were not above it."""
        seen = 0
        for bound, count in zip((*self._bounds, float("inf")), self.counts, strict=True):
            seen += count
            yield ("+Inf" if bound == float("inf") else str(bound)), seen


class Histogram(Collector):
    """How long something took, or how much it was: ``HANDLED.of["typing:start"].add(seconds)``."""

    def __init__(
        self, name: str, documentation: str, *labels: str, bounds: Sequence[float] = SECONDS
    ) -> None:
        self.of: _ByLabels = _ByLabels(bounds)
        self._described = (name, documentation, labels)
        self.all = Buckets(bounds)
        """The numbers of one without labels, which is there before anything was counted."""
        if not labels:
            self.of[()] = self.all
        REGISTRY.register(self)

    def begin(self, *labels: Labels) -> None:
        """Tell of these from now on, as nothing until they happen."""
        for each in labels:
            self.of.setdefault(each, self.of.none())

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """Its name, which is registered before anything was counted."""
        return [self._family()]

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """What has been counted until now."""
        family = self._family()
        for labels, buckets in sorted(self.of.items()):
            family.add_metric(labels, list(buckets.cumulated()), buckets.total)
        yield family

    def _family(self) -> HistogramMetricFamily:
        name, documentation, labels = self._described
        return HistogramMetricFamily(name, documentation, labels=labels)


class _ByLabels(dict[Labels, Buckets]):
    """A histogram for each combination of labels."""

    def __init__(self, bounds: Sequence[float]) -> None:
        super().__init__()
        self._bounds = bounds

    def __missing__(self, labels: Labels) -> Buckets:
        made = self[labels] = self.none()
        return made

    def none(self) -> Buckets:
        """The numbers of what has not happened."""
        return Buckets(self._bounds)


class Level(Collector):
    """How it stood when somebody last said so; not told where nobody ever did, since 0 would be
    taken for what it says."""

    def __init__(self, name: str, documentation: str) -> None:
        self._described = (name, documentation)
        self._value: float | None = None
        REGISTRY.register(self)

    def set(self, value: float | None) -> None:
        """From now on it stands so; None: nobody knows any more."""
        self._value = value

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Its name, which is registered before anything was said."""
        return [GaugeMetricFamily(*self._described)]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """How it stands, if that is known."""
        if self._value is not None:
            yield GaugeMetricFamily(*self._described, value=self._value)


Read = Callable[[], Mapping[Labels, float]]


class _Reading(Collector):
    def __init__(self, name: str, documentation: str, labels: Labels, read: Read) -> None:
        self._described = (name, documentation, labels)
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = self._family()
        for labels, value in sorted(self._read().items()):
            family.add_metric(labels, value)
        yield family

    def _family(self) -> GaugeMetricFamily:
        name, documentation, labels = self._described
        return GaugeMetricFamily(name, documentation, labels=labels)


@contextmanager
def read(name: str, documentation: str, *labels: str, by: Read) -> Iterator[Any]:
    """Something that is looked at when somebody asks, as long as this goes on."""
    reading = _Reading(name, documentation, labels, by)
    REGISTRY.register(reading)
    try:
        yield
    finally:
        REGISTRY.unregister(reading)
