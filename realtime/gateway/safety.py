"""Blocking people and reporting messages, which every dialect's users may do alike.

What they mean is in ``domain/blocks.py`` and ``reports.py``.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from realtime.dialects.base import Dialect, Reply, Request
from realtime.dialects.fields import Label, MessageId, Payload, UserId, example
from realtime.domain import reports
from realtime.domain.errors import TooManyBlocks, ToOneself, UnknownMessage, UnknownUser
from realtime.domain.reports import MAX_REASON
from realtime.gateway.blocking import Blocks, block, blocks_json, unblock

safety = Dialect("safety")

REFUSES = {
    ToOneself: (400, "Nobody can block herself"),
    TooManyBlocks: (409, "You block too many people: unblock somebody first"),
    UnknownUser: (404, "User not found"),
}


class BlockPath(Payload):
    userId: UserId


class ReportBody(Payload):
    """A message of somebody else's, and what is wrong with it."""

    model_config = example(messageId="0195d3f0-0000-7000-8000-000000000000", reason="spam")

    messageId: MessageId
    reason: Annotated[Label, Field(max_length=MAX_REASON)] | None = None


class Done(TypedDict):
    success: bool


@safety.route("GET", "/api/blocks")
async def get_blocks(request: Request) -> Reply[Blocks]:
    return Reply(await blocks_json(request.actor, request.words))


@safety.route("PUT", "/api/blocks/{userId}", BlockPath, refuses=REFUSES)
async def put_block(request: Request, path: BlockPath) -> Reply[Done]:
    await block(request.actor, path.userId)
    return Reply({"success": True})


@safety.route("DELETE", "/api/blocks/{userId}", BlockPath)
async def delete_block(request: Request, path: BlockPath) -> Reply[Done]:
    await unblock(request.actor, path.userId)
    return Reply({"success": True})


@safety.route(
    "POST",
    "/api/reports",
    ReportBody,
    refuses={UnknownMessage: (404, "Message not found")},
    statuses=(201,),
)
async def post_report(request: Request, body: ReportBody) -> Reply[Done]:
    await reports.report(request.actor, body.messageId, body.reason)
    return Reply({"success": True}, 201)
