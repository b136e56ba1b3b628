"""How push is doing: what an operator should know before a user tells her."""

from dataclasses import dataclass
from datetime import datetime

from realtime.domain import outbox
from realtime.domain.backlog import OVERDUE
from realtime.domain.waking import Verdict
from realtime.models import Decision, PushSubscription

UNAUTHORIZED = {401, 403}


@dataclass(frozen=True, slots=True)
class Standing:
    """``browsers`` have subscribed, ``others`` of them with another key than ours. ``refusing`` are
    the push services that took nothing of the last day's, with the reason of the last. ``overdue``
    is since when something is due that nobody has sent; None where nothing is late.
    """

    browsers: int
    others: int
    refusing: dict[str, str]
    overdue: datetime | None


async def of_push(fingerprint: str, now: datetime) -> Standing:
    """How it stands with the key that has this fingerprint."""
    due = await outbox.next_due([outbox.PUSH])
    others = PushSubscription.exclude(vapid_key=None).exclude(vapid_key=fingerprint)
    return Standing(
        browsers=await PushSubscription.all().count(),
        others=await others.count(),
        refusing=await _refusing(),
        overdue=due if due is not None and due < now - OVERDUE else None,
    )


async def _refusing() -> dict[str, str]:
    """Each service's latest answers decide, of those that are kept."""
    of_interest = [Verdict.REFUSED, Verdict.SENT]
    found = Decision.filter(verdict__in=of_interest).order_by("-at").limit(1000)
    refusing: dict[str, str] = {}
    taking: set[str] = set()
    for row in await found:
        detail = row.detail or {}
        service = str(detail.get("service", ""))
        if row.verdict == Verdict.SENT:
            taking.add(service)
        elif detail.get("status") in UNAUTHORIZED and service not in taking:
            refusing.setdefault(service, f"{detail['status']} {detail.get('reason', '')}".strip())
    return refusing
