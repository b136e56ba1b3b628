"""Plain numbers become what Prometheus reads, and what is looked at goes with who looks."""

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from realtime.counting import SIZES, Counts, Histogram, Level, read

SEEN = Counts("test_seen", "What was seen", "colour")
TOOK = Histogram("test_seconds", "How long", "what")
STOOD = Level("test_stood", "How it stood")
HELD = Histogram("test_held", "How many", bounds=SIZES)


def samples(name: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Each sample of a family as a scraper reads it, by its name and labels."""
    families = text_string_to_metric_families(generate_latest(REGISTRY).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        if family.name == name
        for sample in family.samples
    }


def test_counts_are_by_their_labels() -> None:
    SEEN.of[("red",)] += 2
    SEEN.of[('"blue"\n',)] += 1

    assert samples("test_seen") == {
        ("test_seen_total", (("colour", "red"),)): 2,
        ("test_seen_total", (("colour", '"blue"\n'),)): 1,
    }


def test_a_histogram_counts_what_is_not_above_each_bound() -> None:
    for seconds in (0.0, 0.001, 0.0011, 99.0):
        TOOK.of[("tea",)].add(seconds)

    found = samples("test_seconds")
    assert found["test_seconds_bucket", (("le", "0.0005"), ("what", "tea"))] == 1
    assert found["test_seconds_bucket", (("le", "0.001"), ("what", "tea"))] == 2
    assert found["test_seconds_bucket", (("le", "0.0025"), ("what", "tea"))] == 3
    assert found["test_seconds_bucket", (("le", "10.0"), ("what", "tea"))] == 3
    assert found["test_seconds_bucket", (("le", "+Inf"), ("what", "tea"))] == 4
    assert found["test_seconds_count", (("what", "tea"),)] == 4
    assert found["test_seconds_sum", (("what", "tea"),)] == pytest.approx(99.0021)


def test_a_histogram_without_labels_is_there_from_the_start() -> None:
    assert samples("test_held")["test_held_count", ()] == 0


def test_what_is_looked_at_is_told_as_long_as_somebody_looks() -> None:
    levels = {("left",): 1.0}
    with read("test_level", "How high", "side", by=lambda: levels):
        levels["right",] = 2.0
        assert len(samples("test_level")) == 2
    assert samples("test_level") == {}
    with read("test_level", "How high", "side", by=lambda: levels):
        assert len(samples("test_level")) == 2


def test_what_may_happen_is_told_before_it_does() -> None:
    SEEN.begin(("green",), ("grey",))
    SEEN.of[("green",)] += 1
    SEEN.begin(("green",))
    TOOK.begin(("cake",), ("tea",))

    found = samples("test_seen")
    assert found["test_seen_total", (("colour", "green"),)] == 1
    assert found["test_seen_total", (("colour", "grey"),)] == 0
    assert samples("test_seconds")["test_seconds_count", (("what", "cake"),)] == 0


def test_nothing_is_told_of_what_nobody_said() -> None:
    """A node without Redis has not lost it."""
    assert samples("test_stood") == {}
    STOOD.set(0)
    assert samples("test_stood") == {("test_stood", ()): 0}
    STOOD.set(None)
    assert samples("test_stood") == {}
