"""Asks another backend before a message is stored or changed, and holds to what it says."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from weakref import WeakValueDictionary

import structlog
from pydantic import BaseModel, Field, ValidationError

from realtime.delivery.metrics import ASKED, ASKED_SECONDS
from realtime.delivery.outgoing import NoAnswer, Outgoing
from realtime.delivery.webhooks.payload import payload
from realtime.delivery.webhooks.settings import BeforeMessage
from realtime.delivery.webhooks.signing import Signer
from realtime.dialects.words import Words
from realtime.domain.errors import MessageRefused, RateLimited, Refused
from realtime.domain.ids import new_id
from realtime.domain.ports import Check, Clock

log = structlog.get_logger(__name__)

KIND = "message.before"
"""The type of what is asked."""

AT_ONCE = 200
"""Questions at the same time; the others wait, as part of their time."""

MOST_WAITING = 64
"""Messages of one sender that may wait for one another on this node."""

MOST_ANSWER = 2 * 1024 * 1024
"""Bytes of an answer, which may have a whole message in it."""

UNCHECKED = "Your message could not be checked, please try again"
"""What a sender is told where no good answer came, and that refuses."""

WARN_EVERY = 10.0
"""Seconds between two lines of the log about answers that did not come."""


class Allow(BaseModel):
    """Store it as it is."""

    action: Literal["allow"]


class Refuse(BaseModel):
    """Store nothing; the sender is told why."""

    action: Literal["refuse"]
    reason: Annotated[str, Field(min_length=1, max_length=500)] = MessageRefused().reason


class Change(BaseModel):
    """Store this instead."""

    action: Literal["change"]
    content: str


class _Said(BaseModel):
    said: Annotated[Allow | Refuse | Change, Field(discriminator="action")]


class Asking:
    """Port ``Before`` of the domain, over HTTP."""

    def __init__(
        self, settings: BeforeMessage, words: Words, outgoing: Outgoing, clock: Clock
    ) -> None:
        self._url = settings.url or ""
        self._signer = Signer(settings.secrets)
        self._refuses = settings.on_timeout == "refuse"
        self._words = words
        self._outgoing = outgoing
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()
        self._warned_at = -WARN_EVERY

    async def close(self) -> None:
        """Nobody is asked any more."""
        await self._outgoing.close()

    @asynccontextmanager
    async def turn(self, sender_id: str) -> AsyncIterator[None]:
        """See ``Before``."""
        if self._waiting[sender_id] >= MOST_WAITING:
            raise RateLimited(1.0)
        self._waiting[sender_id] += 1
        try:
            async with self._turns.setdefault(sender_id, asyncio.Lock()):
                yield
        finally:
            self._waiting[sender_id] -= 1
            if not self._waiting[sender_id]:
                del self._waiting[sender_id]

    async def ask(self, proposal: Mapping[str, Any], check: Check) -> str:
        """See ``Before``."""
        began = time.monotonic()
        outcome, held = await self._heeded(proposal, check)
        ASKED.of[(outcome,)] += 1
        ASKED_SECONDS.all.add(time.monotonic() - began)
        if isinstance(held, MessageRefused):
            raise held
        return held

    async def _heeded(
        self, proposal: Mapping[str, Any], check: Check
    ) -> tuple[str, str | MessageRefused]:
        """What to count, and the text that holds or the refusal."""
        try:
            said = _read(await self._answer(proposal))
            if isinstance(said, Change):
                return "changed", check(said.content)
        except (NoAnswer, ValidationError, Refused) as error:
            return "unanswered", self._without(proposal, error)
        if isinstance(said, Refuse):
            return "refused", MessageRefused(said.reason)
        return "allowed", str(proposal["content"])

    async def _answer(self, proposal: Mapping[str, Any]) -> str:
        body = payload(KIND, proposal, self._clock(), self._words)
        headers = self._signer.headers(new_id(), time.time(), body)
        answer = await self._outgoing.post(self._url, body, headers)
        if not 200 <= answer.status < 300:
            raise NoAnswer(f"it answered {answer.status}")
        if not answer.whole:
            raise NoAnswer("its answer is too long, or came in parts too late")
        return answer.text

    def _without(self, proposal: Mapping[str, Any], error: Exception) -> str | MessageRefused:
        """No good answer came: what the settings say holds."""
        if time.monotonic() - self._warned_at >= WARN_EVERY:
            self._warned_at = time.monotonic()
            reason = str(error) if isinstance(error, NoAnswer) else type(error).__name__
            log.warning("before_message unanswered", reason=reason, refused=self._refuses)
        if self._refuses:
            return MessageRefused(UNCHECKED)
        return str(proposal["content"])


def _read(text: str) -> Allow | Refuse | Change:
    """An empty answer allows. Raises ValidationError for one that is none of the three."""
    if not text.strip():
        return Allow(action="allow")
    return _Said.model_validate_json(f'{{"said": {text}}}').said
