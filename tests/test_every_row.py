"""The last test of a whole run: each row of the dialects' tables was seen by some scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from realtime.dialects.base import Dialect
from realtime.dialects.loading import load
from tests import rows
from tests.driver import Driver
from tests.record import SEEN, Record

pytestmark = pytest.mark.last

DIALECTS = load()


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("unseen", rows.TABLES.values(), ids=rows.TABLES)
def test_each_row_was_seen(
    dialect: Dialect, unseen: Callable[[Dialect, Record], Iterator[str]], driver: Driver
) -> None:
    rows_left = list(unseen(dialect, SEEN))

    assert not rows_left, "no scenario saw\n" + "\n".join(rows_left)
