"""docs/protocol.md and the dialects' tables say the same, row by row."""

import re
from pathlib import Path

import pytest

from realtime.dialects.loading import load

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
EVENT = re.compile(r"^\| `([^`]+)` \| (client|server) \|", re.MULTILINE)
CALL = re.compile(r"^\| (GET|POST|PUT|DELETE) `([^`]+)` \|", re.MULTILINE)

every_dialect = pytest.mark.parametrize("dialect", load().values(), ids=load())


def section(name: str) -> str:
    """What the page says of one dialect."""
    _, _, after = PAGE.read_text().partition(f"\n## Dialect `{name}`\n")
    return after.partition("\n## ")[0]


@every_dialect
def test_every_event_is_documented_and_none_besides(dialect):
    told = {(row.event, "server") for rows in dialect.sayings.values() for row in rows}
    heard = {(event, "client") for event in dialect.hears}

    assert set(EVENT.findall(section(dialect.name))) == told | heard


@every_dialect
def test_every_rest_call_is_documented_and_none_besides(dialect):
    called = {(route.method, route.path) for route in dialect.routes}
    page = section(dialect.name)
    documented = set(CALL.findall(page))
    if "served also without `/api`" in page:
        documented |= {(method, path.removeprefix("/api")) for method, path in documented}

    assert documented == called
