"""Why somebody was woken for something, or was not: in sentences, from what was decided."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from realtime.domain import backlog, decisions
from realtime.domain.backlog import DAY_TIME
from realtime.domain.errors import UnknownMessage, UnknownNotification, UnknownUser
from realtime.domain.settings import Pushing
from realtime.domain.waking import Verdict
from realtime.models import (
    Decision,
    Message,
    Notification,
    Outbox,
    Participant,
    PushSubscription,
    User,
)


@dataclass(frozen=True, slots=True)
class Explained:
    """The sentences, oldest first, and the decisions that they tell of."""

    sentences: tuple[str, ...]
    decisions: Sequence[Decision]


async def of_message(
    user_id: str, message_id: UUID, rules: Pushing, endpoints: Collection[str] = ()
) -> Explained:
    """What became of a message for a user, and for the endpoints that hear of messages. Raises
    UnknownUser, UnknownMessage."""
    await _known(user_id)
    message = await Message.get_or_none(id=message_id)
    if message is None:
        raise UnknownMessage
    sentences = [f"{message.sender_id} wrote it at {message.created_at:{DAY_TIME}}."]
    sentences += await _of_message(user_id, message)
    sentences += await backlog.of_message(message, endpoints)
    told = await Notification.filter(message_id=message_id, user_id=user_id).first()
    decided = await decisions.about(user_id, message_id=message_id)
    if told is None and not decided:
        return Explained((*sentences, _NOT_TOLD), ())
    return await _pushed(user_id, sentences, decided, told, rules)


async def of_notification(user_id: str, notification_id: UUID, rules: Pushing) -> Explained:
    """What became of a notification. Raises UnknownUser, UnknownNotification."""
    await _known(user_id)
    told = await Notification.filter(id=notification_id, user_id=user_id).first()
    decided = await decisions.about(user_id, notification_id=notification_id)
    if told is None and not decided:
        raise UnknownNotification
    made = [] if told is None else [f"It was made at {told.created_at:{DAY_TIME}}."]
    return await _pushed(user_id, made, decided, told, rules)


_NOT_TOLD = (
    "It made no notification, and so no push: by then a socket of hers had joined its conversation,"
    " or she wants no notifications of messages, or it is older than a day and they are gone."
)


async def _known(user_id: str) -> None:
    if not await User.exists(id=user_id, deleted_at=None):
        raise UnknownUser


async def _of_message(user_id: str, message: Message) -> list[str]:
    """What is to be said of the message itself, today."""
    if message.sender_id == user_id:
        return ["It is her own: nobody is told of what she writes."]
    if message.deleted_at is not None:
        return [f"It was deleted at {message.deleted_at:{DAY_TIME}}."]
    there = Participant.filter(conversation_id=message.conversation_id, user_id=user_id)
    part = await there.first()
    if part is None:
        return ["She takes no part in its conversation."]
    if message.read_at is not None:
        return [f"It was read at {message.read_at:{DAY_TIME}}."]
    return ["She has read it."] if part.read_seq >= message.seq else ["She has not read it."]


async def _pushed(
    user_id: str,
    sentences: Sequence[str],
    decided: Sequence[Decision],
    told: Notification | None,
    rules: Pushing,
) -> Explained:
    browsers = {row.id: row for row in await PushSubscription.filter(user_id=user_id)}
    said = [*sentences, *(sentence(each) for each in decided)]
    its = Outbox.filter(user_id=user_id, notification_id=told and told.id)
    waits = [] if told is None else await its.order_by("due_at")
    said += [_waiting(row, browsers) for row in waits]
    if not decided and not waits:
        said.append(_why_nothing(bool(browsers), told, rules))
    return Explained(tuple(said), decided)


def _why_nothing(subscribed: bool, told: Notification | None, rules: Pushing) -> str:
    if not rules.on:
        return "No push: nothing is pushed here, VAPID keys are not set."
    if told is not None and told.message_id is not None and not rules.messages:
        return "No push: messages are not pushed here (push.messages)."
    if not subscribed:
        return "No push: no browser of hers has subscribed."
    return "Nothing is known any more: decisions are kept for a day, and her browsers may be newer."


def _waiting(row: Outbox, browsers: Mapping[UUID, PushSubscription]) -> str:
    if row.holder is not None:
        return f"A worker has it in hand; should it die, it is due at {row.due_at:{DAY_TIME}}."
    if row.subscription_id is None:
        return f"A push waits: it is decided at {row.due_at:{DAY_TIME}}."
    browser = browsers.get(row.subscription_id)
    service = "a browser that is gone" if browser is None else browser.endpoint.split("/")[2]
    return f"A push to {service} waits until {row.due_at:{DAY_TIME}}."


def sentence(decision: Decision) -> str:
    """When it was decided, and what, in words."""
    detail: Mapping[str, Any] = decision.detail or {}
    say = SENTENCES.get(decision.verdict)
    said = f"it was decided: {decision.verdict}." if say is None else say(detail)
    return f"At {decision.at:{DAY_TIME}}: {said}"


def _sockets(detail: Mapping[str, Any]) -> str:
    count = detail.get("sockets", 1)
    return "a socket" if count == 1 else f"{count} sockets"


def _until(detail: Mapping[str, Any]) -> str:
    until = detail.get("until")
    if until is None:
        return "for good"
    return f"until {datetime.fromisoformat(until):{DAY_TIME}}"


def _when(detail: Mapping[str, Any]) -> str:
    at = detail.get("at")
    return "" if at is None else f" at {datetime.fromisoformat(at):{DAY_TIME}}"


def _answer(detail: Mapping[str, Any], without: str = "did not answer") -> str:
    status, reason = detail.get("status"), detail.get("reason", "")
    said = f"answered {status} {reason}".strip() if status else f"{without} ({reason})"
    return f"the push service {detail.get('service', '')} {said}"


UNASKED = "was not asked"
"""What is so of a service without an answer, where that was no trouble of its own."""

SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Verdict.LATER: lambda d: f"no push yet, delivered to {_sockets(d)}; to be looked at once more.",
    Verdict.CONNECTED: lambda d: f"no push, she had {_sockets(d)}.",
    Verdict.VISIBLE: lambda _: "no push, she was looking at one of her pages.",
    Verdict.READ: lambda d: f"no push, read on some device{_when(d)}.",
    Verdict.DISMISSED: lambda d: f"no push, dismissed{_when(d)}.",
    Verdict.SNOOZED: lambda d: f"no push, snoozed {_until(d)}.",
    Verdict.GONE: lambda _: "no push, its notification was deleted, as with its message.",
    Verdict.EXPIRED: lambda _: "no push, it had expired.",
    Verdict.LEFT: lambda _: "no push, she had left the conversation.",
    Verdict.BLOCKED: lambda _: "no push, she has blocked who caused it.",
    Verdict.MUTED: lambda d: f"no push, the conversation was muted {_until(d)}.",
    Verdict.OFF: lambda d: f"no push, she wants none of type {d.get('type', '')}.",
    Verdict.QUIET: lambda d: f"no push, quiet hours {_until(d)}.",
    Verdict.NO_BROWSER: lambda _: "no push, no browser of hers had subscribed any more.",
    Verdict.NO_WORDS: lambda _: "no push, the dialects of her browsers know no groups.",
    Verdict.UNSUBSCRIBED: lambda _: "no push, that browser had been unsubscribed.",
    Verdict.WRONG_KEY: lambda _: "no push, that browser had subscribed with another VAPID key.",
    Verdict.SENT: lambda d: f"pushed: {_answer(d)}.",
    Verdict.AGAIN: lambda d: f"not pushed yet: {_answer(d)}; it is tried again.",
    Verdict.GONE_BROWSER: lambda d: (
        f"no push: {_answer(d, UNASKED)}, and the browser was forgotten."
    ),
    Verdict.REFUSED: lambda d: f"no push: {_answer(d, UNASKED)}.",
    Verdict.GIVEN_UP: lambda d: f"given up: {_answer(d)}.",
}
"""What each verdict says."""
