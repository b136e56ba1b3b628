"""The notification centre's words, plain and alike for users and for the application."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

from pydantic import Field

from realtime.dialects.base import malformed
from realtime.dialects.fields import Date, NotificationId, NotificationType, Payload, example, whole
from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain.centre import Counts, Wish
from realtime.domain.choosing import Choice, State
from realtime.domain.places import Place, place_of
from realtime.domain.records import Notification

Priority = Literal["low", "normal", "high", "urgent"]


class NotificationJson(TypedDict):
    """``place`` is where it is; what is not in the inbox counts as read. It stands for ``count`` of
    its ``groupKey``. ``updatedAt`` is when the last of them came, or it came back to the inbox.
    """

    id: str
    userId: WireUserId
    type: str
    title: str | None
    message: str | None
    relatedUserId: WireUserId | None
    relatedJobId: object
    referenceId: object
    link: str | None
    actionLabel: str | None
    icon: str | None
    priority: str
    data: object
    place: str
    isSeen: bool
    isRead: bool
    seenAt: str | None
    readAt: str | None
    dismissedAt: str | None
    archivedAt: str | None
    snoozedUntil: str | None
    createdAt: str
    expiresAt: str | None
    groupKey: str | None
    count: int
    updatedAt: str


class SliceJson(TypedDict):
    """``next`` is the ``before`` of the following page, null on the last one."""

    data: list[NotificationJson]
    next: str | None


class CountsJson(TypedDict):
    unread: int
    unseen: int
    urgent: int


class Counted(TypedDict):
    data: CountsJson


class NotificationData(TypedDict):
    data: NotificationJson


class SeenJson(TypedDict):
    """How many had not been seen before."""

    seen: int


class Seen(TypedDict):
    data: SeenJson


class CentreQuery(Payload):
    """Of one state, type and priority; older than ``before``."""

    state: State = State.INBOX
    type: NotificationType | None = None
    priority: Priority | None = None
    before: NotificationId | None = None
    limit: Annotated[int, whole(20, most=100, least=1)] = 20

    @property
    def choice(self) -> Choice:
        """As the domain takes it."""
        return Choice(
            state=self.state,
            types=(self.type,) if self.type else (),
            priorities=() if self.priority is None else (self.priority,),
            before=self.before,
        )


Marked = Annotated[bool, Field(strict=True)]


class WishBody(Payload):
    """Any of them; ``until``, an ISO 8601 time, with ``place`` ``snoozed`` only."""

    model_config = example(place="snoozed", until="2026-01-05T12:00:00Z")

    place: Place | None = None
    read: Marked | None = None
    seen: Marked | None = None
    until: Date | None = None

    @property
    def wish(self) -> Wish:
        """As the domain takes it. Raises Malformed for one that wishes nothing."""
        if self.place is None and self.read is None and self.seen is None:
            raise malformed("place", "one of place, read, seen is required")
        return Wish(self.place, self.read, self.seen, self.until)


def notification_json(notification: Notification, words: Words) -> NotificationJson:
    """A notification with all that is kept of it."""
    related = notification.actor
    return {
        "id": str(notification.id),
        "userId": words.user_id(notification.user_id),
        "type": notification.type,
        "title": notification.title,
        "message": notification.text,
        "relatedUserId": None if related is None else words.user_id(related.id),
        "relatedJobId": notification.related_job_id,
        "referenceId": notification.reference,
        "link": notification.link,
        "actionLabel": notification.action_label,
        "icon": notification.icon,
        "priority": notification.priority,
        "data": data_json(notification.data, notification.message_id, words),
        "place": place_of(notification),
        "isSeen": bool(notification.seen_at or notification.read_at),
        "isRead": notification.read_at is not None,
        "seenAt": iso_or_none(notification.seen_at),
        "readAt": iso_or_none(notification.read_at),
        "dismissedAt": iso_or_none(notification.dismissed_at),
        "archivedAt": iso_or_none(notification.archived_at),
        "snoozedUntil": iso_or_none(notification.snoozed_until),
        "createdAt": iso(notification.created_at),
        "expiresAt": iso_or_none(notification.expires_at),
        "groupKey": notification.group_key,
        "count": notification.count,
        "updatedAt": iso(notification.grouped_at or notification.created_at),
    }


def data_json(data: Any, message_id: UUID | None, words: Words) -> Any:
    """What a notification has to tell besides; of a message, its ids as the deployment sends
    them."""
    if message_id is None or not isinstance(data, Mapping) or "senderId" not in data:
        return data  # what was imported may have left it out
    return {**data, "senderId": words.user_id(data["senderId"])}


def counts_json(counts: Counts) -> CountsJson:
    """What badges show."""
    return {"unread": counts.unread, "unseen": counts.unseen, "urgent": counts.urgent}
