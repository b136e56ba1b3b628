"""All that is kept of a user, for her to have: her rows, but for what is another's."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypedDict, TypeVar

from realtime.dialects.centre import data_json
from realtime.dialects.wishes import MuteJson, WishesJson, mute_json, wishes_json
from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain import quiet
from realtime.domain.accounts import Export
from realtime.domain.quiet import Mute
from realtime.domain.steps import by_turns
from realtime.gateway.server_api.shapes import UserJson, user_json
from realtime.models import (
    Activity,
    Block,
    Message,
    Notification,
    Participant,
    PushSubscription,
    Report,
)
from realtime.models import Mute as MuteRow

Row = TypeVar("Row")
Json = TypeVar("Json")


class OwnConversation(TypedDict):
    id: str
    title: str | None
    joinedAt: str


class OwnMessage(TypedDict):
    id: str
    conversationId: str
    type: str
    content: str
    attachments: object
    createdAt: str
    editedAt: str | None


class OwnNotification(TypedDict):
    id: str
    type: str
    title: str | None
    message: str | None
    link: str | None
    actionLabel: str | None
    icon: str | None
    priority: str
    data: object
    referenceId: object
    relatedJobId: object
    createdAt: str
    seenAt: str | None
    readAt: str | None
    dismissedAt: str | None
    archivedAt: str | None
    snoozedUntil: str | None
    expiresAt: str | None
    groupKey: str | None
    count: int


class OwnActivity(TypedDict):
    id: str
    action: str
    targetUserId: WireUserId | None
    jobId: object
    jobTitle: str | None
    metadata: object
    createdAt: str


class OwnSubscription(TypedDict):
    endpoint: str
    dialect: str
    createdAt: str


class OwnBlock(TypedDict):
    userId: WireUserId
    createdAt: str


class OwnReport(TypedDict):
    messageId: str
    reason: str | None
    createdAt: str


class ExportJson(UserJson):
    preferences: dict[str, bool]
    push: WishesJson
    mutes: list[MuteJson]
    conversations: list[OwnConversation]
    messages: list[OwnMessage]
    notifications: list[OwnNotification]
    activities: list[OwnActivity]
    pushSubscriptions: list[OwnSubscription]
    rooms: list[str]
    blocks: list[OwnBlock]
    reports: list[OwnReport]


async def export_json(found: Export, words: Words) -> ExportJson:
    """Everything of hers; preferences are those that she changed. Others have their turn while it
    is made."""
    return {
        **user_json(found.user, words),
        "preferences": {} if found.preferences is None else dict(found.preferences.choices),
        "push": wishes_json(quiet.wishes(found.preferences)),
        "mutes": await _each(found.mutes, _mute),
        "conversations": await _each(found.participations, _conversation),
        "messages": await _each(found.messages, _message),
        "notifications": await _each(found.notifications, partial(_notification, words=words)),
        "activities": await _each(found.activities, partial(_activity, words=words)),
        "pushSubscriptions": await _each(found.subscriptions, _subscription),
        "rooms": [each.room for each in found.rooms],
        "blocks": await _each(found.blocks, partial(_block, words=words)),
        "reports": await _each(found.reports, _report),
    }


async def _each(rows: Sequence[Row], say: Callable[[Row], Json]) -> list[Json]:
    return [say(row) async for row in by_turns(rows)]


def _mute(row: MuteRow) -> MuteJson:
    return mute_json(Mute(row.conversation_id, row.until))


def _conversation(row: Participant) -> OwnConversation:
    conversation: Any = row.conversation  # loaded with the row
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "joinedAt": iso(row.joined_at),
    }


def _message(row: Message) -> OwnMessage:
    return {
        "id": str(row.id),
        "conversationId": str(row.conversation_id),
        "type": row.kind,
        "content": row.content,
        "attachments": row.attachments,
        "createdAt": iso(row.created_at),
        "editedAt": iso_or_none(row.edited_at),
    }


def _notification(row: Notification, words: Words) -> OwnNotification:
    return {
        "id": str(row.id),
        "type": row.type,
        "title": row.title,
        "message": row.text,
        "link": row.link,
        "actionLabel": row.action_label,
        "icon": row.icon,
        "priority": row.priority,
        "data": data_json(row.data, row.message_id, words),
        "referenceId": row.reference,
        "relatedJobId": row.related_job_id,
        "createdAt": iso(row.created_at),
        "seenAt": iso_or_none(row.seen_at),
        "readAt": iso_or_none(row.read_at),
        "dismissedAt": iso_or_none(row.dismissed_at),
        "archivedAt": iso_or_none(row.archived_at),
        "snoozedUntil": iso_or_none(row.snoozed_until),
        "expiresAt": iso_or_none(row.expires_at),
        "groupKey": row.group_key,
        "count": row.group_count,
    }


def _activity(row: Activity, words: Words) -> OwnActivity:
    return {
        "id": str(row.id),
        "action": row.action,
        "targetUserId": None if row.target_id is None else words.user_id(row.target_id),
        "jobId": row.job_id,
        "jobTitle": row.job_title,
        "metadata": row.metadata,
        "createdAt": iso(row.created_at),
    }


def _subscription(row: PushSubscription) -> OwnSubscription:
    return {"endpoint": row.endpoint, "dialect": row.dialect, "createdAt": iso(row.created_at)}


def _block(row: Block, words: Words) -> OwnBlock:
    return {"userId": words.user_id(row.blocked_id), "createdAt": iso(row.created_at)}


def _report(row: Report) -> OwnReport:
    return {
        "messageId": str(row.message_id),
        "reason": row.reason,
        "createdAt": iso(row.created_at),
    }
