"""Which nodes there are, and what each of them has: the parts of a whole that all nodes know.

Every node says what changes of its own part, and all hear all changes in one order, so that all
come to the same whole and none needs to be asked. A node that starts calls for everybody's part;
one that falls silent is given up by the others.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Protocol

import orjson
import structlog

log = structlog.get_logger(__name__)

BEAT = 5.0
"""Seconds between two signs of life."""
SILENCE = 20.0
"""Seconds without one after which a node is given up."""
LATER = 5.0
"""Seconds by which those bury a node later who may not know whom it had: they would tell nobody."""

Say = Callable[[bytes], None]
Json = Any


class Part(Protocol):
    """What nodes know of one another in one matter. `mine`: this node said it."""

    def own(self) -> Json:
        """All that this node has."""

    def replace(self, node: str, state: Json, *, mine: bool) -> None:
        """All that a node has; what was known of it before is void."""

    def change(self, node: str, change: Json, *, mine: bool) -> None:
        """What has changed at a node."""

    def gone(self, node: str) -> None:
        """A node has stopped, or is given up; its users may be on their way to another."""

    def bury(self, node: str, *, mine: bool) -> None:
        """They had their time: what only that node had is nobody's any more."""


class Roster:
    """The nodes of one deployment, as this one has heard of them.

    `say` lets every node hear bytes, this one too, in one order; `hear` is for those. `grace` is
    how many seconds the users of a node that is gone have to come back elsewhere.
    """

    def __init__(self, node: str, say: Say, grace: float) -> None:
        self.node = node
        self._say = say
        self._grace = grace
        self.when_gone: Callable[[str], None] = lambda _node: None
        """Told the name of each node that has stopped or fallen silent."""
        self._parts: dict[str, Part] = {}
        self._heard: dict[str, float] = {}
        self._known: set[str] = set()
        """Those of which this node has been told all that they have."""
        self._burials: dict[str, asyncio.TimerHandle] = {}
        self._beat: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._well: Callable[[], bool] = lambda: True
        self._hearing: dict[str, Callable[[str, Json], None]] = {
            "hello": self._greeted,
            "roll": self._rolled,
            "change": self._changed,
            "alive": lambda _node, _value: None,
            "gone": lambda _node, about: self._gone(about),
            "bye": lambda node, _value: self._gone(node),
            "buried": self._buried,
        }

    @property
    def others(self) -> list[str]:
        """The other nodes that are there."""
        return [node for node in self._heard if node != self.node]

    def add(self, name: str, part: Part) -> None:
        """Keep one more matter; before `start`."""
        self._parts[name] = part

    def teller(self, name: str) -> Callable[[Json], None]:
        """What a part calls to say what has changed of it here."""
        return lambda change: self._publish("change", [name, change])

    def start(self, well: Callable[[], bool]) -> None:
        """Call for everybody's part, and give this node's. While not `well` nobody is given up."""
        self._well = well
        self._meet()
        self._beat_later()

    def stop(self) -> None:
        """Say goodbye; the others see to what is left."""
        for timer in (self._beat, *self._burials.values()):
            if timer is not None:
                timer.cancel()
        self._burials.clear()
        self._publish("bye")
        self._say = _nothing

    def back(self) -> None:
        """The nodes hear one another again: say all anew, as nobody knows what was missed."""
        now = time.monotonic()
        self._heard = dict.fromkeys(self._heard, now)
        self._meet()

    def hear(self, body: bytes) -> None:
        """What some node said. Raises ValueError for what none can have said."""
        try:
            kind, node, value = orjson.loads(body)
            hearing = self._hearing[kind]
        except (KeyError, TypeError) as error:
            raise ValueError(type(error).__name__) from None
        if kind not in {"bye", "gone", "buried"}:
            self._heard[node] = time.monotonic()
        hearing(node, value)

    def _meet(self) -> None:
        self._publish("hello")
        self._call_roll()

    def _publish(self, kind: str, value: Json = None) -> None:
        # The default is for asyncpg's own kind of UUID, which orjson does not know.
        self._say(orjson.dumps((kind, self.node, value), default=str))

    def _call_roll(self) -> None:
        self._publish("roll", {name: part.own() for name, part in self._parts.items()})

    def _greeted(self, node: str, _value: Json) -> None:
        if node != self.node:
            self._call_roll()

    def _rolled(self, node: str, value: Json) -> None:
        self._alive_again(node)
        self._known.add(node)
        for name, state in value.items():
            if name in self._parts:
                self._parts[name].replace(node, state, mine=node == self.node)

    def _changed(self, node: str, value: Json) -> None:
        name, change = value
        if name in self._parts:
            self._parts[name].change(node, change, mine=node == self.node)

    def _gone(self, node: str) -> None:
        self._heard.pop(node, None)
        if node == self.node:
            self._is_here()
            return
        for part in self._parts.values():
            part.gone(node)
        self.when_gone(node)
        if node not in self._burials:
            wait = self._grace + random.uniform(0, 1)  # noqa: S311 - so that one comes first
            if node not in self._known:  # this one started when it had died
                wait += LATER
            loop = asyncio.get_running_loop()
            self._burials[node] = loop.call_later(wait, self._publish, "buried", node)

    def _buried(self, by: str, node: str) -> None:
        self._alive_again(node)
        self._known.discard(node)
        for part in self._parts.values():
            part.bury(node, mine=by == self.node)
        if node == self.node:
            self._is_here()

    def _is_here(self) -> None:
        """Given up by others while it stood still, or buried as it came back."""
        if self._beat is not None and not self._beat.cancelled():
            self._call_roll()

    def _alive_again(self, node: str) -> None:
        burial = self._burials.pop(node, None)
        if burial is not None:
            burial.cancel()

    def _beat_later(self) -> None:
        self._due = time.monotonic() + BEAT
        self._beat = asyncio.get_running_loop().call_later(BEAT, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        late = now - self._due
        self._beat_later()
        if not self._well():
            return
        self._publish("alive")
        if late > SILENCE / 2:  # this process stood still: what others said is yet to be read
            self._heard = dict.fromkeys(self._heard, now)
        for node, heard in tuple(self._heard.items()):
            if now - heard > SILENCE and node != self.node:
                log.warning("node gone", gone=node)
                self._publish("gone", node)


def _nothing(_body: bytes) -> None:
    pass
