"""What other backends have not taken yet, or never: in numbers, rows and sentences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from realtime.domain.outbox import WEBHOOK, WEBHOOK_DEAD
from realtime.models import Message, Outbox
from realtime.models.outbox import UNTAKEN
from realtime.models.raw import newest, rows, time_of

DAY_TIME = "%Y-%m-%d %H:%M:%S UTC"

OVERDUE = timedelta(minutes=5)
"""After so long what waits is late."""

COUNTS = """
    SELECT target, count(*) AS count, min(created_at) AS since
    FROM outbox WHERE kind = ? GROUP BY target
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What an endpoint has yet to take: how many wait, ``since`` when the oldest, what the endpoint
    ``said`` last of one of them, and how many are dead."""

    waiting: int = 0
    since: datetime | None = None
    said: str | None = None
    dead: int = 0

    def late(self, now: datetime) -> bool:
        """Whether it has taken nothing for some time."""
        return self.since is not None and self.since < now - OVERDUE


async def by_endpoint() -> dict[str, Backlog]:
    """Each endpoint for which something waits or is dead."""
    dead = {row["target"]: row["count"] for row in await rows(COUNTS, WEBHOOK_DEAD)}
    waiting = {row["target"]: row for row in await rows(COUNTS, WEBHOOK)}
    return {
        name: Backlog(
            waiting=waiting[name]["count"] if name in waiting else 0,
            since=time_of(waiting[name]["since"]) if name in waiting else None,
            said=await _said(name) if name in waiting else None,
            dead=dead.get(name, 0),
        )
        for name in sorted({*dead, *waiting})
    }


async def dead(most: int, endpoint: str | None = None) -> Sequence[Outbox]:
    """The dead ones, of all endpoints or of one, in the order in which they were to be sent."""
    found = Outbox.filter(kind=WEBHOOK_DEAD)
    if endpoint is not None:
        found = found.filter(target=endpoint)
    return await found.order_by("created_at", "id").limit(most)


async def failures(before: UUID | None, most: int) -> Sequence[Outbox]:
    """What was tried and not taken, waiting or dead, the newest first: up to ``most``, from before
    one."""
    ids = await newest("outbox", UNTAKEN, "idx_outbox_untaken", before=before, most=most)
    return await Outbox.filter(id__in=ids).order_by("-id")


async def of_message(message: Message, endpoints: Collection[str]) -> list[str]:
    """What became of its webhooks, for endpoints that want to hear of messages."""
    its = Outbox.filter(order_key=str(message.conversation_id), message_id=message.id)
    dead = await its.filter(kind=WEBHOOK_DEAD)
    waiting = await its.filter(kind=WEBHOOK, target__in=list(endpoints)) if endpoints else []
    found = sorted((*dead, *waiting), key=lambda row: (row.order_no, row.target))
    open_ones = {row.target for row in found}
    taken = [name for name in endpoints if name not in open_ones]
    return [
        *(sentence(row) for row in found),
        *(f"Nothing of it waits for {name}: it was taken, or {name} came later." for name in taken),
    ]


def sentence(row: Outbox) -> str:
    """Where a webhook is."""
    name = f"The webhook {row.body['type']} for {row.target}"
    tried = _tried(row)
    if row.kind == WEBHOOK_DEAD:
        return f"{name} is dead{tried}; `realtime webhooks resend {row.id}` tries it again."
    if row.holder is not None:
        return f"{name} is in a worker's hand{tried}; should it die, at {row.due_at:{DAY_TIME}}."
    again = f" until {row.due_at:{DAY_TIME}}" if row.attempts else ", or behind another"
    return f"{name} waits{again}{tried}."


def answer_of(answer: Mapping[str, Any] | None) -> str:
    """What an endpoint said last, in a few words; empty where it was not asked."""
    if not answer:
        return ""
    status, reason = answer.get("status"), answer.get("reason", "")
    return f"answered {status} {reason}".strip() if status else f"gave no answer ({reason})"


def _tried(row: Outbox) -> str:
    if not row.attempts:
        return ""
    times = "once" if row.attempts == 1 else f"{row.attempts} times"
    return f", tried {times}: it {answer_of(row.answer)}"


async def _said(endpoint: str) -> str | None:
    """What it said last of something that waits."""
    tried = Outbox.filter(kind=WEBHOOK, target=endpoint, attempts__gt=0)
    row = await tried.order_by("-due_at").first()
    return None if row is None else answer_of(row.answer)
