"""A node's domain with one endpoint, and what reaches that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from realtime.delivery.outbox import OfEndpoint, OutboxWorker
from realtime.delivery.outgoing import Outgoing
from realtime.delivery.webhooks.sender import WebhookSender
from realtime.delivery.webhooks.settings import Endpoint
from realtime.dialects.words import Words
from realtime.domain import conversations
from realtime.domain.outbox import WEBHOOK, WEBHOOK_DEAD
from realtime.models import Outbox
from tests.domain.world import World
from tests.servers.webhook_receiver import SECRET, Receiver


class Telling:
    """The node's domain, its worker, and the backend."""

    def __init__(self, world: World, receiver: Receiver) -> None:
        self.world, self.receiver = world, receiver
        self._make(Outgoing(private=True), Endpoint(url=receiver.url, secrets=(SECRET,)), Words())

    async def use(
        self,
        endpoint: Endpoint,
        *,
        outgoing: Outgoing | None = None,
        words: Words | None = None,
    ) -> None:
        """Tell this endpoint from now on."""
        await self.worker.stop()
        self._make(outgoing or Outgoing(private=True), endpoint, words or Words())

    def _make(self, outgoing: Outgoing, endpoint: Endpoint, words: Words) -> None:
        clock = self.world.node.clock
        self.sender = WebhookSender("crm", endpoint, words, outgoing, clock)
        self.sender._hosts._clock = self._seconds
        self.worker = OutboxWorker(
            {WEBHOOK: self.sender}, clock, self.sender.may_send, source=OfEndpoint("crm")
        )

    def _seconds(self) -> float:
        return self.world.now.timestamp()

    async def pair(self, one: str = "ada", other: str = "bob") -> UUID:
        """Their conversation, of which the backend knows."""
        found = await conversations.start(self.world.actor(one), other)
        await self.work()
        return found.id

    async def say(self, conversation_id: UUID, *texts: str) -> None:
        for text in texts:
            await self.world.say("ada", conversation_id, text)

    async def work(self, **by: float) -> None:
        """Time passes, and what is due by then is worked off, with what comes of it."""
        self.world.later(**by)
        while self.sender.may_send() and await self.worker.work():
            await self.worker.finish()

    async def waiting(self) -> list[Outbox]:
        return await Outbox.filter(kind=WEBHOOK).order_by("order_key", "order_no")

    async def dead(self) -> list[Outbox]:
        return await Outbox.filter(kind=WEBHOOK_DEAD).order_by("order_key", "order_no")

    async def answer(self) -> Any:
        """What the endpoint said last to the first that waits."""
        return (await self.waiting())[0].answer
