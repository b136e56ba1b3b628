"""What did not reach a push service or another backend, and sending it again."""

from typing import Literal, TypedDict
from uuid import UUID

from realtime.dialects.base import Reply
from realtime.dialects.fields import Payload, RowId
from realtime.dialects.words import WireUserId, iso
from realtime.domain import backlog, decisions, explaining, turns
from realtime.domain.outbox import WEBHOOK_DEAD
from realtime.gateway.server_api.bodies import PageQuery
from realtime.gateway.server_api.pages import page_of, uuid_in
from realtime.gateway.server_api.rows import Call, table
from realtime.models import Decision, Outbox


class FailuresQuery(PageQuery):
    """Of which ``kind``: what browsers were to show, or what other backends were to be told."""

    kind: Literal["push", "webhook"] = "push"


class WebhookPath(Payload):
    webhookId: RowId


class FailureJson(TypedDict):
    """A push that its service did not take, or a webhook that its endpoint did not; ``verdict`` is
    ``again`` where it is tried again."""

    id: str
    kind: Literal["push", "webhook"]
    at: str
    endpoint: str | None
    userId: WireUserId | None
    notificationId: str | None
    messageId: str | None
    subscriptionId: str | None
    verdict: str
    sentence: str


class FailuresPage(TypedDict):
    """The newest first: pushes of one day; webhooks as long as they wait, dead ones for a month."""

    items: list[FailureJson]
    cursor: str | None


class Failures(TypedDict):
    data: FailuresPage


class Again(TypedDict):
    webhooks: int


class Resent(TypedDict):
    data: Again


@table.route("GET", "/api/server/failures", FailuresQuery)
async def list_failures(call: Call, query: FailuresQuery) -> Reply[Failures]:
    before = None if query.cursor is None else uuid_in(query.cursor)
    page, cursor = await _FAILURES[query.kind](call, query, before)
    return Reply({"data": {"items": page, "cursor": cursor}})


@table.route("POST", "/api/server/webhooks/{webhookId}/resend", WebhookPath)
async def resend_webhook(call: Call, path: WebhookPath) -> Reply[Resent]:
    count = await turns.resend(call.node.clock(), [path.webhookId])
    return Reply({"data": {"webhooks": count}})


Failed = tuple[list[FailureJson], str | None]


async def _pushes(call: Call, query: FailuresQuery, before: UUID | None) -> Failed:
    found = await decisions.failures(before, query.limit + 1)
    page, cursor = page_of(found, query, lambda decision: decision.id)
    return [_push_json(each, call) for each in page], cursor


async def _webhooks(call: Call, query: FailuresQuery, before: UUID | None) -> Failed:
    found = await backlog.failures(before, query.limit + 1)
    page, cursor = page_of(found, query, lambda row: row.id)
    return [_webhook_json(each, call) for each in page], cursor


_FAILURES = {"push": _pushes, "webhook": _webhooks}


def _push_json(decision: Decision, call: Call) -> FailureJson:
    return {
        "id": str(decision.id),
        "kind": "push",
        "at": iso(decision.at),
        "endpoint": None,
        "userId": call.words.user_id(decision.user_id),
        "notificationId": str(decision.notification_id),
        "messageId": _id(decision.message_id),
        "subscriptionId": _id(decision.subscription_id),
        "verdict": decision.verdict,
        "sentence": explaining.sentence(decision),
    }


def _webhook_json(row: Outbox, call: Call) -> FailureJson:
    return {
        "id": str(row.id),
        "kind": "webhook",
        "at": iso(row.created_at),
        "endpoint": row.target,
        "userId": None if row.user_id is None else call.words.user_id(row.user_id),
        "notificationId": None,
        "messageId": _id(row.message_id),
        "subscriptionId": None,
        "verdict": "dead" if row.kind == WEBHOOK_DEAD else "again",
        "sentence": backlog.sentence(row),
    }


def _id(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
