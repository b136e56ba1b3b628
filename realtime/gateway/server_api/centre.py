"""A user's notification centre, for the application that shows it or acts for her."""

from realtime.dialects.base import Reply
from realtime.dialects.centre import (
    CentreQuery,
    Counted,
    NotificationData,
    Seen,
    SliceJson,
    WishBody,
    counts_json,
    notification_json,
)
from realtime.dialects.fields import NotificationId
from realtime.domain import centre, notifications
from realtime.gateway.server_api.bodies import UserPath
from realtime.gateway.server_api.rows import Call, Data, table


class UserCentreQuery(UserPath, CentreQuery):
    """Which of a user's notifications."""


class UserNotificationPath(UserPath):
    id: NotificationId


class UserChangeBody(UserNotificationPath, WishBody):
    """What is to become of a user's notification."""


@table.route("GET", "/api/server/users/{userId}/notifications", UserCentreQuery)
async def get_centre(call: Call, query: UserCentreQuery) -> Reply[SliceJson]:
    page = await centre.page(call.acting(query.userId), query.choice, limit=query.limit)
    shown = [notification_json(each, call.words) for each in page.items]
    return Reply({"data": shown, "next": None if page.next is None else str(page.next)})


@table.route("GET", "/api/server/users/{userId}/notifications/counts", UserPath)
async def get_counts(call: Call, path: UserPath) -> Reply[Counted]:
    return Reply({"data": counts_json(await centre.counts(call.acting(path.userId)))})


@table.route("PUT", "/api/server/users/{userId}/notifications/seen", UserPath)
async def see_all(call: Call, path: UserPath) -> Reply[Seen]:
    return Reply({"data": {"seen": await centre.see_all(call.acting(path.userId))}})


@table.route("PUT", "/api/server/users/{userId}/notifications/{id}", UserChangeBody)
async def change(call: Call, body: UserChangeBody) -> Reply[NotificationData]:
    changed = await centre.change(call.acting(body.userId), body.id, body.wish)
    return Reply({"data": notification_json(changed, call.words)})


@table.route("DELETE", "/api/server/users/{userId}/notifications/{id}", UserNotificationPath)
async def delete(call: Call, path: UserNotificationPath) -> Reply[Data]:
    await notifications.delete(call.acting(path.userId), path.id)
    return Reply({"data": {}})
