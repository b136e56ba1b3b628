"""Whether a browser is to be woken for a notification: only when she is really away.

Decided when the push is due, and once more right before it is sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from realtime.domain import broadcasts, quiet
from realtime.domain.actor import Node
from realtime.domain.quiet import Wishes
from realtime.domain.settings import Pushing
from realtime.domain.steps import rounded
from realtime.models import Block, Message, Mute, Notification, Outbox, Participant, Preferences


class Verdict(StrEnum):
    """What became of a push. The first three are no end."""

    GO = "go"
    LATER = "later"
    AGAIN = "again"
    GONE = "gone"
    READ = "read"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"
    EXPIRED = "expired"
    LEFT = "left"
    OFF = "off"
    BLOCKED = "blocked"
    MUTED = "muted"
    QUIET = "quiet"
    CONNECTED = "connected"
    VISIBLE = "visible"
    SENT = "sent"
    NO_BROWSER = "no_browser"
    NO_WORDS = "no_words"
    GONE_BROWSER = "gone_browser"
    UNSUBSCRIBED = "unsubscribed"
    WRONG_KEY = "wrong_key"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict, and what its sentence needs."""

    verdict: Verdict
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides about one push. ``sockets`` are how many she has; ``visible`` whether one of
    her pages is looked at.
    """

    notification: Notification | None
    expires_at: datetime
    takes_part: bool = True
    read_message: bool = False
    blocked: bool = False
    off: bool = False
    wishes: Wishes = field(default_factory=Wishes)
    mute: Mute | None = None
    sockets: int = 0
    visible: bool = False
    looks: int = 0


def decide(facts: Facts, rules: Pushing, now: datetime) -> Decided:
    """Whether it goes out now."""
    return _past(facts, now) or _unwanted(facts, now) or _there(facts, rules) or Decided(Verdict.GO)


def _past(facts: Facts, now: datetime) -> Decided | None:
    """What need not be said any more."""
    row = facts.notification
    if row is None:
        return Decided(Verdict.GONE)
    if facts.read_message or row.read_at or row.dismissed_at:
        return _done_with(row)
    if facts.expires_at <= now or (row.expires_at is not None and row.expires_at <= now):
        return Decided(Verdict.EXPIRED)
    return None if facts.takes_part else Decided(Verdict.LEFT)


def _done_with(row: Notification) -> Decided:
    """She has read it or its message, or has put it away, which counts as read too."""
    if row.dismissed_at is not None:
        return Decided(Verdict.DISMISSED, {"at": row.dismissed_at.isoformat()})
    if row.snoozed_until is not None:
        return Decided(Verdict.SNOOZED, {"until": row.snoozed_until.isoformat()})
    return Decided(Verdict.READ, {"at": row.read_at.isoformat()} if row.read_at else {})


def _unwanted(facts: Facts, now: datetime) -> Decided | None:
    """What she does not want to be woken for; what is urgent ends quiet hours and no mute."""
    row, mute = facts.notification, facts.mute
    assert row is not None, "what is gone is past"  # noqa: S101
    if facts.blocked:
        return Decided(Verdict.BLOCKED)
    if mute is not None and (mute.until is None or mute.until > now):
        return Decided(Verdict.MUTED, {"until": mute.until and mute.until.isoformat()})
    if facts.off:
        return Decided(Verdict.OFF, {"type": row.type})
    ends = None if row.priority == "urgent" else facts.wishes.hours_now(now)
    return None if ends is None else Decided(Verdict.QUIET, {"until": ends.isoformat()})


def _there(facts: Facts, rules: Pushing) -> Decided | None:
    """She sees it by herself. A socket may be a phone's that lost its network a moment ago, so
    that who has one is looked for once more when we would know."""
    if rules.visible_only:
        return Decided(Verdict.VISIBLE) if facts.visible else None
    if not facts.sockets:
        return None
    if rules.again and not facts.looks:
        return Decided(Verdict.LATER, {"sockets": facts.sockets})
    return Decided(Verdict.CONNECTED, {"sockets": facts.sockets})


async def facts_of(node: Node, pushes: Sequence[Outbox]) -> dict[UUID, Facts]:
    """What there is to know of these pushes now, by their ids."""
    known = await _known(pushes)
    users = {str(push.user_id) for push in pushes}
    sockets, visible = await node.presence.sockets(users), await node.visible.among(users)
    return {
        push.id: replace(
            known.facts(push),
            sockets=sockets[str(push.user_id)],
            visible=push.user_id in visible,
        )
        for push in pushes
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database has of some pushes, by what finds it."""

    notifications: Mapping[UUID, Notification]
    messages: Mapping[UUID, Message]
    parts: Mapping[tuple[str, UUID], Participant]
    preferences: Mapping[str, Preferences]
    mutes: Mapping[tuple[str, UUID], Mute]
    blocks: Collection[tuple[str, str | None]]

    def facts(self, push: Outbox) -> Facts:
        """Without who is there, which no database knows."""
        assert push.notification_id is not None, "a push is for a notification"  # noqa: S101
        row, user_id = self.notifications.get(push.notification_id), str(push.user_id)
        preferences = self.preferences.get(user_id)
        facts = Facts(
            notification=row,
            expires_at=push.expires_at,
            blocked=row is not None and (user_id, row.actor_id) in self.blocks,
            off=row is not None and quiet.is_off(preferences, row.type),
            wishes=quiet.wishes(preferences),
            looks=push.looks,
        )
        message = self.messages.get(row.message_id) if row and row.message_id else None
        return facts if message is None else self._of_message(facts, message, user_id)

    def _of_message(self, facts: Facts, message: Message, user_id: str) -> Facts:
        part = self.parts.get((user_id, message.conversation_id))
        return replace(
            facts,
            takes_part=part is not None,
            read_message=message.read_at is not None
            or (part is not None and part.read_seq >= message.seq),
            mute=self.mutes.get((user_id, message.conversation_id)),
        )


