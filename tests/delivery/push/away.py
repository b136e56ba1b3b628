"""People who are away, their browsers, and what reaches those."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

from realtime.config import Config
from realtime.core import words_of
from realtime.delivery.one_by_one import OneByOne
from realtime.delivery.outbox import OutboxWorker
from realtime.delivery.outgoing import Outgoing
from realtime.delivery.push.hosts import Host
from realtime.delivery.push.keys import Signer
from realtime.delivery.push.post import Post
from realtime.delivery.push.sender import PushSender, Settings
from realtime.dialects import loading
from realtime.domain import announcements, conversations, notifications, push
from realtime.domain.outbox import BROADCAST, PUSH
from realtime.domain.push import Page, Subscription
from realtime.domain.records import Conversation, Notice, Notification
from realtime.models import Decision, Outbox
from tests.domain.world import World
from tests.servers.push_service import Browser, PushService
from tests.vapid import PRIVATE, PUBLIC

PORTION = 64
"""Of a broadcast, so many users in one go."""
SUBJECT = "mailto:ops@shop.dev"
ORIGIN = "https://shop.dev"


class Away:
    """The node's domain, its worker, and the browsers of its users."""

    def __init__(self, world: World, service: PushService, *, ttl: int = 604_800) -> None:
        self.world, self.service = world, service
        words = words_of(Config(), ())
        post = Post(Outgoing(), Signer(PRIVATE, SUBJECT))
        self.sender = PushSender(world.node, loading.load(()), words, post, Settings(PUBLIC, ttl))
        self.sender._hosts._clock = self._seconds
        spread = OneByOne(partial(announcements.spread, world.node, self.sender.decide, PORTION))
        self.worker = OutboxWorker({PUSH: self.sender, BROADCAST: spread}, world.node.clock)

    def _seconds(self) -> float:
        return self.world.now.timestamp()

    async def browser(
        self, user_id: str, kind: str = "fcm", dialect: str = "conversations"
    ) -> Browser:
        """A browser of hers that has subscribed on a page of this dialect."""
        made = self.service.browser(PUBLIC, kind)
        given = made.subscription
        subscription = Subscription(given["endpoint"], **given["keys"])
        page = Page(dialect, ORIGIN, PUBLIC)
        await push.subscribe(self.world.actor(user_id), subscription, page)
        return made

    async def in_line(self, browser: Browser) -> Host:
        """Its push service with as many calls under way as may be, and a push that waits behind."""
        busy = self.sender._hosts.of(browser.endpoint)
        for _ in range(busy.at_once):
            await busy.slots.acquire()
        self.world.later(seconds=6)
        while not busy.waiting:
            await self.worker.work()
            await asyncio.sleep(0)
        return busy

    async def pair(self, one: str, other: str) -> Conversation:
        """Their conversation."""
        return await conversations.start(self.world.actor(one), other)

    async def tell(self, user_id: str, text: str = "Hi", **more: Any) -> Notification:
        """The application has something for her."""
        notice = Notice(**{"type": "LIKE", "title": "News", "text": text, **more})
        (made,) = await notifications.notify(self.world.node, [user_id], notice)
        return made

    async def pass_by(self, **by: float) -> None:
        """Time passes, and what is due by then is worked off, with what comes of it."""
        self.world.later(**(by or {"seconds": 6}))
        while await self.worker.work():
            await self.worker.finish()

    async def verdicts(self) -> list[str]:
        """What was decided, in that order."""
        return [row.verdict for row in await Decision.all().order_by("id")]

    async def waits(self) -> int:
        """How much is in the outbox."""
        return await Outbox.all().count()


def header(browser: Browser, name: str) -> Iterator[str]:
    """A header of all requests for a browser."""
    return (request.headers.get(name, "") for request in browser.requests)
