"""docs/server-api.md and the table of the door say the same, call by call and table by table."""

import re
from pathlib import Path

from tortoise.models import Model

from realtime import models
from realtime.gateway.server_api import table

PAGE = (Path(__file__).parents[2] / "docs" / "server-api.md").read_text()


def test_every_call_is_documented_and_none_besides():
    documented = re.findall(r"^\| (GET|POST|PUT|DELETE) `([^`]+)` \|", PAGE, re.MULTILINE)

    assert set(documented) == {(row.method, row.path) for row in table.routes}
    assert len(documented) == len(table.routes)


def test_every_table_has_a_row_in_what_a_deletion_leaves():
    _, _, rows = PAGE.partition("## What an export has")
    named = set(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE))

    kept = {getattr(models, name)._meta.db_table for name in models.__all__}
    assert all(issubclass(getattr(models, name), Model) for name in models.__all__)
    assert kept - named == {"participants"}  # a conversation's people are told with it
