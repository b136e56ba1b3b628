"""What those ask about the past who come back after a while; after a restart, all at once."""

from collections.abc import Sequence

from realtime.domain import epochs, moments, sayings
from realtime.domain.heard import Heard, Place
from realtime.domain.sayings import Record
from realtime.models import Said
from realtime.models.asking import AskedTogether


class Recollection:
    """Asks the database for all of them together what each would ask alone. Owned by one node.

    Nothing is remembered from one question to the next, since other processes go on keeping what
    they say.
    """

    def __init__(self) -> None:
        self._records = AskedTogether(_records)
        self._births = AskedTogether(_births)
        self._moments = AskedTogether(_moments)
        self._forgotten = AskedTogether(_forgotten)

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


async def _records(keys: Sequence[tuple[str, int]]) -> list[Record]:
    found = {key: await sayings.record(*key) for key in set(keys)}
    return [found[key] for key in keys]


async def _births(rows: Sequence[Said]) -> list[str | None]:
    found = {
        row.id: await sayings.next_birth(row) for row in {row.id: row for row in rows}.values()
    }
    return [found[row.id] for row in rows]


async def _moments(callers: Sequence[None]) -> list[str]:
    return [await moments.now()] * len(callers)


async def _forgotten(callers: Sequence[None]) -> list[int]:
    return [(await epochs.current()).forgotten] * len(callers)
