"""Blocks, reports and slow conversations, as the application sets and reads them."""

from typing import Annotated, TypedDict

from pydantic import Field

from realtime.dialects.base import Reply
from realtime.dialects.fields import ConversationId, Payload, RowId, UserId
from realtime.dialects.words import WireUserId, Words, iso
from realtime.domain import groups, reports
from realtime.gateway.blocking import Blocks, block, blocks_json, unblock
from realtime.gateway.server_api.bodies import PageQuery, UserPath
from realtime.gateway.server_api.pages import page_of, uuid_in
from realtime.gateway.server_api.rows import Call, Data, table
from realtime.models import Report

MOST_SECONDS = 86_400


class BlockPath(UserPath):
    blockedId: UserId


class SlowBody(Payload):
    """How many seconds each must wait from one message to the next; 0 ends it."""

    conversationId: ConversationId
    seconds: Annotated[int, Field(strict=True, ge=0, le=MOST_SECONDS)]


class ReportPath(Payload):
    reportId: RowId


class ReportJson(TypedDict):
    """``userId`` reported it, ``aboutId`` said it; ``content`` is as it was then."""

    id: str
    userId: WireUserId
    aboutId: WireUserId
    messageId: str
    conversationId: str
    content: str
    reason: str | None
    createdAt: str


class ReportsPage(TypedDict):
    items: list[ReportJson]
    cursor: str | None


class Reports(TypedDict):
    data: ReportsPage


class SlowJson(TypedDict):
    conversationId: str
    seconds: int


class Slow(TypedDict):
    data: SlowJson


@table.route("GET", "/api/server/users/{userId}/blocks", UserPath)
async def get_blocks(call: Call, path: UserPath) -> Reply[Blocks]:
    return Reply(await blocks_json(call.acting(path.userId), call.words))


@table.route("PUT", "/api/server/users/{userId}/blocks/{blockedId}", BlockPath)
async def put_block(call: Call, path: BlockPath) -> Reply[Data]:
    await block(call.acting(path.userId), path.blockedId)
    return Reply({"data": {}})


@table.route("DELETE", "/api/server/users/{userId}/blocks/{blockedId}", BlockPath)
async def delete_block(call: Call, path: BlockPath) -> Reply[Data]:
    await unblock(call.acting(path.userId), path.blockedId)
    return Reply({"data": {}})


@table.route("PUT", "/api/server/conversations/{conversationId}/slow-mode", SlowBody)
async def put_slow_mode(call: Call, body: SlowBody) -> Reply[Slow]:
    found = await groups.slow_down(call.node, body.conversationId, body.seconds)
    slow: SlowJson = {"conversationId": str(found.id), "seconds": found.slow_seconds}
    return Reply({"data": slow})


@table.route("GET", "/api/server/reports", PageQuery)
async def list_reports(call: Call, query: PageQuery) -> Reply[Reports]:
    found = await reports.page(uuid_in(query.cursor), query.limit + 1)
    page, cursor = page_of(found, query, lambda report: report.id)
    items = [_report_json(each, call.words) for each in page]
    return Reply({"data": {"items": items, "cursor": cursor}})


@table.route("DELETE", "/api/server/reports/{reportId}", ReportPath)
async def delete_report(call: Call, path: ReportPath) -> Reply[Data]:
    await reports.settle(path.reportId)
    return Reply({"data": {}})


def _report_json(row: Report, words: Words) -> ReportJson:
    return {
        "id": str(row.id),
        "userId": words.user_id(row.user_id),
        "aboutId": words.user_id(row.about_id),
        "messageId": str(row.message_id),
        "conversationId": str(row.conversation_id),
        "content": row.content,
        "reason": row.reason,
        "createdAt": iso(row.created_at),
    }
