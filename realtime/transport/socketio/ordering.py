"""Units of one key in the order of their numbers, each once, whatever order they arrive in."""

import asyncio
import logging
from asyncio import CancelledError
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from realtime.cancelled import raise_if_cancelled
from realtime.transport.backplane import Place, Unit
from realtime.transport.failure import place
from realtime.transport.socketio.anew import Anew, Say, Warn

log = logging.getLogger("realtime.transport")

GAP_SECONDS: Final = 0.1
"""How long a unit that came early waits before what is missing is asked for."""
ON_ITS_WAY: Final = 1.0
"""How long what is known to be stored, by no unit that came, may be on its way from a node that is
busy. What is loaded is a doubt for whoever comes back here and may have heard it elsewhere."""
CATCH_UP_SECONDS: Final = 5.0
"""How long a node that starts waits for what it misses of the past."""
MOST_PAUSE: Final = 5.0
"""Seconds between two questions at most, while what is missing cannot be loaded."""
MOST_EARLY: Final = 1_000
"""Units of one key that wait for what cannot be loaded; then it is skipped."""
TRIES: Final = 4
"""How often something is said anew and does not come, before a node tells its own clients."""
LATE_MS: Final = 1_000
"""Where a unit was held for longer, another node may have told what it waited for by itself. Less
than `TRIES` take."""
LOADING_MS: Final = 60_000
"""How far apart nodes may load one thing."""
REMEMBERED: Final = 65_536
"""Keys whose position is known. One that was forgotten starts again at the next number it hears."""

_FIRST: Final[Place] = (0, 0, 0)

Deliver = Callable[[Unit], None]
Begins = Callable[[str, int], Awaitable[int]]
"""Asked for the first number of a key, up to the given one, that nobody can have heard of yet."""
Understands = Callable[[str], bool]
"""Asked whether all who listen here understand the languages in which a unit is said."""
Missing = Callable[[str, int, int], Awaitable[Mapping[int, Unit]]]
"""Asked for the units of a key from one number to another, both included; finds what there is.

It ends by itself, and raises if it could not look.
"""


@dataclass(slots=True)
class _Key:
    expected: int
    asking: bool = False
    """Whether it is still to be found out where it begins."""
    stored: int = 0
    """A number that is known to be stored, with all before it."""
    early: dict[int, Unit] = field(default_factory=dict)
    foreign: dict[int, Place] = field(default_factory=dict)
    """Where those stand that came in words that are not understood here."""
    search: asyncio.Task[None] | None = None
    said: tuple[int, int] = (0, 0)
    """Which number was the first of what was said anew, and how often it was."""
    comes: asyncio.Event | None = None
    """Set when something comes of that, while it is waited for."""

    @property
    def lacks(self) -> bool:
        """Whether something is missing that is known to be there."""
        return bool(self.early) or self.expected <= self.stored

    def begin(self, search: Coroutine[Any, Any, None]) -> None:
        """Let it be looked for."""
        self.search = asyncio.get_running_loop().create_task(search)


