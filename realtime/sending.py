"""What a node sends to other people's servers: the outbox, worked off here or by a worker."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from realtime.config import Config
from realtime.delivery import outstanding
from realtime.delivery.one_by_one import OneByOne
from realtime.delivery.outbox import OfEndpoint, OutboxWorker, Sender
from realtime.delivery.outgoing import Outgoing
from realtime.delivery.pace import Pace, WorkersPace
from realtime.delivery.settings import NO_CONTACT
from realtime.delivery.webhooks import before as before_message
from realtime.delivery.webhooks.before import Asking
from realtime.delivery.webhooks.sender import WebhookSender
from realtime.dialects.base import Dialect
from realtime.dialects.words import Words
from realtime.domain import announcements, snoozing
from realtime.domain.actor import Node
from realtime.domain.outbox import BROADCAST, PUSH, WEBHOOK
from realtime.domain.ports import Before, Clock
from realtime.domain.snoozing import SNOOZE
from realtime.stores.workers import Workers
from realtime.transport import Server

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Load:
    """How many pushes are under way at the same time, and how many requests of them to one service:
    a slow one keeps twice as many, and the rest is for the others. And how they are paced."""

    held: int
    to_one: int
    pace: Callable[[], Pace]


OF_A_WORKER = Load(512, 64, partial(WorkersPace, 1.0))
"""A far service answers after 100 ms: a hundred thousand should not take it half an hour."""

BESIDE_CLIENTS = Load(64, 16, partial(Pace, 1.0))
"""Of a node that sends by itself: its clients wait for all that it computes in one go."""

Dialects = Mapping[str, Dialect]

STRANGE = "nodes let browsers subscribe with other VAPID keys than it has; set the same everywhere"

SETTLING = 2.0
"""Seconds in which a node that has just started, or was cut off from the others, hears from them
who is there."""


@asynccontextmanager
async def asking(config: Config, words: Words, clock: Clock) -> AsyncIterator[Before | None]:
    """Whoever is asked before a message is stored; None where nobody is."""
    settings = config.webhooks.before_message
    if settings.url is None:
        yield None
        return
    outgoing = Outgoing(
        private=config.webhooks.allow_private,
        seconds=settings.timeout,
        at_once=before_message.AT_ONCE,
        most_answer=before_message.MOST_ANSWER,
    )
    before = Asking(settings, words, outgoing, clock)
    try:
        yield before
    finally:
        await before.close()


class Leaving:
    """The outbox of a node, worked off while ``sending`` is open, if that is this node's to do."""

    def __init__(
        self,
        config: Config,
        node: Node,
        server: Server,
        speech: tuple[Dialects, Words],
        workers: Workers,
    ) -> None:
        self._config = config
        self._node = node
        self._server = server
        self._dialects, self._words = speech
        self._workers = workers
        self._load = OF_A_WORKER if workers.own() else BESIDE_CLIENTS
        self._strange = False
        self._settled_at = 0.0
        server.when_back(self._is_back)
        self._refusing: Callable[[], Mapping[str, str]] = dict

    @asynccontextmanager
    async def sending(self, *, silent: bool = False) -> AsyncIterator[None]:
        """Send what is due, unless this node is to be silent. Where nodes do not hear one another
        nobody knows who is away: until they do, it waits."""
        if silent or not self._config.works_outbox:
            yield
            return
        settling = 0.0 if self._config.alone else SETTLING
        pushes = OutboxWorker(
            self._senders(),
            self._node.clock,
            self._may_send,
            first_after=max(self._config.push.wait, settling),
            at_once=self._load.held,
        )
        workers = [pushes, *self._webhooks()]
        for worker in workers:
            worker.start()
        try:
            async with outstanding.watched(self._node.clock):
                yield
        finally:
            await asyncio.gather(*(worker.stop() for worker in workers))

    def push(self) -> str:
        """How it is with web push, in a few words."""
        if not self._config.push.configured:
            return "off"
        if self._left_to_others():
            return "left to realtime worker"
        if self._strange:
            return f"held back: {STRANGE}"
        refusing = [f"{service} ({reason})" for service, reason in self._refusing().items()]
        return f"refused by {', '.join(sorted(refusing)[:5])}" if refusing else "ok"

    def _left_to_others(self) -> bool:
        by_itself = self._config.alone or self._config.outbox.in_serve == "always"
        return not by_itself and (self._workers.there or not self._config.works_outbox)

    def _may_send(self) -> bool:
        return self._hears_who_is_there() and not self._left_to_others() and self._fits()

    def _hears_who_is_there(self) -> bool:
        return self._server.cut_off() is None and time.monotonic() >= self._settled_at

    def _is_back(self) -> None:
        """Who came to other nodes meanwhile is told by them in a moment, and would be woken."""
        self._settled_at = time.monotonic() + SETTLING

    def _fits(self) -> bool:
        """Whether browsers subscribe with the key that is here, and no other: those with another
        would be lost. A worker without a key still does what else there is."""
        strange = self._workers.strange
        if strange and not self._strange:
            log.error("this process pushes nothing", reason=STRANGE)
        self._strange = strange
        return not (strange and self._config.push.configured)

    def _webhooks(self) -> Iterator[OutboxWorker]:
        """One for each endpoint, so that none waits for another; who is away is nothing to them,
        and neither is Redis."""
        private = self._config.webhooks.allow_private
        for name, endpoint in self._config.webhooks.endpoints.items():
            outgoing, clock = Outgoing(private=private), self._node.clock
            sender = WebhookSender(name, endpoint, self._words, outgoing, clock)
            may_send = partial(self._may_tell, sender)
            yield OutboxWorker({WEBHOOK: sender}, clock, may_send, source=OfEndpoint(name))

    def _may_tell(self, sender: WebhookSender) -> bool:
        return sender.may_send() and not self._left_to_others()

    def _senders(self) -> dict[str, Sender]:
        push = self._config.push
        senders: dict[str, Sender] = {SNOOZE: OneByOne(partial(snoozing.ring, self._node))}
        if not (push.vapid_public_key and push.vapid_private_key):
            return senders
        # Only here: encryption is slow to import, and nodes without push need none.
        from realtime.delivery.push.keys import Signer  # noqa: PLC0415
        from realtime.delivery.push.post import Post  # noqa: PLC0415
        from realtime.delivery.push.sender import PushSender, Settings  # noqa: PLC0415

        contact = push.contact(self._config.allowed_origins)
        if contact == NO_CONTACT:
            log.warning("push has no contact, and Apple's service takes nothing: set VAPID_SUBJECT")
        post = Post(Outgoing(), Signer(push.vapid_private_key, contact))
        pace = self._load.pace()
        settings = Settings(push.vapid_public_key, push.ttl, self._load.to_one, pace)
        sender = PushSender(self._node, self._dialects, self._words, post, settings)
        self._refusing = sender.unauthorized
        senders[BROADCAST] = OneByOne(
            partial(announcements.spread, self._node, sender.decide, self._load.held // 2)
        )
        return senders | {PUSH: sender}
