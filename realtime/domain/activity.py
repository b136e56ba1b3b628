"""What users did, as far as they told us: who looked at whose profile, who saved which job."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from realtime.domain import notifications
from realtime.domain.acquaintance import around
from realtime.domain.actor import Actor
from realtime.domain.events import NotificationCreated, ProfileViewed
from realtime.domain.ids import new_id
from realtime.domain.records import Activity, Notice, Page, Person
from realtime.models import Activity as Row
from realtime.models.raw import as_json

VIEW_PROFILE = "view_profile"
FEED = (VIEW_PROFILE, "save_job", "message_sent")
"""What a person's feed shows of what others did about her."""

VIEW_COUNTS_FOR = timedelta(hours=1)
"""How long another look at the same profile is the same view."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did; ``job_id`` keeps its JSON type, ``metadata`` is any JSON."""

    action: str
    target_id: str | None = None
    job_id: Any = None
    job_title: str | None = None
    metadata: Any = None


async def log(actor: Actor, deed: Deed, told: Callable[[Person], Notice]) -> Activity:
    """Remember what the actor did; of a look at her profile another is told, once an hour.

    ``told`` puts such a view into words. A view that does not count gives the one that did. What is
    done to one of whom she wants nothing, or who wants nothing of her, is in nobody's feed.
    Raises UnknownUser where users must exist.
    """
    user = await actor.node.people.known(actor.user_id)
    if deed.target_id is None:
        return await _logged(actor, user, deed)
    await actor.node.people.known(deed.target_id)
    if deed.target_id in await around(actor.user_id):
        kept = await _logged(actor, user, replace(deed, target_id=None))
        return replace(kept, target_id=deed.target_id)
    if deed.action == VIEW_PROFILE:
        return await _view(actor, user, deed, told(user))
    return await _logged(actor, user, deed)


async def feed(actor: Actor, *, limit: int, offset: int = 0) -> Page[Activity]:
    """What others did about the actor, the latest first."""
    about = Row.filter(target_id=actor.user_id, action__in=FEED)
    rows = await about.order_by("-id").offset(offset).limit(limit)
    people = await actor.node.people.named({row.user_id for row in rows})
    return Page(tuple(_record(row, people[row.user_id]) for row in rows), await about.count())


async def _logged(actor: Actor, user: Person, deed: Deed) -> Activity:
    row = _row(actor, deed, actor.node.clock())
    await row.save(force_create=True)
    return _record(row, user)


async def _view(actor: Actor, viewer: Person, deed: Deed, notice: Notice) -> Activity:
    viewed_id, now = deed.target_id or "", actor.node.clock()
    counted = await _counted(viewer.id, viewed_id, now)
    if counted is not None:
        return _record(counted, viewer)
    once = _once(viewer.id, viewed_id, now)
    row = _row(actor, deed, now, once)
    try:
        async with in_transaction():
            await row.save(force_create=True)
            told = await notifications.stored(actor.node, [viewed_id], notice, of=(row.id,))
    except IntegrityError:  # two looks at once: the other one counts
        return _record(await Row.get(once=once), viewer)
    if viewed_id != viewer.id:
        _announce(actor, ProfileViewed(viewer, viewed_id, now), told)
    return _record(row, viewer)


def _announce(actor: Actor, view: ProfileViewed, told: notifications.Stored) -> None:
    """With its notification, so that whoever is told of that later is told of both; by itself where
    she wants none."""
    made = [event for event in told.events if isinstance(event, NotificationCreated)]
    for event in made:
        actor.node.announce(replace(event, view=view))
    if not made:
        actor.node.announce(view)


async def _counted(viewer_id: str, viewed_id: str, now: datetime) -> Row | None:
    views = Row.filter(target_id=viewed_id, user_id=viewer_id, action=VIEW_PROFILE)
    return await views.filter(created_at__gt=now - VIEW_COUNTS_FOR).order_by("-id").first()


def _once(viewer_id: str, viewed_id: str, now: datetime) -> str:
    """What only one of two looks at once can have; ids may hold any separator, hence the length."""
    hour = int(now.timestamp() // VIEW_COUNTS_FOR.total_seconds())
    return f"{VIEW_PROFILE}:{hour}:{len(viewer_id)}:{viewer_id}:{viewed_id}"


def _row(actor: Actor, deed: Deed, now: datetime, once: str | None = None) -> Row:
    return Row(
        id=new_id(),
        user_id=actor.user_id,
        target_id=deed.target_id,
        action=deed.action,
        job_id=as_json(deed.job_id),
        job_title=deed.job_title,
        metadata=as_json(deed.metadata),
        once=once,
        created_at=now,
    )


def _record(row: Row, user: Person) -> Activity:
    return Activity(
        id=row.id,
        user=user,
        action=row.action,
        target_id=row.target_id,
        job_id=row.job_id,
        job_title=row.job_title,
        metadata=row.metadata,
        created_at=row.created_at,
    )
