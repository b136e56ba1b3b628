"""Letting go of old notifications, so many at once. Archived and snoozed ones stay, and those that
have come back to the inbox count as made then."""

from datetime import datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain import journal
from realtime.domain.ids import FIRST, earliest_at
from realtime.domain.steps import first_of
from realtime.models import Notification as Row

SLACK = timedelta(days=1)
"""How long those that have expired are kept, for whoever asks why there was no push."""


async def forget_expired(before: datetime, most: int) -> int:
    """Let go of those that had expired before a time; gives how many were found."""
    return await clear(Row.filter(expires_at__lt=before), most)


class Read:
    """Those that were read or dismissed, for one sweep: each step goes on behind the one before.
    What is unread stays for long, and would be looked at by every step else, however much it is."""

    def __init__(self) -> None:
        self._after = FIRST

    async def forget(self, before: datetime, most: int) -> int:
        """Look at the next `most` from before a time; gives how many there were."""
        found = _made(before).filter(id__gt=self._after).limit(most)
        ids = [row.id for row in await found.only("id")]
        if ids:
            self._after = ids[-1]
            await clear(_loose(Row.filter(id__in=ids, read_at__isnull=False)), most)
        return len(ids)


async def forget_old(before: datetime, most: int) -> int:
    """Let go of those from before a time, read or not."""
    return await clear(_made(before), most)


async def clear(found: QuerySet[Row], most: int) -> int:
    """Delete the first so many, but for what is none of them any more, while nobody else changes
    what is its users'; gives how many there were, fewer than that at the end."""
    whose = dict(await found.limit(most).values_list("id", "user_id"))
    if whose:
        async with in_transaction():
            await journal.hold(set(whose.values()))
            await first_of(found.filter(id__in=list(whose)), most).delete()
    return len(whose)


def _made(before: datetime) -> QuerySet[Row]:
    """Found by their ids, which have their times: nothing younger is looked at."""
    long_there = Q(grouped_at=None) | Q(grouped_at__lt=before)
    return _loose(Row.filter(long_there, id__lt=earliest_at(before))).order_by("id")


def _loose(found: QuerySet[Row]) -> QuerySet[Row]:
    """Those of them that she has not put away to keep."""
    return found.filter(archived_at=None, snoozed_until=None)
