"""Several expositions become one that Prometheus can read."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from realtime.gateway.gathering import merged

ONE = """# HELP calls_total Calls { } # HELP
# TYPE calls_total counter
calls_total{route="/a b{c}",status="200"} 2.0
calls_total{route="x\\ny\\"}",status="500"} 1.0
# HELP open Now
# TYPE open gauge
open 3.0
"""

TWO = """# HELP open Now
# TYPE open gauge
open 4.0
# HELP late Only here
# TYPE late histogram
late_bucket{le="+Inf"} 1.0
late_count 1.0
late_sum 0.5
"""


def test_each_family_is_there_once_with_the_samples_of_all() -> None:
    text = merged({"one": ONE, "two": TWO})

    families = {each.name: each for each in text_string_to_metric_families(text)}
    samples = {
        name: [(each.labels.pop("worker"), each.labels, each.value) for each in family.samples]
        for name, family in families.items()
    }
    assert samples["calls"] == [
        ("one", {"route": "/a b{c}", "status": "200"}, 2.0),
        ("one", {"route": 'x\ny"}', "status": "500"}, 1.0),
    ]
    assert samples["open"] == [("one", {}, 3.0), ("two", {}, 4.0)]
    assert [(worker, value) for worker, _, value in samples["late"]] == [("two", 1.0)] * 2 + [
        ("two", 0.5)
    ]
    assert text.count("# TYPE open gauge") == 1
