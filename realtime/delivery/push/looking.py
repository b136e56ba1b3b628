"""The last look at pushes that are about to be sent, at many together: whether each still goes out,
and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from realtime.domain import badges, notifications, waking
from realtime.domain.actor import Node
from realtime.domain.records import Notification
from realtime.domain.steps import rounded
from realtime.domain.waking import Decided, Facts, Verdict
from realtime.models import Notification as NotificationRow
from realtime.models import Outbox, PushSubscription


@dataclass(frozen=True, slots=True)
class Look:
    """What is decided of a push; its browser, and what one that goes out is for, and her badge."""

    decided: Decided
    browser: PushSubscription | None = None
    notification: Notification | None = None
    badge: int = 0


def decided(node: Node, facts: Facts) -> Decided:
    """Whether it goes out now."""
    return waking.decide(facts, node.rules.pushing, node.clock())


async def look(node: Node, pushes: Sequence[Outbox]) -> list[Look]:
    """At each of these, in their order. Meanwhile a browser may be another user's."""
    facts, browsers = await waking.facts_of(node, pushes), await browsers_for(pushes)
    whether = {
        push.id: decided(node, facts[push.id]) if browser else Decided(Verdict.UNSUBSCRIBED)
        for push, browser in zip(pushes, browsers, strict=True)
    }
    going = {
        id_: facts[id_].notification for id_, why in whether.items() if why.verdict is Verdict.GO
    }
    told = await _told(node, [row for row in going.values() if row is not None])
    return [
        Look(whether[push.id], browser, *told[push.notification_id])
        if push.id in going
        else Look(whether[push.id], browser)
        for push, browser in zip(pushes, browsers, strict=True)
    ]


async def _told(
    node: Node, rows: Sequence[NotificationRow]
) -> Mapping[UUID | None, tuple[Notification, int]]:
    """What there is to say, and the badge beside it, by the notification's id."""
    if not rows:
        return {}
    badge = await badges.of_users(node, {row.user_id for row in rows})
    records = await notifications.records_of(node, rows)
    return {each.id: (each, badge[each.user_id]) for each in records}


async def browsers_of(user_ids: Sequence[str]) -> Mapping[str, list[PushSubscription]]:
    """Those of each of these users."""
    found: dict[str, list[PushSubscription]] = {each: [] for each in user_ids}
    for browser in await PushSubscription.filter(user_id__in=rounded(found)).order_by("id"):
        found[browser.user_id].append(browser)
    return found


async def browsers_for(pushes: Sequence[Outbox]) -> list[PushSubscription | None]:
    """Each one's own, in their order; None where it is no more, or is another user's by now."""
    ids = rounded({push.subscription_id for push in pushes})
    found = await PushSubscription.filter(id__in=ids)
    theirs: dict[tuple[UUID | None, str | None], PushSubscription]
    theirs = {(row.id, row.user_id): row for row in found}
    return [theirs.get((push.subscription_id, push.user_id)) for push in pushes]
