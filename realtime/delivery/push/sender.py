"""Sends pushes: decides which go out, hands each to its browser's push service, and remembers why
not."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from prometheus_client import Counter

from realtime.delivery.outbox import Work, in_time
from realtime.delivery.pace import Pace
from realtime.delivery.push import looking
from realtime.delivery.push.answers import Outcome, Result
from realtime.delivery.push.concluding import DECIDED, Conclusions
from realtime.delivery.push.hosts import AT_ONCE, Host, Hosts, family
from realtime.delivery.push.payload import MOST_PAYLOAD, SHORTER, Content, payload
from realtime.delivery.push.post import URGENCY, Post, Push, topic
from realtime.dialects.base import Dialect
from realtime.dialects.pushed import pushed_as_it_is
from realtime.dialects.words import Words
from realtime.domain import decisions, waking
from realtime.domain.actor import Node
from realtime.domain.decisions import Decisions
from realtime.domain.push import fingerprint, is_allowed
from realtime.domain.records import Notification
from realtime.domain.waking import Decided, Facts, Verdict
from realtime.models import Outbox, PushSubscription
from realtime.together import Together

PUSHES = Counter("realtime_pushes", "Pushes by what the push service said", ["service", "outcome"])


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said of sending: our public key, the ``ttl`` in seconds, how many requests to one
    push service there are at the same time, and the pace, if it is not to be as fast as it can."""

    public_key: str
    ttl: int
    at_once: int = AT_ONCE
    pace: Pace | None = None


class PushSender:
    """Sender of ``delivery/outbox.py`` for what browsers show.

    Each push goes its own way, and asks the database together with the others that are as far.
    """

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
        self._pace = settings.pace
        self._hosts = Hosts(at_once=settings.at_once)
        self._browsers = Together(looking.browsers_for, blame=True)
        self._looks = Together(partial(looking.look, node), blame=True)
        self._conclusions = Conclusions(node, self._hosts)

    def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
        """See ``Sender``: what is undecided together, and each browser's by itself."""
        undecided = [row for row in rows if row.subscription_id is None]
        works = [Work(self._deliver(row)) for row in rows if row.subscription_id is not None]
        return [*works, Work(self._decide(undecided), len(undecided))] if undecided else works

    async def close(self) -> None:
        """See ``Sender``."""
        await self._browsers.close()
        await self._looks.close()
        await self._conclusions.close()
        await self._post.close()

    def unauthorized(self) -> Mapping[str, str]:
        """The push services that take nothing from us, with their reasons."""
        return self._hosts.unauthorized()

    async def decide(self, rows: Sequence[Outbox]) -> Decisions:
        """Which of these go out now, and to which browsers."""
        facts = await waking.facts_of(self._node, rows)
        browsers = await looking.browsers_of([str(row.user_id) for row in rows])
        made = Decisions()
        for row in rows:
            decided, theirs = self._addressed(facts[row.id], browsers[str(row.user_id)])
            DECIDED.labels(decided.verdict).inc()
            if decided.verdict is Verdict.GO:
                made.going.append((row, theirs))
            else:
                which = made.later if decided.verdict is Verdict.LATER else made.ended
                which.append((row, decided))
        return made

    async def _decide(self, rows: Sequence[Outbox]) -> None:
        """All together; where that fails, each half by itself: one that cannot be decided, whatever
        is wrong with it, keeps nobody else's."""
        try:
            await decisions.carry_out(self._node, await self.decide(rows))
        except Exception:
            half = len(rows) // 2
            if not half or not in_time(rows[0], self._node.clock()):
                raise
            halves = (self._decide(each) for each in (rows[:half], rows[half:]))
            for found in await asyncio.gather(*halves, return_exceptions=True):
                if found is not None:
                    raise found from None

    def _addressed(
        self, facts: Facts, browsers: Sequence[PushSubscription]
    ) -> tuple[Decided, list[UUID]]:
        """What is decided, and the browsers that have words for it."""
        decided = looking.decided(self._node, facts)
        if decided.verdict is not Verdict.GO:
            return decided, []
        in_group = facts.notification is not None and facts.notification.in_group
        able = [each.id for each in browsers if not in_group or self._knows_groups(each)]
        if able:
            return decided, able
        return Decided(Verdict.NO_WORDS if browsers else Verdict.NO_BROWSER), []

    def _knows_groups(self, browser: PushSubscription) -> bool:
        return browser.dialect in self._dialects and self._dialects[browser.dialect].groups

    async def _deliver(self, row: Outbox) -> None:
        """To one browser, unless something has changed meanwhile."""
        browser = await self._browsers.of(row)
        if browser is None:
            await self._conclusions.settle(row, Decided(Verdict.UNSUBSCRIBED))
        elif browser.vapid_key not in {None, self._key}:  # rule 16
            await self._conclusions.lose(row, browser, Decided(Verdict.WRONG_KEY))
        else:
            await self._in_line(row, browser, self._hosts.of(browser.endpoint))

    async def _in_line(self, row: Outbox, browser: PushSubscription, host: Host) -> None:
        """Its service is asked when it has room for it; what that wants to be left alone waits in
        the outbox."""
        if self._hosts.wait(host):
            await self._conclusions.put_back(row, host)
            return
        with self._hosts.line(host):
            async with host.slots:
                result = await self._deliver_now(row, browser, host)
        if result is not None:
            await self._conclusions.conclude(row, browser, host, result)

    async def _deliver_now(
        self, row: Outbox, browser: PushSubscription, host: Host
    ) -> Result | None:
        """Nothing stands between the last look and the request but a short rest and its making."""
        if self._hosts.paused(host) or not in_time(row, self._node.clock()):  # it was in line
            await self._conclusions.put_back(row, host)
            return None
        look = await self._looks.of(row)
        if look.browser is None or look.notification is None:
            await self._conclusions.settle(row, look.decided)
            return None
        if self._pace is not None:
            await self._pace.rest()
        began = time.monotonic()
        result = await self._send(look.browser, look.notification, look.badge)
        self._hosts.answered(host, time.monotonic() - began)
        PUSHES.labels(family(host.name.partition(":")[0]), result.outcome).inc()
        self._conclusions.heed(host, result)
        return result

    async def _send(self, browser: PushSubscription, told: Notification, badge: int) -> Result:
        if not is_allowed(browser.endpoint, self._node.rules.pushing.hosts):
            return Result(Outcome.REFUSED, reason="it is not one of push.hosts")
        content = self._content(browser, told, badge)
        result = await self._post.send(browser, self._push(content, MOST_PAYLOAD))
        if result.outcome is Outcome.TOO_BIG:  # rule 9: shorter once
            result = await self._post.send(browser, self._push(content, SHORTER))
        return result

    def _content(self, browser: PushSubscription, told: Notification, badge: int) -> Content:
        dialect = self._dialects.get(browser.dialect)
        pushes = pushed_as_it_is if dialect is None else dialect.pushes
        return Content(
            notification=told,
            words=pushes(told, self._words),
            tag=topic(str(told.conversation_id or told.id)),
            badge=badge,
            base=browser.origin,
        )

    def _push(self, content: Content, most: int) -> Push:
        notification, ttl = content.notification, self._ttl
        if notification.expires_at is not None:
            left = (notification.expires_at - self._node.clock()).total_seconds()
            ttl = max(1, min(ttl, int(left)))  # rule 2: never 0
        urgency = "high" if notification.message_id else URGENCY[notification.priority]
        return Push(payload(content, most), ttl, urgency, content.tag)
