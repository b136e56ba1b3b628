"""Rings the alarms of snoozed notifications, out of the outbox."""

from collections.abc import Coroutine, Sequence
from typing import Any

from realtime.domain import snoozing
from realtime.domain.actor import Node
from realtime.models import Outbox


class Alarms:
    """Sender of ``delivery/outbox.py`` for what comes back to a user."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def works(self, rows: Sequence[Outbox]) -> Sequence[Coroutine[Any, Any, None]]:
        """See ``Sender``: one after the other, so that a thousand at nine o'clock are no burst."""
        return [self._ring(rows)]

    async def close(self) -> None:
        """See ``Sender``."""

    async def _ring(self, alarms: Sequence[Outbox]) -> None:
        for alarm in alarms:
            await snoozing.ring(self._node, alarm)
