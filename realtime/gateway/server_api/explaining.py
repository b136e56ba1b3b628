"""Why somebody was woken for something, or was not."""

from typing import TypedDict

from realtime.dialects.base import Reply
from realtime.dialects.fields import MessageId, NotificationId, Payload, UserId
from realtime.dialects.words import iso
from realtime.domain import explaining
from realtime.domain.explaining import Explained
from realtime.domain.happened import Happened
from realtime.gateway.server_api.bodies import one_of
from realtime.gateway.server_api.rows import Call, table
from realtime.models import Decision


class ExplainQuery(Payload):
    """``user`` and one of the two others."""

    user: UserId
    message: MessageId | None = None
    notification: NotificationId | None = None


class DecisionJson(TypedDict):
    verdict: str
    at: str
    subscriptionId: str | None
    detail: object


class ExplainedJson(TypedDict):
    sentences: list[str]
    decisions: list[DecisionJson]


class Explanation(TypedDict):
    data: ExplainedJson


@table.route("GET", "/api/server/explain", ExplainQuery)
async def explain(call: Call, query: ExplainQuery) -> Reply[Explanation]:
    rules, told = call.node.rules.pushing, call.node.rules.webhooks.get(Happened.MESSAGE_SENT, ())
    if one_of(query, ("message", "notification")) == "message":
        assert query.message is not None  # noqa: S101 - so it was named
        found = await explaining.of_message(query.user, query.message, rules, told)
    else:
        assert query.notification is not None  # noqa: S101 - so it was named
        found = await explaining.of_notification(query.user, query.notification, rules)
    return Reply({"data": _json(found)})


def _json(found: Explained) -> ExplainedJson:
    return {
        "sentences": list(found.sentences),
        "decisions": [_decision_json(each) for each in found.decisions],
    }


def _decision_json(decision: Decision) -> DecisionJson:
    browser = decision.subscription_id
    return {
        "verdict": decision.verdict,
        "at": iso(decision.at),
        "subscriptionId": None if browser is None else str(browser),
        "detail": decision.detail,
    }
