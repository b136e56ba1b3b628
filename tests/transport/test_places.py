"""What a URL says of where nodes meet."""

from __future__ import annotations

import pytest

from realtime.transport.backplane.places import place


@pytest.mark.parametrize(
    ("url", "urls", "said"),
    [
        ("redis://h", ["redis://h:6379/0"], "h:6379"),
        ("REDIS://:p@h:1/2", ["redis://:p@h:1/2"], "h:1"),
        ("valkeys://h", ["rediss://h:6379/0"], "h:6379 (TLS)"),
        ("redis://[::1]", ["redis://[::1]:6379/0"], "::1:6379"),
        ("redis://h?db=3", ["redis://h:6379/3"], "h:6379"),
        ("rediss://u:p%40@h:1", ["rediss://u:p%40@h:1/0"], "h:1 (TLS)"),
        (
            "rediss://h?ssl_cert_reqs=CERT_NONE&protocol=3&socket_timeout=1",
            ["rediss://h:6379/0?ssl_cert_reqs=none"],
            "h:6379 (TLS)",
        ),
        ("redis://h?ssl_cert_reqs=none", ["redis://h:6379/0"], "h:6379"),
        ("unix:///run/redis.sock", ["unix:///run/redis.sock?db=0"], "/run/redis.sock"),
        ("unix://:p@/r.sock?db=1", ["unix://:p@/r.sock?db=1"], "/r.sock"),
        (
            "redis+cluster://u:p@a,b:7",
            ["redis://u:p@a:6379/0", "redis://u:p@b:7/0"],
            "the Cluster of a:6379, b:7",
        ),
        (
            "redis+sentinel://:p@a, b:7/main?sentinel_password=q/",
            ["redis://:q%2F@a:26379", "redis://:q%2F@b:7"],
            "main of the Sentinels a:26379, b:7",
        ),
        (
            "rediss+sentinel://a/main/2?ssl_ca_certs=/ca.pem",
            ["rediss://a:26379?ssl_ca_certs=%2Fca.pem"],
            "main of the Sentinels a:26379 (TLS)",
        ),
    ],
)
def test_a_url_names_servers(url: str, urls: list[str], said: str) -> None:
    found = place(url)

    assert list(found.urls) == urls
    assert str(found) == said


def test_sentinels_of_a_url_that_python_socketio_takes_are_the_same() -> None:
    assert place("redis+sentinel://a/0/main") == place("redis+sentinel://a/main/0")


def test_whom_sentinels_name_is_met_with_the_password_of_the_servers() -> None:
    found = place("rediss+sentinel://u:p@a/main/2?ssl_ca_certs=/ca.pem&sentinel_password=q")

    assert found.at("10.0.0.1", 7) == "rediss://u:p@10.0.0.1:7/2?ssl_ca_certs=%2Fca.pem"
    assert found.at("::1", 7) == "rediss://u:p@[::1]:7/2?ssl_ca_certs=%2Fca.pem"


def test_in_a_cluster_all_keys_live_together() -> None:
    assert place("redis+cluster://a").key("x:", "stream") == "{x:}stream"
    assert place("redis://a").key("x:", "stream") == "x:stream"


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://h", "must begin with redis://"),
        ("redis:h", "must begin with redis://"),
        ("unix+cluster:///x", "must begin with redis://"),
        ("redis+elsewhere://h", "must begin with redis://"),
        ("redis+sentinel://a:1", "must name the primary"),
        ("redis+sentinel://a:1/0", "must name the primary"),
        ("redis+sentinel://a:1/main/x", "must name the primary"),
        ("redis+sentinel://a:1/main/1/2", "by a number"),
        ("redis://h/x", "by a number"),
        ("redis://h/1/2", "by a number"),
        ("unix:///x?db=x", "by a number"),
        ("redis+cluster://a/1", "has one only"),
        ("rediss://h?ssl_cert_reqs=maybe", 'must have "none"'),
    ],
)
def test_what_names_no_place_is_refused_with_the_way_out(url: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        place(url)
