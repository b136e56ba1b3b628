"""Sends pushes: decides which go out, hands each to its browser's push service, and remembers why
not."""

import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from realtime.delivery.push.answers import Outcome, Result
from realtime.delivery.push.hosts import Host, Hosts, family, pause_after
from realtime.delivery.push.payload import MOST_PAYLOAD, SHORTER, Content, payload
from realtime.delivery.push.post import URGENCY, Post, Push, topic
from realtime.dialects.base import Dialect, pushed_as_it_is
from realtime.dialects.words import Words
from realtime.domain import decisions, notifications, outbox, receipts, waking
from realtime.domain.actor import Actor, Node
from realtime.domain.choosing import Choice
from realtime.domain.push import fingerprint
from realtime.domain.waking import Decided, Facts, Verdict
from realtime.models import Notification, Outbox, PushSubscription

log = structlog.get_logger(__name__)

PUSHES = Counter("realtime_pushes", "Pushes by what the push service said", ["service", "outcome"])
DECIDED = Counter("realtime_push_decisions", "Pushes by what was decided", ["verdict"])

MOST_CAUSES = 200
"""Reasons of refusals that are remembered as said."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment says of sending; ``ttl`` in seconds."""

    public_key: str
    ttl: int


class PushSender:
    """Sender of ``delivery/outbox.py`` for what browsers show."""

    def __init__(
        self,
        node: Node,
        dialects: Mapping[str, Dialect],
        words: Words,
        post: Post,
        settings: Settings,
    ) -> None:
        self._node = node
        self._dialects = dialects
        self._words = words
        self._post = post
        self._key = fingerprint(settings.public_key)
        self._ttl = settings.ttl
        self._hosts = Hosts()
        self._said: set[tuple[str, str]] = set()

    def works(self, rows: Sequence[Outbox]) -> Sequence[Coroutine[Any, Any, None]]:
        """See ``Sender``: what is undecided together, and each browser's by itself."""
        undecided = [row for row in rows if row.subscription_id is None]
        works = [self._deliver(row) for row in rows if row.subscription_id is not None]
        return [*works, self._decide(undecided)] if undecided else works

    async def close(self) -> None:
        """See ``Sender``."""
        await self._post.close()

    def unauthorized(self) -> Mapping[str, str]:
        """The push services that take nothing from us, with their reasons."""
        return self._hosts.unauthorized()

    async def _decide(self, rows: Sequence[Outbox]) -> None:
        """Which of these go out now; of those that do, one for each browser takes their place."""
        facts, browsers = await waking.facts_of(self._node, rows), await _browsers(rows)
        going: list[tuple[Outbox, list[UUID]]] = []
        ended: list[tuple[Outbox, Decided]] = []
        for row in rows:
            decided, theirs = self._addressed(facts[row.id], browsers[str(row.user_id)])
            DECIDED.labels(decided.verdict).inc()
            if decided.verdict is Verdict.GO:
                going.append((row, theirs))
            elif decided.verdict is Verdict.LATER:
                await self._look_again(row, decided)
            else:
                ended.append((row, decided))
        await outbox.spread(going)
        await decisions.end_all(ended, self._node.clock())

    def _addressed(
        self, facts: Facts, browsers: Sequence[PushSubscription]
    ) -> tuple[Decided, list[UUID]]:
        """What is decided, and the browsers that have words for it."""
        decided = self._decided(facts)
        if decided.verdict is not Verdict.GO:
            return decided, []
        in_group = facts.notification is not None and facts.notification.in_group
        able = [each.id for each in browsers if not in_group or self._knows_groups(each)]
        if able:
            return decided, able
        return Decided(Verdict.NO_WORDS if browsers else Verdict.NO_BROWSER), []

    def _decided(self, facts: Facts) -> Decided:
        return waking.decide(facts, self._node.rules.pushing, self._node.clock())

    async def _settle(self, row: Outbox, decided: Decided) -> None:
        """It does not go out now, or never."""
        DECIDED.labels(decided.verdict).inc()
        if decided.verdict is Verdict.LATER:
            await self._look_again(row, decided)
        else:
            await decisions.end(row, decided, self._node.clock())

    async def _look_again(self, row: Outbox, decided: Decided) -> None:
        now = self._node.clock()
        await decisions.later(row, decided, now, now + self._node.rules.pushing.again)

    def _knows_groups(self, browser: PushSubscription) -> bool:
        return browser.dialect in self._dialects and self._dialects[browser.dialect].groups

    async def _deliver(self, row: Outbox) -> None:
        """To one browser, unless something has changed meanwhile."""
        browser = await PushSubscription.get_or_none(id=row.subscription_id, user_id=row.user_id)
        if browser is None:
            await self._settle(row, Decided(Verdict.UNSUBSCRIBED))
            return
        if browser.vapid_key not in {None, self._key}:  # rule 16
            await self._lose(row, browser, Decided(Verdict.WRONG_KEY))
            return
        host = self._hosts.of(browser.endpoint)
        wait = self._hosts.wait(host)
        if wait:
            await outbox.put_back(row, self._node.clock() + timedelta(seconds=wait))
            return
        host.waiting += 1
        try:
            async with host.slots:
                await self._deliver_now(row, browser, host)
        finally:
            host.waiting -= 1

    async def _deliver_now(self, row: Outbox, browser: PushSubscription, host: Host) -> None:
        """Nothing stands between the last look and the request but its making."""
        facts = (await waking.facts_of(self._node, [row]))[row.id]
        decided = self._decided(facts)
        if decided.verdict is not Verdict.GO:
            await self._settle(row, decided)
            return
        assert facts.notification is not None, "what is gone does not go out"  # noqa: S101
        began = time.monotonic()
        result = await self._send(browser, facts.notification)
        self._hosts.answered(host, time.monotonic() - began)
        PUSHES.labels(family(host.name.partition(":")[0]), result.outcome).inc()
        await self._conclude(row, browser, host, result)

    async def _send(self, browser: PushSubscription, row: Notification) -> Result:
        content = await self._content(browser, row)
        result = await self._post.send(browser, self._push(content, MOST_PAYLOAD))
        if result.outcome is Outcome.TOO_BIG:  # rule 9: shorter once
            result = await self._post.send(browser, self._push(content, SHORTER))
        return result

    async def _content(self, browser: PushSubscription, row: Notification) -> Content:
        actor = Actor(row.user_id, self._node)
        (notification,) = await notifications.records(actor, [row])
        dialect = self._dialects.get(browser.dialect)
        pushes = pushed_as_it_is if dialect is None else dialect.pushes
        about = notification.conversation_id or notification.id
        badge = await notifications.count(actor, Choice(messages=False, read=False))
        return Content(
            notification=notification,
            words=pushes(notification, self._words),
            tag=topic(str(about)),
            badge=badge + await receipts.unread_count(actor),
            base=browser.origin,
        )

    def _push(self, content: Content, most: int) -> Push:
        notification, ttl = content.notification, self._ttl
        if notification.expires_at is not None:
            left = (notification.expires_at - self._node.clock()).total_seconds()
            ttl = max(1, min(ttl, int(left)))  # rule 2: never 0
        urgency = "high" if notification.message_id else URGENCY[notification.priority]
        return Push(payload(content, most), ttl, urgency, content.tag)

    async def _conclude(
        self, row: Outbox, browser: PushSubscription, host: Host, result: Result
    ) -> None:
        now, said = self._node.clock(), _detail(host, result)
        if result.outcome is Outcome.ACCEPTED:
            self._hosts.took(host)
            if browser.failing_since is not None:
                await PushSubscription.filter(id=browser.id).update(failing_since=None)
            await decisions.end(row, Decided(Verdict.SENT, said), now)
        elif result.outcome is Outcome.GONE:
            await self._lose(row, browser, Decided(Verdict.GONE_BROWSER, said))
        elif result.outcome is Outcome.OTHER_KEY:
            await self._lose(row, browser, Decided(Verdict.WRONG_KEY, said))
        elif result.outcome in {Outcome.SLOW_DOWN, Outcome.TROUBLE}:
            await self._try_again(row, browser, host, result)
        else:
            self._complain(host, result)
            await decisions.fail(self._node, row, Decided(Verdict.REFUSED, said), now)

    async def _lose(self, row: Outbox, browser: PushSubscription, decided: Decided) -> None:
        """The browser is no more, or was never ours."""
        DECIDED.labels(decided.verdict).inc()
        await PushSubscription.filter(id=browser.id, endpoint=browser.endpoint).delete()
        await decisions.fail(self._node, row, decided, self._node.clock())

    async def _try_again(
        self, row: Outbox, browser: PushSubscription, host: Host, result: Result
    ) -> None:
        """The service is left alone for a while, and this push until after that."""
        now, said = self._node.clock(), _detail(host, result)
        self._hosts.failed(host, result.retry_after)
        least = timedelta(seconds=max(pause_after(row.attempts + 1), self._hosts.wait(host)))
        if result.outcome is Outcome.TROUBLE and browser.failing_since is None:
            await PushSubscription.filter(id=browser.id).update(failing_since=now)
        if now + least >= row.expires_at:
            await decisions.fail(self._node, row, Decided(Verdict.GIVEN_UP, said), now)
        else:
            await decisions.again(row, Decided(Verdict.AGAIN, said), now, now + least)

    def _complain(self, host: Host, result: Result) -> None:
        """Our own mistake, or our configuration's: said once for each cause."""
        if result.outcome is Outcome.UNAUTHORIZED:
            host.unauthorized = f"{result.status} {result.reason}".strip()
        cause = (host.name, f"{result.status} {result.reason}")
        if cause not in self._said and len(self._said) < MOST_CAUSES:
            self._said.add(cause)
            log.error("push refused", service=host.name, status=result.status, reason=result.reason)


async def _browsers(rows: Sequence[Outbox]) -> Mapping[str, list[PushSubscription]]:
    """Of each of these rows' users."""
    found: dict[str, list[PushSubscription]] = {str(row.user_id): [] for row in rows}
    for browser in await PushSubscription.filter(user_id__in=list(found)).order_by("id"):
        found[browser.user_id].append(browser)
    return found


def _detail(host: Host, result: Result) -> dict[str, Any]:
    return {"service": host.name, "status": result.status, "reason": result.reason}