async def _of_broadcasts(
    pushes: Sequence[Outbox], known: Mapping[UUID, Notification]
) -> dict[UUID, Notification]:
    """What everybody was told has no row of hers until she does something with it."""
    pairs = {
        (str(push.user_id), UUID(push.body["broadcast"]))
        for push in pushes
        if push.notification_id not in known and push.body
    }
    found = await broadcasts.as_untouched(pairs) if pairs else {}
    return {row.id: row for row in found.values()}


async def _messages(ids: Collection[UUID]) -> Sequence[Message]:
    return await Message.filter(id__in=rounded(ids)) if ids else []


async def _known(pushes: Sequence[Outbox]) -> _Known:
    """One question to each table, however many they are; they are a worker's portion at most."""
    users = rounded({str(push.user_id) for push in pushes})
    asked = rounded({push.notification_id for push in pushes})
    notifications = {row.id: row for row in await Notification.filter(id__in=asked)}
    notifications |= await _of_broadcasts(pushes, notifications)
    told = {row.message_id for row in notifications.values() if row.message_id is not None}
    messages = {row.id: row for row in await _messages(told)}
    where: dict[str, Any] = {"user_id__in": users}
    conversations = {row.conversation_id for row in messages.values()}
    there = where | {"conversation_id__in": rounded(conversations)}
    causes = {row.actor_id for row in notifications.values() if row.actor_id}
    by = where | {"blocked_id__in": rounded(causes)}
    blocks = await Block.filter(**by) if causes else []
    parts = await Participant.filter(**there) if messages else []
    mutes = await Mute.filter(**there) if messages else []
    return _Known(
        notifications,
        messages,
        {(row.user_id, row.conversation_id): row for row in parts},
        {row.user_id: row for row in await Preferences.filter(**where)},
        {(row.user_id, row.conversation_id): row for row in mutes},
        {(row.user_id, row.blocked_id) for row in blocks},
    )
