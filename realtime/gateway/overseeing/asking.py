"""Asks all nodes the same at once, over what they hear one another by, and waits a little.

A question is a notice that every node hears; so is an answer, which says first whom it is for, so
that the others need not read it. Answers are packed: what waits in Redis for nodes that come back
is kept up to so many bytes, and a page must not push it out.
"""

import asyncio
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import orjson
import structlog

from realtime.gateway.overseeing.spoken import spoken
from realtime.transport import Server

log = structlog.get_logger(__name__)

SECONDS: Final = 2.0
"""How long the others may take; who has not answered by then is named as missing."""

ASK: Final = "asked of all"
TELL: Final = "told the asker"

_END: Final = b"\n"
_MOST_BYTES: Final = 8_000_000
"""Of an answer, unpacked: many times what a page can be."""

Json = Any
Answer = Callable[[Json], Json]


@dataclass(slots=True)
class _Waiting:
    """Who has not answered a question yet, and what the others said."""

    missing: set[str]
    answers: dict[str, Json] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Asking:
    """This node among those that ask. ``process`` is its name in the roster, ``others`` gives
    those of the others. The server has not started yet."""

    def __init__(self, server: Server, process: str, others: Callable[[], Collection[str]]) -> None:
        self._server = server
        self._process = process
        self._others = others
        self._answers: dict[str, Answer] = {}
        self._numbers = count(1)
        self._waiting: dict[int, _Waiting] = {}
        server.subscribe(ASK, self._asked)
        server.subscribe(TELL, self._told)

    def answer_with(self, about: str, answer: Answer) -> None:
        """What this node says when it is asked about this; it may raise for what none can ask."""
        self._answers[about] = answer

    async def everyone(self, about: str, question: Json) -> tuple[dict[str, Json], list[str]]:
        """What each process answers, this one's too, and those of which nothing came. None is the
        answer of one that knows nothing about this."""
        answers = {self._process: self._answer(about, question)}
        others = set(self._others())
        if not others:
            return answers, []
        if self._server.cut_off() is not None:
            return answers, sorted(others)
        waiting = await self._ask((about, question), others)
        return answers | waiting.answers, sorted(waiting.missing)

    def _answer(self, about: str, question: Json) -> Json:
        answer = self._answers.get(about)
        return None if answer is None else answer(question)

    async def _ask(self, question: tuple[str, Json], others: set[str]) -> _Waiting:
        number = next(self._numbers)
        waiting = self._waiting[number] = _Waiting(others)
        try:
            self._server.publish_notice(ASK, spoken((self._process, number, *question)))
            async with asyncio.timeout(SECONDS):
                await waiting.done.wait()
        except TimeoutError:
            log.warning("nodes did not answer", missing=sorted(waiting.missing))
        finally:
            del self._waiting[number]
        return waiting

    def _asked(self, body: bytes) -> None:
        """Somebody asks; its own question this node has answered already."""
        asker, number, about, question = orjson.loads(body)
        if asker != self._process:
            told = spoken((number, self._process, self._answer(about, question)))
            packed = zlib.compress(told, 1)
            self._server.publish_notice(TELL, str(asker).encode() + _END + packed)

    def _told(self, body: bytes) -> None:
        whom, _, packed = body.partition(_END)
        if whom.decode() != self._process:
            return
        told = zlib.decompressobj().decompress(packed, _MOST_BYTES)
        number, process, answer = orjson.loads(told)
        waiting = self._waiting.get(number)
        if waiting is not None and process in waiting.missing:
            waiting.missing.discard(process)
            waiting.answers[process] = answer
            if not waiting.missing:
                waiting.done.set()
