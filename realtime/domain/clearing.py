"""Letting go of old notifications, so many at once. Archived and snoozed ones stay."""

from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from realtime.domain.ids import earliest_at
from realtime.domain.steps import delete_first
from realtime.models import Notification as Row

SLACK = timedelta(days=1)
"""How long those that have expired are kept, for whoever asks why there was no push."""


async def forget_expired(before: datetime, most: int) -> int:
    """Let go of those that had expired before a time; gives how many were found."""
    return await delete_first(Row.filter(expires_at__lt=before), most)


async def forget_read(before: datetime, most: int) -> int:
    """Let go of those from before a time that were read or dismissed."""
    return await delete_first(_made(before).filter(read_at__isnull=False), most)


async def forget_old(before: datetime, most: int) -> int:
    """Let go of those from before a time, read or not."""
    return await delete_first(_made(before), most)


def _made(before: datetime) -> QuerySet[Row]:
    """Found by their ids, which have their times: nothing younger is looked at."""
    return Row.filter(id__lt=earliest_at(before), archived_at=None, snoozed_until=None).order_by(
        "id"
    )
