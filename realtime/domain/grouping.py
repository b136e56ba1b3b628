"""Notifications that count up: "12 people liked your post" is one row, as long as it is unread and
no older than a group may be. Then the next one begins a row of its own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from realtime.domain import journal
from realtime.domain.ids import new_id
from realtime.domain.records import Notice, Person
from realtime.domain.steps import ROWS, portions
from realtime.domain.texts import isolated
from realtime.models import Notification as Row
from realtime.models import NotificationActor

_PLACE = re.compile(r"\{(count|others|actor)\}")


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows that were there, by user, and those of them that count one more."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    more: tuple[Row, ...] = ()


async def count_up(
    user_ids: Sequence[str], notice: Notice, cause: Person | None, now: datetime, span: timedelta
) -> Counted:
    """In the transaction that tells them: who has a row of this group, in which this counts.

    The users are locked, so that two who like at once make one row. Whoever is counted in a row
    already changes nothing.
    """
    if notice.group_key is None:
        return Counted()
    await journal.hold(user_ids)
    rows = await _open(user_ids, notice.group_key, now, span)
    counted = await _counted(rows.values(), notice.shown_id)
    more = [row for row in rows.values() if row.id not in counted]
    for row in more:
        row.update_from_dict(_columns(row.group_count + 1, notice, cause, now))
    for count in {row.group_count for row in more}:
        ids = [row.id for row in more if row.group_count == count]
        for portion in portions(ids):
            await Row.filter(id__in=portion).update(**_columns(count, notice, cause, now))
    await remember(more, notice)
    return Counted(rows, tuple(more))


async def remember(rows: Iterable[Row], notice: Notice) -> None:
    """Who is counted in these from now on."""
    if notice.group_key is None or notice.shown_id is None:
        return
    actor_id = notice.shown_id
    them = [
        NotificationActor(id=new_id(), notification_id=row.id, actor_id=actor_id) for row in rows
    ]
    await NotificationActor.bulk_create(them, batch_size=ROWS)


def worded(template: str, count: int, cause: Person | None) -> str:
    """A text with ``{count}``, ``{others}`` (but for the last one) and ``{actor}``, her name."""
    values = {
        "count": str(count),
        "others": str(count - 1),
        "actor": "" if cause is None else isolated(cause.name),
    }
    return _PLACE.sub(lambda found: values[found[1]], template)


async def _open(
    user_ids: Sequence[str], key: str, now: datetime, span: timedelta
) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for portion in portions(user_ids):
        lasting = Q(expires_at=None) | Q(expires_at__gt=now)
        theirs = Row.filter(lasting, user_id__in=portion, group_key=key, read_at=None)
        for row in await theirs.filter(created_at__gt=now - span).order_by("id"):
            found[row.user_id] = row
    return found


async def _counted(rows: Iterable[Row], actor_id: str | None) -> set[UUID]:
    """Those of these rows in which somebody is counted already."""
    found: set[UUID] = set()
    for portion in portions(row.id for row in rows) if actor_id is not None else ():
        hers = NotificationActor.filter(notification_id__in=portion, actor_id=actor_id)
        found.update(row.notification_id for row in await hers)
    return found


def _columns(count: int, notice: Notice, cause: Person | None, now: datetime) -> dict[str, Any]:
    """What one more makes of a row: the latest's words, or the template's; unseen again."""
    title, text = notice.group_title, notice.group_text
    return {
        "group_count": count,
        "grouped_at": now,
        "seen_at": None,
        "actor_id": notice.shown_id,
        "title": notice.title if title is None else worded(title, count, cause),
        "text": notice.text if text is None else worded(text, count, cause),
        "link": notice.link,
        "icon": notice.icon,
        "expires_at": notice.expires_at,
    }
