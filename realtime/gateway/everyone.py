"""What every dialect's users may call alike, in the plainest JSON; refusals are each dialect's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

from pydantic import Field

from realtime.dialects.base import Dialect, Reply, Request
from realtime.dialects.centre import NotificationJson, notification_json
from realtime.dialects.fields import Payload, whole
from realtime.dialects.words import WireUserId, Words
from realtime.domain import sync
from realtime.domain.errors import BrokenCursor, ForeignCursor
from realtime.domain.events import (
    AllNotificationsRead,
    Event,
    MembershipChanged,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationChanged,
    NotificationCreated,
    NotificationRead,
    OwnChanged,
    ParticipantRemoved,
    ProfileViewed,
)
from realtime.domain.journal import Entry, Kind
from realtime.gateway.safety import safety
from realtime.gateway.server_api.shapes import MessageJson, message_json

PAGE = 500
"""Changes of one page, at most."""

everyone = Dialect("everyone")


class Since(Payload):
    since: Annotated[str, Field(strict=True)] | None = None
    limit: Annotated[int, whole(PAGE, most=PAGE, least=1)] = PAGE


class SentJson(TypedDict):
    type: Literal["message", "message:updated"]
    message: MessageJson


class UnsentJson(TypedDict):
    type: Literal["message:deleted"]
    conversationId: str
    messageIds: list[str]


class ReadJson(TypedDict):
    """``readerId`` is null where nobody knows who it was."""

    type: Literal["messages:read"]
    conversationId: str
    readerId: WireUserId | None
    messageIds: list[str]


class ToldJson(TypedDict):
    type: Literal["notification"]
    notification: NotificationJson


class DoneJson(TypedDict):
    """``notificationIds`` is null for all that there were (of ``deleted``: all that were read)."""

    type: Literal["notification:read", "notification:seen", "notification:deleted"]
    notificationIds: list[str] | None


class PeopleJson(TypedDict):
    type: Literal["conversation:joined", "conversation:left"]
    conversationId: str
    userIds: list[WireUserId]


ChangeJson = SentJson | UnsentJson | ReadJson | ToldJson | DoneJson | PeopleJson


class SyncJson(TypedDict):
    changes: list[ChangeJson]
    cursor: str
    more: bool
    reload: bool


@everyone.route(
    "GET",
    "/api/sync",
    Since,
    refuses={
        BrokenCursor: (400, "since is no cursor: call without it to get one"),
        ForeignCursor: (400, "since is somebody else's cursor: call without it to get your own"),
    },
)
async def changes_since(request: Request, query: Since) -> Reply[SyncJson]:
    """All that was stored and concerns the caller since her cursor; without one, one for now."""
    if query.since is None:
        found = await sync.begin(request.actor)
    else:
        found = await sync.since(request.actor, query.since, limit=query.limit)
    told = [each for change in found.changes for each in changes_json(change, request)]
    return Reply(
        {"changes": told, "cursor": found.cursor, "more": found.more, "reload": found.reload}
    )


def with_everyones(dialects: Mapping[str, Dialect]) -> dict[str, Dialect]:
    """These dialects, each with the calls that all of them have."""
    return {
        name: replace(dialect, routes=[*dialect.routes, *everyone.routes, *safety.routes])
        for name, dialect in dialects.items()
    }


Say = Callable[[Any, Entry, Words], ChangeJson | None]


def changes_json(change: sync.Told, request: Request) -> Iterator[ChangeJson]:
    """A change, and with a message the notification that it made for who asks."""
    event, words = change.event, request.words
    said = SAYS[type(event)](event, change.entry, words)
    if said is not None:
        yield said
    if isinstance(event, MessageSent):
        for each in event.notifications:
            yield {"type": "notification", "notification": notification_json(each, words)}


def _sent(event: MessageSent, _entry: Entry, words: Words) -> SentJson:
    return {"type": "message", "message": message_json(event.message, words)}


def _edited(event: MessageEdited, _entry: Entry, words: Words) -> SentJson:
    return {"type": "message:updated", "message": message_json(event.message, words)}


def _deleted(event: MessageDeleted, _entry: Entry, _words: Words) -> UnsentJson:
    return _unsent(event.conversation_id, [str(event.message_id)])


def _all_deleted(event: MessagesDeleted, _entry: Entry, _words: Words) -> UnsentJson:
    return _unsent(event.conversation_id, [*map(str, event.message_ids)])


def _unsent(conversation_id: UUID, ids: list[str]) -> UnsentJson:
    return {
        "type": "message:deleted",
        "conversationId": str(conversation_id),
        "messageIds": ids,
    }


def _read(event: MessagesRead, _entry: Entry, words: Words) -> ReadJson:
    return {
        "type": "messages:read",
        "conversationId": str(event.conversation_id),
        "readerId": words.user_id(event.reader_id) if event.reader_id else None,
        "messageIds": [*map(str, event.message_ids)],
    }


def _notified(
    event: NotificationCreated | NotificationChanged, _entry: Entry, words: Words
) -> ToldJson:
    notification = notification_json(event.notification, words)
    return {"type": "notification", "notification": notification}


def _notification_read(_event: Event, entry: Entry, _words: Words) -> DoneJson:
    return {"type": "notification:read", "notificationIds": list(entry.ids) or None}


def _own(event: OwnChanged, entry: Entry, words: Words) -> ChangeJson | None:
    if entry.kind == Kind.NOTIFICATIONS_DELETED:
        return {"type": "notification:deleted", "notificationIds": list(entry.ids) or None}
    if entry.kind == Kind.NOTIFICATIONS_CHANGED and entry.ids:
        return {"type": "notification:seen", "notificationIds": list(entry.ids)}
    if entry.kind == Kind.LEFT:  # the other of a pair was deleted, and the conversation with her
        return _people("conversation:left", entry.ids[0], [event.user_id], words)
    return None


def _nothing(_event: Event, _entry: Entry, _words: Words) -> None:
    """A view, whose notification is gone, is in a feed that nobody syncs."""


def _joined(event: MembershipChanged, entry: Entry, words: Words) -> PeopleJson:
    return _people("conversation:joined", str(event.conversation_id), list(entry.ids), words)


def _left(event: ParticipantRemoved, _entry: Entry, words: Words) -> PeopleJson:
    return _people("conversation:left", str(event.conversation_id), [event.user_id], words)


def _people(
    kind: Literal["conversation:joined", "conversation:left"],
    conversation_id: str,
    user_ids: list[str],
    words: Words,
) -> PeopleJson:
    ids = [words.user_id(each) for each in user_ids]
    return {"type": kind, "conversationId": conversation_id, "userIds": ids}


SAYS: Mapping[type[Event], Say] = {
    MessageSent: _sent,
    MessageEdited: _edited,
    MessageDeleted: _deleted,
    MessagesDeleted: _all_deleted,
    MessagesRead: _read,
    NotificationCreated: _notified,
    NotificationChanged: _notified,
    NotificationRead: _notification_read,
    AllNotificationsRead: _notification_read,
    OwnChanged: _own,
    ProfileViewed: _nothing,
    MembershipChanged: _joined,
    ParticipantRemoved: _left,
}
