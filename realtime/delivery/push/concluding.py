"""What comes of a push: it is done with, or tried again, and why is remembered. Many that end
together are stored together."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from realtime.delivery.push.answers import Outcome, Result
from realtime.delivery.push.hosts import Host, Hosts, pause_after
from realtime.domain import decisions, outbox
from realtime.domain.actor import Node
from realtime.domain.decisions import Decisions
from realtime.domain.waking import Decided, Verdict
from realtime.models import Outbox, PushSubscription
from realtime.together import Together

log = structlog.get_logger(__name__)

DECIDED = Counter("realtime_push_decisions", "Pushes by what was decided", ["verdict"])

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between two attempts to remember what a service has said, all in all less than a lease:
what was sent would be sent again."""

MOST_CAUSES = 200
"""Reasons of refusals that are remembered as said."""


class Conclusions:
    """Of all that one sender sends."""

    def __init__(self, node: Node, hosts: Hosts) -> None:
        self._node = node
        self._hosts = hosts
        self._said: set[tuple[str, str]] = set()
        self._settled = Together(self._settle, blame=True)
        self._back = Together(self._put_back, blame=True)

    async def close(self) -> None:
        """Nothing is sent any more."""
        await self._settled.close()
        await self._back.close()

    async def settle(self, row: Outbox, decided: Decided) -> None:
        """It does not go out now, or never."""
        DECIDED.labels(decided.verdict).inc()
        await self._settled.of((row, decided))

    async def put_back(self, row: Outbox, host: Host) -> None:
        """It waits until its service may be asked again."""
        await self._back.of((row, host))

    async def lose(self, row: Outbox, browser: PushSubscription, decided: Decided) -> None:
        """The browser is no more, or was never ours."""
        await PushSubscription.filter(id=browser.id, endpoint=browser.endpoint).delete()
        await self.settle(row, decided)

    def heed(self, host: Host, result: Result) -> None:
        """What an answer means to all that is for this service."""
        if result.outcome is Outcome.ACCEPTED:
            self._hosts.took(host)
        elif result.outcome in {Outcome.SLOW_DOWN, Outcome.TROUBLE}:
            self._hosts.failed(host, result.retry_after)
        elif result.outcome in {Outcome.UNAUTHORIZED, Outcome.REFUSED, Outcome.TOO_BIG}:
            self._complain(host, result)

    async def conclude(
        self, row: Outbox, browser: PushSubscription, host: Host, result: Result
    ) -> None:
        """What an answer means to the push that it is for. The database may be away just now."""
        for pause in PAUSES:
            try:
                await self._conclude(row, browser, host, result)
            except Exception as error:  # noqa: BLE001 - whatever it is, the service has answered
                log.warning("push not concluded", error=type(error).__name__)
                await asyncio.sleep(pause)
            else:
                return
        await self._conclude(row, browser, host, result)

    async def _conclude(
        self, row: Outbox, browser: PushSubscription, host: Host, result: Result
    ) -> None:
        said = {"service": host.name, "status": result.status, "reason": result.reason}
        if result.outcome is Outcome.ACCEPTED:
            if browser.failing_since is not None:
                await PushSubscription.filter(id=browser.id).update(failing_since=None)
            await self._settled.of((row, Decided(Verdict.SENT, said)))
        elif result.outcome is Outcome.GONE:
            await self.lose(row, browser, Decided(Verdict.GONE_BROWSER, said))
        elif result.outcome is Outcome.OTHER_KEY:
            await self.lose(row, browser, Decided(Verdict.WRONG_KEY, said))
        elif result.outcome in {Outcome.SLOW_DOWN, Outcome.TROUBLE}:
            await self._try_again(row, browser, host, result, said)
        else:
            await self._settled.of((row, Decided(Verdict.REFUSED, said)))

    async def _try_again(
        self,
        row: Outbox,
        browser: PushSubscription,
        host: Host,
        result: Result,
        said: dict[str, Any],
    ) -> None:
        """After the service was left alone for a while."""
        now = self._node.clock()
        least = timedelta(seconds=max(pause_after(row.attempts + 1), self._hosts.wait(host)))
        if result.outcome is Outcome.TROUBLE and browser.failing_since is None:
            await PushSubscription.filter(id=browser.id).update(failing_since=now)
        if now + least >= row.expires_at:
            await self._settled.of((row, Decided(Verdict.GIVEN_UP, said)))
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

    async def _settle(self, settled: Sequence[tuple[Outbox, Decided]]) -> Sequence[None]:
        made = Decisions()
        for each in settled:
            which = made.later if each[1].verdict is Verdict.LATER else made.ended
            which.append(each)
        await decisions.carry_out(self._node, made)
        return [None] * len(settled)

    async def _put_back(self, waiting: Sequence[tuple[Outbox, Host]]) -> Sequence[None]:
        now = self._node.clock()
        for host in {host.name: host for _, host in waiting}.values():
            due_at = now + timedelta(seconds=self._hosts.wait(host))
            its = [row for row, each in waiting if each is host]
            await outbox.put_back(its, due_at)
        return [None] * len(waiting)
