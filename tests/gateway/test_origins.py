"""Which origins are allowed, and which dialect each speaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.origins import Origins, has_host, normal

JOBS, LINSTA = "https://jobs.example", "http://linsta.example:8080"
DIALECTS = {JOBS: "jobs", LINSTA: "linsta"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("https://App.Example", "https://app.example"),
        ("HTTPS://app.example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80/", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        (" https://app.example ", "https://app.example"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_an_origin_has_one_normal_form(written, found):
    assert normal(written) == found


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "null",
        "*",
        "app.example",
        "https://",
        "https://app.example/path",
        "https://app.example?x",
        "https://ada@app.example",
        "https://a.example https://b.example",
        "https://app.example:port",
        "https://*.example",
        "https://a.example\\@b.example",
        "//app.example",
    ],
)
def test_what_no_browser_sends_as_an_origin_is_none_and_never_allowed_by_name(junk):
    assert normal(junk) is None
    assert not Origins([JOBS], development=True).allows(junk)


@given(st.text())
def test_the_normal_form_is_its_own_and_no_text_raises(text):
    found = normal(text)
    assert found is None or normal(found) == found
    assert Origins([JOBS]).headers_for(text) == {"Vary": "Origin"} or found == JOBS
    assert not has_host(text, "")
    assert not has_host(text, text)


def test_the_configured_origins_and_those_of_the_dialects_are_allowed_together():
    origins = Origins(["https://app.example/"], DIALECTS)
    for origin in ("https://app.example", JOBS, LINSTA):
        assert origins.allows(origin)
        assert origins.trusts(origin)
    assert not origins.allows("https://evil.example")
    assert not origins.allows(None)


def test_with_nothing_set_in_development_the_documents_origins_are_allowed():
    origins = Origins(development=True)
    assert origins.allows("http://localhost:3000")
    assert origins.allows("http://localhost:5173")
    assert not origins.allows("http://localhost:4000")


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:5173"])
def test_the_documents_origins_are_not_added_to_what_is_set_nor_in_production(origin):
    assert not Origins().allows(origin)
    assert not Origins(["https://app.example"], development=True).allows(origin)
    assert not Origins([], DIALECTS, development=True).allows(origin)
    assert not Origins(["*"], development=True).trusts(origin)


def test_an_allowed_origin_reads_with_credentials_and_caches_are_told():
    assert Origins([JOBS]).headers_for(JOBS) == {
        "Access-Control-Allow-Origin": JOBS,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://jobs.example", "null", None, ""]
)
def test_any_other_origin_gets_no_cors_headers(origin):
    assert Origins([JOBS]).headers_for(origin) == {"Vary": "Origin"}


@pytest.mark.parametrize("origin", ["https://anyone.example", "null", JOBS])
def test_a_star_allows_any_origin_without_credentials(origin):
    origins = Origins(["*"])
    assert origins.wildcard
    assert origins.allows(origin)
    assert not origins.trusts(origin)
    headers = origins.headers_for(origin)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers


def test_an_origin_that_is_named_beside_a_star_keeps_its_credentials():
    origins = Origins(["*"], DIALECTS)
    assert origins.headers_for(JOBS)["Access-Control-Allow-Credentials"] == "true"
    assert origins.headers_for("https://evil.example") == {
        "Access-Control-Allow-Origin": "*",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    ("entry", "advice"),
    [
        ("jobs.example", "is no origin: write it like"),
        ("null", "is no origin: write it like"),
        ("", "is no origin: write it like"),
        ("localhost:3000", "is no origin: write it like"),
        ("http://a b", "is no origin: write it like"),
        ("https://*.example", "a star inside an origin stands for nothing"),
    ],
)
def test_an_entry_that_no_browser_could_send_is_refused_at_the_start(entry, advice):
    with pytest.raises(ValueError, match=advice):
        Origins([entry])
    with pytest.raises(ValueError, match=advice):
        Origins([], {entry: "jobs"})


@pytest.mark.parametrize("host", [None, "linsta.example:8080", "jobs.example"])
def test_the_origin_header_says_the_dialect_whatever_the_host(host):
    origins = Origins([], DIALECTS)
    assert origins.dialect_of("https://JOBS.example:443", host) == "jobs"
    assert origins.dialect_of(LINSTA, host) == "linsta"


@pytest.mark.parametrize(
    ("host", "dialect"),
    [
        ("jobs.example", "jobs"),
        ("Jobs.Example", "jobs"),
        ("jobs.example:443", "jobs"),
        ("linsta.example:8080", "linsta"),
        ("jobs.example:80", None),
        ("linsta.example", None),
        ("other.example", None),
        ("", None),
        (None, None),
    ],
)
def test_without_an_origin_header_the_host_says_the_dialect(host, dialect):
    assert Origins([], DIALECTS).dialect_of(None, host) == dialect


@pytest.mark.parametrize("origin", ["https://other.example", "null", ""])
def test_an_origin_that_is_not_mapped_has_no_dialect_even_on_a_mapped_host(origin):
    assert Origins([], DIALECTS).dialect_of(origin, "jobs.example") is None


def test_of_two_entries_on_one_host_the_first_counts_where_only_the_host_is_known():
    origins = Origins([], {"https://x.example": "jobs", "http://x.example": "linsta"})
    assert origins.dialect_of(None, "x.example") == "jobs"
    assert origins.dialect_of(None, "x.example:80") == "linsta"
    assert origins.dialect_of("http://x.example", "x.example") == "linsta"


def test_an_origin_that_is_allowed_but_not_mapped_has_no_dialect_of_its_own():
    assert (
        Origins(["https://app.example"], DIALECTS).dialect_of("https://app.example", None) is None
    )