class Sequencer:
    """Delivers each key's units in the order of their numbers, each once.

    A key that is new here starts at the first number it hears, because what came before was said
    before this node listened; or where `begin_with` says, if somebody listens to its unit.
    """

    def __init__(
        self, deliver: Deliver, listened: Callable[[Unit], bool] = lambda _unit: False
    ) -> None:
        self._deliver = deliver
        self._listened = listened
        self._begins: Begins | None = None
        self._missing: Missing = _nothing
        self._anew: Anew | None = None
        self._understands: Understands = _everything
        self.here: Place | None = None
        """Where the unit stands that is offered, if anybody wants to know."""
        self._held: dict[str, Place] = {}
        """Where the first unit stands that waits, of each key that has some."""
        self._asked: dict[str, Place] = {}
        """Where the first unit stands of each key that waits for an answer: where it begins, or
        what was said in words that are not understood here."""
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    def deliver_with(self, deliver: Deliver) -> None:
        """Give what has its turn to somebody else."""
        self._deliver = deliver

    def load_with(self, missing: Missing) -> None:
        """Ask here for what never came; without it, that is skipped."""
        self._missing = missing

    def say_with(self, say: Say, warn: Warn = lambda: None) -> None:
        """Say here what was loaded, which is then offered like all that is said; without it, each
        node tells it in its own time. Where this one does so all the same, it gives a warning."""
        self._anew = Anew(say, warn)

    def begin_with(self, begins: Begins) -> None:
        """Ask here where a key begins: with several nodes, its first numbers may come in any order
        or, where their node died, not at all."""
        self._begins = begins

    def understand_with(self, understands: Understands) -> None:
        """Ask here about each unit that says what it is said in: one that somebody here would not
        understand is loaded in its place."""
        self._understands = understands

    def stored(self, name: str, first: int, last: int) -> int | None:
        """Numbers from one to another are stored: what of them was never heard is loaded. Returns
        the first of that; None where all was heard."""
        key = self._keys.get(name) or self._key(name, first)
        self._load(name, key, last, ON_ITS_WAY)
        return key.expected if key.expected <= last else None

    def offer(self, unit: Unit) -> None:
        """Deliver the unit and all that waited for it, or hold it, or drop it as heard before."""
        if unit.order is None:
            self._deliver(unit)
            return
        name, number = unit.order
        key = self._keys.get(name)
        if key is None:
            key = self._first(name, number, unit)
        else:
            self._keys.move_to_end(name)
        if unit.said_in is not None and not self._understands(unit.said_in):
            self._hear_foreign(name, key, number)
        elif key.asking or number > key.expected:
            self._hold(name, key, number, unit)
            if key.search is None:
                key.begin(self._close_gap(name, key, GAP_SECONDS))
        elif number == key.expected:
            self._step(key, self._in_its_place(unit, None, loaded=False) if unit.late else unit)
            if key.early or key.search is not None:
                self._go_on(name, key)

    def _hear_foreign(self, name: str, key: _Key, number: int) -> None:
        """What was said in words that somebody here does not understand is loaded, in its place:
        other nodes, where all do, have told it by then."""
        if self.here is not None and number >= key.expected:
            key.foreign.setdefault(number, self.here)
            self._asked.setdefault(name, self.here)
        self._load(name, key, number)

    def _first(self, name: str, number: int, unit: Unit) -> _Key:
        """A key of which this node hears for the first time: where it begins is asked, if somebody
        listens."""
        key = self._key(name, number)
        if number > 1 and self._begins is not None and self._listened(unit):
            key.asking = True
            if self.here is not None:
                self._asked[name] = self.here
            key.begin(self._begin(name, key, self._begins))
        return key

    def expect(self, name: str, number: int) -> None:
        """A key begins with this number, unless it has begun already."""
        self._key(name, number)

    def held_since(self) -> Place | None:
        """Where the oldest unit stands that waits; None where none does."""
        return next(iter(self._held.values()), None)

    def asked_since(self) -> Place | None:
        """Where the oldest unit stands that waits for an answer: each node has its own time for
        that, while what waits for another unit waits for it everywhere."""
        return next(iter(self._asked.values()), None)

    async def caught_up(self) -> None:
        """Wait until what is being looked for is found, but not for long."""
        searches = [key.search for key in self._keys.values() if key.search is not None]
        if searches:
            await asyncio.wait(searches, timeout=CATCH_UP_SECONDS)

    async def close(self) -> None:
        """Stop searching; what waits is dropped."""
        searches = [key.search for key in self._keys.values() if key.search is not None]
        for search in searches:
            search.cancel()
        await asyncio.gather(*searches, return_exceptions=True)
        self._keys.clear()
        self._held.clear()
        self._asked.clear()

    def _load(self, name: str, key: _Key, last: int, pause: float = 0) -> None:
        key.stored = max(key.stored, last)
        if key.lacks:
            self._wait(name)
            if key.search is None:
                key.begin(self._close_gap(name, key, pause))

    def _key(self, name: str, number: int) -> _Key:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = _Key(number)
            if len(self._keys) > REMEMBERED:
                self._forget_one()
        self._keys.move_to_end(name)
        return key

    def _forget_one(self) -> None:
        for _ in range(2):  # while one waits, another behind it is forgotten
            name, key = next(iter(self._keys.items()))
            if key.search is None:
                del self._keys[name]
                return
            self._keys.move_to_end(name)

    def _step(self, key: _Key, unit: Unit) -> None:
        if key.foreign:
            key.foreign.pop(key.expected, None)
        # First the number: delivering may announce, and so come back here.
        key.expected += 1
        self._deliver(unit)

    def _hold(self, name: str, key: _Key, number: int, unit: Unit) -> None:
        key.early[number] = unit if self.here is None else unit._replace(at=self.here)
        self._wait(name)

    def _wait(self, name: str) -> None:
        if self.here is not None:
            self._held.setdefault(name, self.here)

    def _go_on(
        self, name: str, key: _Key, behind: Place | None = None, *, loaded: bool = False
    ) -> Place | None:
        """Deliver what waited for what has just been delivered: in its place `behind`, or now.

        Returns the place of what comes next.
        """
        while (unit := key.early.pop(key.expected, None)) is not None:
            if unit.at is not None:
                behind = behind and max(behind, unit.at)
                unit = self._in_its_place(unit, behind, loaded=loaded)
            self._step(key, unit)
        if not key.lacks:
            self._held.pop(name, None)
        if key.comes is not None:
            key.comes.set()
        self._answered(name, key)
        return behind

    def _answered(self, name: str, key: _Key) -> None:
        if not key.asking and not key.foreign:
            self._asked.pop(name, None)

    def _in_its_place(self, unit: Unit, at: Place | None, *, loaded: bool) -> Unit:
        """A unit that was heard, delivered now, at this place or here."""
        doubt = self._doubt(unit.at, loaded=loaded)
        if not unit.late or doubt or self.here is None:
            return unit._replace(at=at, doubt=doubt, late=False)
        now = self.here[0]
        return unit._replace(at=at, doubt=(now - LOADING_MS, now))

    def _doubt(self, held_at: Place | None, *, loaded: bool) -> tuple[int, int] | None:
        """When other nodes may deliver what was held, and was loaded or not."""
        if self.here is None:
            return None
        now = self.here[0]
        if loaded:
            since = now - LOADING_MS if held_at is None else held_at[0]
            return since, now + LOADING_MS
        return (held_at[0], now) if held_at and now - held_at[0] > LATE_MS else None

    async def _begin(self, name: str, key: _Key, begins: Begins) -> None:
        """Find out where a new key begins, then deliver what has come meanwhile."""
        number = key.expected
        try:
            first = await begins(name, number)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - as where nobody is asked
            raise_if_cancelled(error)
            log.warning("order %s: cannot tell where it begins: %s", name, place(error))
            first = number
        key.expected, key.asking = min(first, number, *key.early), False
        self._go_on(name, key, _FIRST)
        await self._close_gap(name, key, GAP_SECONDS)

    async def _close_gap(self, name: str, key: _Key, pause: float) -> None:
        try:
            while key.lacks:
                first = key.expected
                await asyncio.sleep(pause)
                if key.lacks and key.expected == first and not await self._filled(name, key):
                    pause = min(max(2 * pause, GAP_SECONDS), MOST_PAUSE)
                else:
                    pause = GAP_SECONDS
        finally:
            key.search = None

    async def _filled(self, name: str, key: _Key) -> bool:
        """Close the gap with what can be found; False to ask again later."""
        first, last = key.expected, min(key.early) - 1 if key.early else key.stored
        found = await self._search(name, first, last)
        if found is None and len(key.early) < MOST_EARLY:
            return False
        if found and self._said_anew(key, found, last):
            await self._until_it_comes(key, first)
        else:
            self._pass(name, key, found or {}, last)
        return True

    def _said_anew(self, key: _Key, found: Mapping[int, Unit], last: int) -> bool:
        """Whether all nodes will hear in a moment what is missing, at the same place. What came in
        words that are not understood here the others have told already."""
        missing = range(key.expected, last + 1)
        number, tries = key.said
        tries = tries + 1 if number == key.expected else 1
        whole = found.keys() >= set(missing)
        if self._anew is None or key.foreign or tries > TRIES or not whole:
            return False
        key.said = key.expected, tries
        return self._anew.say([found[each] for each in missing])

    async def _until_it_comes(self, key: _Key, first: int) -> None:
        """What was said anew is waited for, longer each time; then what follows has its turn."""
        if key.expected != first:
            return
        key.comes = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(GAP_SECONDS * 2 ** key.said[1], MOST_PAUSE)):
                await key.comes.wait()
        key.comes = None

    def _pass(self, name: str, key: _Key, found: Mapping[int, Unit], last: int) -> None:
        """Deliver what was found of the gap, and skip the rest of it. Each node loads in its own
        time: all give it the place of what waited for it. One that was cut off may have said it
        long before."""
        if self._anew is not None and found.keys() - key.foreign.keys():
            self._anew.warn()
        place = self._held.get(name)
        for number in range(key.expected, last + 1):
            place = self._go_on(name, key, place, loaded=True)
            if number != key.expected:
                continue  # it arrived during the search
            heard_at = key.foreign.pop(number, None)
            self._answered(name, key)
            place = max(place, heard_at) if place and heard_at else place
            if number in found:
                doubt = self._doubt(heard_at, loaded=heard_at is None)
                self._step(key, found[number]._replace(at=place, doubt=doubt))
            else:
                log.warning("order %s: number %d never came", name, number)
                key.expected += 1
        self._go_on(name, key, place, loaded=True)

    async def _search(self, name: str, first: int, last: int) -> Mapping[int, Unit] | None:
        """What there is of the gap; None if nobody could look."""
        try:
            return await self._missing(name, first, last)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the key must go on
            raise_if_cancelled(error)
            log.warning("order %s: cannot load %d to %d: %s", name, first, last, place(error))
            return None


def _everything(_said_in: str) -> bool:
    """Where nobody says what is understood, all is."""
    return True


async def _nothing(_key: str, _first: int, _last: int) -> Mapping[int, Unit]:
    """Without a source there is nothing to be found."""
    return {}
