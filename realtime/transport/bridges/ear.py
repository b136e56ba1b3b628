"""Hears what other backends publish in Redis, and hands on what can be obeyed."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from realtime.transport.backplane.places import Place
from realtime.transport.backplane.redis import doors
from realtime.transport.backplane.redis.link import Away
from realtime.transport.bridges import metrics
from realtime.transport.bridges.asked import Asked, Refused
from realtime.transport.bridges.subscription import Subscription
from realtime.transport.failure import place

log = logging.getLogger("realtime.transport")

LOOK_SECONDS: Final = 2.0
"""Between two questions whether Redis is still there."""
FIRST_PAUSE: Final = 0.1
MOST_PAUSE: Final = 2.0
"""Seconds between two attempts to reach Redis."""


class Bridge(Protocol):
    """Somebody's words: where they are published, and what they mean."""

    @property
    def name(self) -> str:
        """What metrics and logs call it."""

    @property
    def channels(self) -> Sequence[str]: ...

    @property
    def patterns(self) -> Sequence[str]: ...

    def read(self, channel: str, payload: bytes) -> Asked | None:
        """What is asked; None for what is none of our business. Raises Refused."""


Obey = Callable[[Asked], None]
"""Does what is asked. Raises Refused."""


class Ear:
    """Listens for some bridges at one place. What is longer than `most` bytes is refused."""

    def __init__(self, where: Place, bridges: Sequence[Bridge], obey: Obey, most: int) -> None:
        self._where = where
        self._obey = obey
        self._most = most
        self._bridges = {name: one for one in bridges for name in (*one.channels, *one.patterns)}
        self._commands = [("SUBSCRIBE", name) for one in bridges for name in one.channels]
        self._commands += [("PSUBSCRIBE", name) for one in bridges for name in one.patterns]
        self._told: set[tuple[str, str]] = set()
        self._away = False
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; where Redis is away, as soon as it is there."""
        tried = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(tried), name="bridges")
        await tried.wait()

    async def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self, tried: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._hear_until_away(tried)
            except Away as away:
                pause = FIRST_PAUSE if not self._away else min(2 * pause, MOST_PAUSE)
                self._is_away(str(away))
            except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
                pause = MOST_PAUSE
                log.error("bridges cannot listen: %s", place(error))
            tried.set()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only to spread

    async def _hear_until_away(self, tried: asyncio.Event) -> None:
        """Raises Away."""
        gone = asyncio.Event()
        key = self._commands[0][1]
        url = await doors.find(self._where, key)
        link = await Subscription.open(url, gone.set)
        try:
            link.hear, link.most = self._heard, self._most
            for command in self._commands:
                await link.ask(*command)
            self._is_there()
            tried.set()
            while not gone.is_set():
                await self._look(link, gone, key, url)
            raise Away(link.ended_by)
        finally:
            metrics.CONNECTED.set(0)
            link.close()

    async def _look(self, link: Subscription, gone: asyncio.Event, key: str, url: str) -> None:
        """Wait a while, then see whether it is still the right place. Raises Away."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await gone.wait()
        except TimeoutError:
            await link.ask("PING")
            if self._where.kind == "sentinel" and await doors.find(self._where, key) != url:
                raise Away("failed over") from None

    def _is_there(self) -> None:
        metrics.CONNECTED.set(1)
        if self._away:
            log.warning("bridges: redis is back; what was published meanwhile is lost")
        self._away = False

    def _is_away(self, reason: str) -> None:
        if not self._away:
            log.warning("bridges: redis is away (%s): nothing is heard of other backends", reason)
        self._away = True

    def _heard(self, subscribed: str, channel: str, payload: bytes) -> None:
        bridge = self._bridges[subscribed]
        try:
            if len(payload) > self._most:
                raise Refused("too long")
            asked = bridge.read(channel, payload)
            if asked is not None:
                self._obey(asked)
                metrics.OBEYED.labels(bridge.name).inc()
        except Refused as refused:
            self._refuse(bridge.name, subscribed, str(refused))
        except Exception as error:  # noqa: BLE001 - those behind it must be heard
            log.error("bridge %s: a message failed: %s", bridge.name, place(error))

    def _refuse(self, bridge: str, subscribed: str, reason: str) -> None:
        """Each reason is told once: the metric has all of them. Of the channel only what this node
        subscribed to is told, the rest may be anything."""
        metrics.REFUSED.labels(bridge, reason).inc()
        if (bridge, reason) in self._told:
            return
        self._told.add((bridge, reason))
        if reason == "pickle":
            log.warning(
                "the emitter on channel %s is older than python-socketio 5.14 (CVE-2025-61765) and"
                " is not heard: upgrade it",
                subscribed,
            )
        else:
            log.warning("bridge %s: refused on channel %s: %s", bridge, subscribed, reason)
