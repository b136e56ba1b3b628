"""Units of one key in the order of their numbers, each once, whatever order they arrive in."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from realtime.transport.backplane import Unit
from realtime.transport.socketio.failure import place

log = logging.getLogger("realtime.transport")

GAP_SECONDS: Final = 0.1
"""How long a unit that came early waits before what is missing is asked for."""
REMEMBERED: Final = 65_536
"""Keys whose position is known. One that was forgotten starts again at the next number it hears."""

Deliver = Callable[[Unit], None]
Missing = Callable[[str, int, int], Awaitable[Mapping[int, Unit]]]
"""Asked for the units of a key from one number to another, both included; finds what it can."""


@dataclass(slots=True)
class _Key:
    expected: int
    early: dict[int, Unit] = field(default_factory=dict)
    search: asyncio.Task[None] | None = None


class Sequencer:
    """Delivers each key's units in the order of their numbers, each once.

    A key that is new here starts at the first number it hears, because what came before was said
    before this node listened.
    """

    def __init__(self, deliver: Deliver, missing: Missing | None = None) -> None:
        self._deliver = deliver
        self._missing = missing
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    def offer(self, unit: Unit) -> None:
        """Deliver the unit and all that waited for it, or hold it, or drop it as heard before."""
        if unit.order is None:
            self._deliver(unit)
            return
        name, number = unit.order
        key = self._key(name, number)
        if number > key.expected:
            key.early[number] = unit
            if key.search is None:
                key.search = asyncio.get_running_loop().create_task(self._close_gap(name, key))
        elif number == key.expected:
            self._step(key, unit)
            if key.early:
                self._go_on(key)

    async def close(self) -> None:
        """Stop searching; what waits is dropped."""
        searches = [key.search for key in self._keys.values() if key.search is not None]
        for search in searches:
            search.cancel()
        await asyncio.gather(*searches, return_exceptions=True)
        self._keys.clear()

    def _key(self, name: str, number: int) -> _Key:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = _Key(number)
            if len(self._keys) > REMEMBERED:
                self._forget_one()
        self._keys.move_to_end(name)
        return key

    def _forget_one(self) -> None:
        name, key = next(iter(self._keys.items()))
        if key.search is None:
            del self._keys[name]

    def _step(self, key: _Key, unit: Unit) -> None:
        # First the number: delivering may announce, and so come back here.
        key.expected += 1
        self._deliver(unit)

    def _go_on(self, key: _Key) -> None:
        while (unit := key.early.pop(key.expected, None)) is not None:
            self._step(key, unit)

    async def _close_gap(self, name: str, key: _Key) -> None:
        try:
            while key.early:
                first = key.expected
                await asyncio.sleep(GAP_SECONDS)
                if key.early and key.expected == first:
                    await self._fill(name, key)
        finally:
            key.search = None

    async def _fill(self, name: str, key: _Key) -> None:
        """Deliver what can be found of the gap, and skip the rest of it."""
        first, last = key.expected, min(key.early) - 1
        found = await self._search(name, first, last)
        for number in range(first, last + 1):
            if number != key.expected:
                continue  # it arrived during the search
            if number in found:
                self._step(key, found[number])
            else:
                log.warning("order %s: number %d never came", name, number)
                key.expected += 1
        self._go_on(key)

    async def _search(self, name: str, first: int, last: int) -> Mapping[int, Unit]:
        if self._missing is None:
            return {}
        try:
            return await self._missing(name, first, last)
        except Exception as error:  # noqa: BLE001 - the key must go on whatever the search met
            log.warning("order %s: cannot load %d to %d: %s", name, first, last, place(error))
            return {}
