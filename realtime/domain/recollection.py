"""What those ask about the past who come back after a while; after a restart, all at once."""

from collections.abc import Awaitable, Callable, Sequence

from realtime.domain import epochs, moments, sayings
from realtime.domain.heard import Heard, Place
from realtime.domain.sayings import Record
from realtime.models.asking import AskedTogether
from realtime.together import Key, Value


class Recollection:
    """Asks the database for all of them together what each would ask alone. Owned by one node.

    Nothing is remembered from one question to the next, since other processes go on keeping what
    they say.
    """

    def __init__(self) -> None:
        self._records = AskedTogether(_once_each(_record))
        self._births = AskedTogether(_once_each(sayings.next_birth))
        self._moments = AskedTogether(_once_each(_now))
        self._forgotten = AskedTogether(_once_each(_forgotten))

    async def heard(self, epoch: str, at: Place, low: Place | None = None) -> Heard | None:
        """See ``sayings.heard``."""
        kept = await self._records.of((epoch, sayings.second_of(at)))
        return await sayings.heard(kept, at, low, self._births.of)

    async def now(self) -> str:
        """A moment of the database that is not over when this is called."""
        return await self._moments.of(None)

    async def forgotten(self) -> int:
        """Up to where the journal has been let go of."""
        return await self._forgotten.of(None)


def _once_each(
    find: Callable[[Key], Awaitable[Value]],
) -> Callable[[Sequence[Key]], Awaitable[list[Value]]]:
    """Finds each of many by itself, and what several ask for once."""

    async def ask(keys: Sequence[Key]) -> list[Value]:
        found = {key: await find(key) for key in dict.fromkeys(keys)}
        return [found[key] for key in keys]

    return ask


async def _record(key: tuple[str, int]) -> Record:
    return await sayings.record(*key)


async def _now(_: None) -> str:
    return await moments.now()


async def _forgotten(_: None) -> int:
    return int((await epochs.current()).forgotten)
