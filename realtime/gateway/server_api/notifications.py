"""``emitNotificationToUser``, ``sendNotificationToUser(s)``, ``broadcastNotification``."""

from typing import TypedDict

from realtime.dialects.base import Reply, malformed
from realtime.dialects.centre import NotificationJson, notification_json
from realtime.dialects.fields import Payload, RowId
from realtime.dialects.words import iso, iso_or_none
from realtime.domain import announcements, notifications
from realtime.domain.records import Notice
from realtime.domain.texts import is_blank
from realtime.gateway.server_api.bodies import NotificationBody, one_of
from realtime.gateway.server_api.rows import Call, table
from realtime.gateway.server_api.shapes import BroadcastJson


class BroadcastPath(Payload):
    broadcastId: RowId


class Told(TypedDict):
    """One for one user, null if she caused it or wants none; a list for several; the broadcast."""

    data: NotificationJson | list[NotificationJson] | BroadcastJson | None


@table.route("POST", "/api/server/notifications", NotificationBody, statuses=(201, 200))
async def notify(call: Call, body: NotificationBody) -> Reply[Told]:
    target = one_of(body, ("userId", "userIds", "broadcast"))
    notice = notice_of(body)
    if target == "broadcast":
        return await _everybody(call, notice)
    user_ids = list(dict.fromkeys(body.userIds or [body.userId or ""]))
    made = await notifications.notify(call.node, user_ids, notice)
    shown = [notification_json(each, call.words) for each in made]
    status = 201 if shown else 200
    if target == "userIds":
        return Reply({"data": shown}, status)
    return Reply({"data": shown[0] if shown else None}, status)


class Withdrawn(TypedDict):
    """``touched`` is how many had read it, or put it somewhere."""

    id: str
    touched: int


class WithdrawnData(TypedDict):
    data: Withdrawn


@table.route("DELETE", "/api/server/broadcasts/{broadcastId}", BroadcastPath)
async def withdraw(call: Call, path: BroadcastPath) -> Reply[WithdrawnData]:
    touched = await announcements.withdraw(call.node, path.broadcastId)
    return Reply({"data": {"id": str(path.broadcastId), "touched": touched}})


async def _everybody(call: Call, notice: Notice) -> Reply[Told]:
    if notice.group_key is not None:
        raise malformed("groupKey", "a broadcast is in no group")
    made = await announcements.broadcast(call.node, notice)
    told: BroadcastJson = {
        "id": str(made.id),
        "createdAt": iso(made.created_at),
        "expiresAt": iso_or_none(made.expires_at),
    }
    return Reply({"data": told}, 201)


def notice_of(body: NotificationBody) -> Notice:
    """As the domain takes it. Raises Malformed for one that says nothing."""
    title, text = _shown(body.title), _shown(body.message) or _shown(body.content)
    if title is None and text is None:
        raise malformed("title", "title or message is required")
    if body.groupKey is None and (body.groupTitle is not None or body.groupMessage is not None):
        raise malformed("groupKey", "a groupTitle or groupMessage needs one")
    return Notice(
        type=body.type,
        title=title,
        text=text,
        actor_id=body.actorId,
        link=body.link or body.actionUrl,
        action_label=body.actionLabel,
        icon=body.icon,
        priority=body.priority,
        data=body.data,
        reference=body.relatedId if body.referenceId is None else body.referenceId,
        related_user_id=body.relatedUserId,
        related_job_id=body.relatedJobId,
        expires_at=body.expiresAt,
        group_key=body.groupKey,
        group_title=_shown(body.groupTitle),
        group_text=_shown(body.groupMessage),
    )


def _shown(text: str | None) -> str | None:
    """A text of which something can be seen."""
    return None if text is None or is_blank(text) else text
