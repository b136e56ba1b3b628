"""Status changes that come together are told together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from realtime.delivery import statuses
from realtime.delivery.statuses import Statuses
from realtime.domain.events import StatusChanged
from tests.transport.clients import until

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def changed(user_id: str) -> StatusChanged:
    return StatusChanged(user_id, True, AT, None)


async def test_what_cannot_be_told_keeps_nothing_that_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where a dialect from outside finds no words."""
    monkeypatch.setattr(statuses, "PAUSE", 0.0)
    told: list[str] = []

    def tell(changes: Sequence[StatusChanged]) -> None:
        told.extend(each.user_id for each in changes)
        if told == ["ada"]:
            raise ValueError

    gathering = Statuses(tell)
    with pytest.raises(ValueError):  # noqa: PT011 - for the announcer, which logs it
        gathering.add(changed("ada"))
    gathering.add(changed("bob"))

    await until(lambda: told == ["ada", "bob"])
