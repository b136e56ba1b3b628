"""The notification centre over REST; only this dialect has words for it, so that users of all may
ask here. What messages made is told in this dialect's words."""

from collections.abc import Iterator

from realtime.dialects.base import Reply, Request, Wire
from realtime.dialects.centre import (
    CentreQuery,
    Counted,
    NotificationData,
    NotificationJson,
    Seen,
    SliceJson,
    WishBody,
    counts_json,
    notification_json,
)
from realtime.dialects.conversations import notices
from realtime.dialects.conversations.tables import dialect
from realtime.dialects.fields import NotificationId
from realtime.dialects.rooms import user
from realtime.dialects.words import Words
from realtime.domain import centre, errors
from realtime.domain.events import NotificationChanged
from realtime.domain.records import Notification


class ChangeBody(WishBody):
    id: NotificationId


def full_json(notification: Notification, words: Words) -> NotificationJson:
    """All that is kept of it, with the words that the list has."""
    said = notices.notification_json(notification, words)
    shown = notification_json(notification, words)
    shown.update({"title": said["title"], "message": said["message"]})
    shown.update({"link": said["link"], "data": said["data"]})
    return shown


@dialect.route("GET", "/api/notifications/centre", CentreQuery)
async def get_centre(request: Request, query: CentreQuery) -> Reply[SliceJson]:
    page = await centre.page(request.actor, query.choice, limit=query.limit)
    shown = [full_json(each, request.words) for each in page.items]
    return Reply({"data": shown, "next": None if page.next is None else str(page.next)})


@dialect.route("GET", "/api/notifications/counts")
async def get_counts(request: Request) -> Reply[Counted]:
    return Reply({"data": counts_json(await centre.counts(request.actor))})


@dialect.route("PUT", "/api/notifications/seen")
async def see_all(request: Request) -> Reply[Seen]:
    return Reply({"data": {"seen": await centre.see_all(request.actor)}})


@dialect.route(
    "PUT",
    "/api/notifications/{id}",
    ChangeBody,
    refuses={errors.Malformed: (400, "Invalid {field}: {reason}")},
)
async def change(request: Request, body: ChangeBody) -> Reply[NotificationData]:
    changed = await centre.change(request.actor, body.id, body.wish)
    return Reply({"data": full_json(changed, request.words)})


@dialect.says(NotificationChanged, "notification:updated", NotificationJson)
def notification_updated(event: NotificationChanged, words: Words) -> Iterator[Wire]:
    notification = event.notification
    yield Wire(user(notification.user_id), full_json(notification, words), skip=event.session)
