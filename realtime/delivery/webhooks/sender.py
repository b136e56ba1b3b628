"""Sends an endpoint its webhooks: each order one after the other, the orders beside one another."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from realtime.delivery.metrics import WEBHOOK_SECONDS, WEBHOOKS
from realtime.delivery.outbox import Work, in_time
from realtime.delivery.outgoing import NoAnswer, Outgoing
from realtime.delivery.push.hosts import Hosts, pause_after
from realtime.delivery.webhooks.answers import GONE, Result, meaning
from realtime.delivery.webhooks.payload import payload
from realtime.delivery.webhooks.settings import Endpoint
from realtime.delivery.webhooks.signing import Signer
from realtime.dialects.words import Words
from realtime.domain import turns
from realtime.domain.ports import Clock
from realtime.models import Outbox

log = structlog.get_logger(__name__)

IN_A_ROW = 16
"""How many of one order are sent before others have their turn."""

MOST_REFUSED = 16
"""So many refusals in a row are about the endpoint, whatever their statuses say."""


class WebhookSender:
    """Sender of ``delivery/outbox.py`` for one endpoint."""

    def __init__(
        self, name: str, endpoint: Endpoint, words: Words, outgoing: Outgoing, clock: Clock
    ) -> None:
        self._name = name
        self._url = endpoint.url
        self._signer = Signer(endpoint.secrets)
        self._words = words
        self._outgoing = outgoing
        self._clock = clock
        self._hosts = Hosts()
        self._host = self._hosts.of(endpoint.url)
        self._refused = 0
        self.trouble: str | None = None

    def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
        """See ``Sender``."""
        return [Work(self._one_by_one(row)) for row in rows]

    async def close(self) -> None:
        """See ``Sender``."""
        await self._outgoing.close()

    def may_send(self) -> bool:
        """Whether the endpoint wants to be asked now."""
        return not self._hosts.wait(self._host)

    async def _one_by_one(self, first: Outbox) -> None:
        """Send one and, while they are taken, some of those behind it; the others come again."""
        row: Outbox | None = first
        for _ in range(IN_A_ROW):
            if row is None:
                return
            row = await self._next_after(row)
        if row is not None:
            await turns.let_go(row, self._clock())

    async def _next_after(self, row: Outbox) -> Outbox | None:
        """Send it; gives what may be sent next."""
        async with self._host.slots:
            if not (in_time(row, self._clock()) and self.may_send()):
                await turns.let_go(row, self._clock())
                return None
            result = await self._sent(row)
        WEBHOOKS.of[self._name, row.body["type"], result.outcome] += 1
        if not result.taken:
            self._heed(result)
            await self._try_again(row, result)
            return None
        self._hosts.took(self._host)
        self._refused, self.trouble = 0, None
        return await turns.follow(row, self._clock())

    async def _sent(self, row: Outbox) -> Result:
        try:
            body = payload(row.body["type"], row.body["data"], row.created_at, self._words)
        except (TypeError, ValueError) as error:  # ids of before they had to be numbers, for one
            return Result(0, f"it cannot be said: {type(error).__name__}")
        headers = self._signer.headers(row.id, time.time(), body)
        began = time.monotonic()
        try:
            answer = await self._outgoing.post(self._url, body, headers)
        except NoAnswer as error:
            return Result(0, str(error), trouble=True)
        finally:
            WEBHOOK_SECONDS.of[(self._name,)].add(time.monotonic() - began)
        return meaning(answer, datetime.now(UTC))

    async def _try_again(self, row: Outbox, result: Result) -> None:
        """It is tried again until its day is over; then it is dead, and the next has its turn."""
        now = self._clock()
        least = max(pause_after(row.attempts + 1), self._hosts.wait(self._host))
        due_at = now + timedelta(seconds=least)
        if due_at < row.expires_at:
            await turns.again(row, due_at, result.said(now))
        elif await turns.bury(row, now, result.said(now)):
            log.error("webhook dead", endpoint=self._name, id=row.id, status=result.status)
            WEBHOOKS.of[self._name, row.body["type"], "dead"] += 1

    def _heed(self, result: Result) -> None:
        """An endpoint in trouble is left alone for a while; many that fail at once are one time.
        One that refuses whatever it is told is in trouble, too."""
        self._refused += 1
        if not (result.trouble or self._refused >= MOST_REFUSED) or not self.may_send():
            return
        self._hosts.failed(self._host, result.pause)
        said = f"{result.status} {result.reason}".strip() if result.status else result.reason
        if self.trouble is None:
            level = log.error if result.status == GONE else log.warning
            level("webhooks wait", endpoint=self._name, said=said)
        self.trouble = said
