"""What was decided about pushes, and why: kept for a day, for whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import outbox, webhooks
from realtime.domain.actor import Node
from realtime.domain.ids import new_id
from realtime.domain.steps import delete_first
from realtime.domain.waking import Decided, Verdict
from realtime.models import Decision, Outbox
from realtime.models.outbox import FAILED
from realtime.models.raw import newest

KEPT = timedelta(days=1)

IN_VAIN = (Verdict.GONE_BROWSER, Verdict.WRONG_KEY, Verdict.REFUSED, Verdict.GIVEN_UP)
"""With which a push ends that was for a browser."""


Each = tuple[Outbox, Decided]
"""A push, and what was decided about it."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided about many pushes: those that go out, each to these browsers, those that
    are looked at once more when we would know, and those that are done with."""

    going: list[tuple[Outbox, list[UUID]]] = field(default_factory=list)
    later: list[Each] = field(default_factory=list)
    ended: list[Each] = field(default_factory=list)


async def note(push: Outbox, decided: Decided, now: datetime) -> None:
    """Remember what was decided about a push."""
    await _note([(push, decided)], now)


async def carry_out(node: Node, made: Decisions) -> None:
    """One row for each of its browsers takes the place of what goes out, and so on; but nothing
    comes of those that another worker has by now.

    What nobody took other backends may want to know.
    """
    now = node.clock()
    done = [push for push, _ in (*made.going, *made.ended)]
    async with in_transaction():
        held = await outbox.finish_all(done) if done else set()
        if made.later:
            due_at = now + node.rules.pushing.again
            held |= await outbox.look_again([push for push, _ in made.later], due_at)
        await outbox.enter_for_browsers([each for each in made.going if each[0].id in held])
        noted = [each for each in (*made.later, *made.ended) if each[0].id in held]
        await _note(noted, now)
        for push, why in noted:
            if why.verdict in IN_VAIN:
                await webhooks.push_failed(node, push, why.verdict, why.detail, now)


async def enter(node: Node, made: Decisions, now: datetime) -> None:
    """In the transaction in which a portion of a broadcast is spread: what was decided of pushes
    that are stored nowhere yet."""
    await outbox.enter_for_browsers(made.going, now)
    due_at = now + node.rules.pushing.again
    await outbox.enter_later([push for push, _ in made.later], due_at)
    await _note([*made.later, *made.ended], now)


async def _note(decided: Sequence[Each], now: datetime) -> None:
    await Decision.bulk_create([_row(push, why, now) for push, why in decided])


def _row(push: Outbox, decided: Decided, now: datetime) -> Decision:
    return Decision(
        id=new_id(),
        user_id=push.user_id or "",
        notification_id=push.notification_id,
        message_id=push.message_id,
        subscription_id=push.subscription_id,
        verdict=decided.verdict,
        detail=dict(decided.detail) or None,
        at=now,
    )


async def again(push: Outbox, decided: Decided, now: datetime, due_at: datetime) -> None:
    """The push service could not take it: it is tried again at a time."""
    async with in_transaction():
        if await outbox.try_again(push, due_at):
            await note(push, decided, now)


async def about(
    user_id: str, *, notification_id: UUID | None = None, message_id: UUID | None = None
) -> Sequence[Decision]:
    """What was decided about a notification or a message of hers, in that order."""
    found = Decision.filter(user_id=user_id)
    if notification_id is not None:
        found = found.filter(notification_id=notification_id)
    if message_id is not None:
        found = found.filter(message_id=message_id)
    return await found.order_by("at", "id").limit(200)


async def failures(before: UUID | None, most: int) -> Sequence[Decision]:
    """Pushes that their service did not take, the newest first: up to ``most``, older than one."""
    ids = await newest(
        "push_decisions", FAILED, "idx_push_decisions_failed", before=before, most=most
    )
    return await Decision.filter(id__in=ids).order_by("-id")


async def forget(before: datetime, most: int) -> int:
    """Let go of decisions from before a time, `most` at once; gives how many were found."""
    return await delete_first(Decision.filter(at__lt=before), most)
