"""The record of what was said when: kept by the nodes, read for who was away for long.

Each stored change has a place in the order of its conversation or user; what nodes say has a place
in the one order in which all of them hear it. These rows tell which of the first had been said at
one of the second.
"""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson

from realtime.domain import moments
from realtime.domain.heard import Doubt, Heard, Place, Saying
from realtime.domain.ids import id_text
from realtime.domain.orders import Order
from realtime.domain.steps import delete_first
from realtime.models import Said

BIRTH, BESIDE = 0, 1
"""The number of an epoch's first row: nothing of the epoch was said before it. When the first kind
was kept nobody said anything any more, when the second was, the process before may have."""

LONG_MS = 60_000
"""How long after its commit a change may be said at most: by a sweep, after its node has died."""

SECOND_MS = 1_000

SOON = 10.0
"""Seconds after a place within which a moment may be taken for it; far fewer than the above."""

READ, SMALL = 128, 32_768
"""How many rows that were read are remembered, a minute before somebody left and one after it, and
of how many bytes at most, a thousand changes or so: 50 MB in all, where so much is said."""

BEGUN, DONE = 1, 2
"""The numbers of a broadcast's two steps: whoever left between them may have heard of it."""


@dataclass(frozen=True, slots=True)
class While:
    """All that was said from one place on (which is left out) up to another."""

    number: int
    since: Place
    upto: Place
    said: Sequence[Saying] = ()
    shared: bool = False
    """Whether other nodes keep just that under the same number: one of them is enough."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept from a minute before some second to a minute after it, for all who ask."""

    rows: Sequence[Said]
    said: Mapping[str, Sequence[Saying]]


def of_broadcast(broadcast_id: UUID, *, done: bool) -> Order:
    """What is noted where everybody begins to be told something, and where all have been."""
    return f"broadcast:{id_text(broadcast_id)}", DONE if done else BEGUN


async def begin(epoch: str, at: Place, now: datetime, *, beside: bool = False) -> None:
    """An epoch begins, perhaps beside a process that it takes over from: nothing of it was said
    before this place."""
    await keep(epoch, While(BESIDE if beside else BIRTH, at, at, shared=True), now)


async def keep(epoch: str, row: While, now: datetime) -> None:
    """Keep what was said until now, unless another node has.

    Raises IntegrityError where the number of what is not shared is taken, and TimeoutError where
    the database was too slow to tell what was stored by then.
    """
    began = time.monotonic()
    # Twenty thousand a second take 20 ms to pack: others have their turn meanwhile.
    packed = await asyncio.to_thread(_packed, row) if row.said else None
    moment = await moments.now()
    if time.monotonic() - began > SOON:
        raise TimeoutError  # by now things may be stored that are not said for long
    kept = Said(
        epoch=epoch,
        number=row.number,
        since=_text(row.since),
        upto=_text(row.upto),
        moment=moment,
        changes=packed,
        at=now,
    )
    await Said.bulk_create([kept], ignore_conflicts=row.shared)


async def settled(epoch: str, at: Place) -> str | None:
    """A moment so long before a place that all it had seen was said by then, by whomever."""
    row = await _settled(epoch, at[0])
    return None if row is None else row.moment


async def forget(before: datetime, most: int) -> int:
    """Let go of rows from before a time, `most` at once; gives how many were found."""
    return await delete_first(Said.filter(at__lt=before).order_by("at"), most)


def second_of(at: Place) -> int:
    """In which a place is; those who ask for the same can be told of the same record."""
    return at[0] // SECOND_MS


async def record(epoch: str, second: int) -> Record:
    """What is kept about this second."""
    begin = second * SECOND_MS
    first = await _settled(epoch, begin)
    upto = begin + SECOND_MS + LONG_MS
    later = Said.filter(epoch=epoch, number__gt=first.number if first else -1, number__lte=upto)
    rows = [*([first] if first else ()), *await later.order_by("number")]
    said: dict[str, list[Saying]] = {}
    for row in rows:
        for each in _unpacked(row):
            said.setdefault(each.order[0], []).append(each)
    return Record(rows, said)


async def heard(
    kept: Record, at: Place, low: Place | None, next_birth: Callable[[Said], Awaitable[str | None]]
) -> Heard | None:
    """What had been said up to a place; None where that cannot be told.

    Between ``low`` and the place somebody may have heard things in another order.
    """
    old = sum(row.number <= at[0] - LONG_MS for row in kept.rows)
    upto = _up_to(kept.rows[old - 1 :], at) if old else ()
    if not upto or _place(upto[0].upto) > at:
        return None
    covered = _place(upto[-1].upto) >= at
    return Heard(
        at,
        low,
        kept.said,
        before=upto[0].moment,
        upto=_place(upto[-1].upto),
        after=upto[-1].moment if covered else None,
        until=None if covered else upto[-1].moment,
        again=None if covered else await next_birth(upto[-1]),
    )


async def _settled(epoch: str, at: int) -> Said | None:
    old = Said.filter(epoch=epoch, number__lte=at - LONG_MS)
    return await old.order_by("-number").first()


def _up_to(rows: Sequence[Said], at: Place) -> Sequence[Said]:
    """The rows that lead from the first to a place, or as far as any does; none where something is
    missing between. Nodes may keep the same, one a part of it."""
    found = [*rows[:1]]
    for row in sorted(rows[1:], key=lambda row: _place(row.since)):
        if _place(found[-1].upto) >= at:
            break
        if _place(row.since) > _place(found[-1].upto):
            return []
        if _place(row.upto) > _place(found[-1].upto):
            found.append(row)
    return found


async def next_birth(row: Said) -> str | None:
    """The moment of the next epoch's first row, if nobody else said anything then."""
    births = Said.filter(number=BIRTH, id__gt=row.id).exclude(epoch=row.epoch)
    born = await births.order_by("id").first()
    return None if born is None else born.moment


def _packed(row: While) -> bytes:
    begin = row.since[0]
    listed = [
        (ms - begin, number, index, *each.order, each.doubt)
        for each in row.said
        for ms, number, index in [each.at]
    ]
    return zlib.compress(orjson.dumps(listed), level=1)


def _unpacked(row: Said) -> Sequence[Saying]:
    """What a row says; after a restart everybody asks for the same rows within a second."""
    if row.changes is None:
        return ()
    unpack = _read if len(row.changes) <= SMALL else _read.__wrapped__
    return unpack(_place(row.since)[0], bytes(row.changes))


@lru_cache(READ)
def _read(begin: int, changes: bytes) -> Sequence[Saying]:
    listed = orjson.loads(zlib.decompress(changes))
    return tuple(
        Saying(at, (key, change), _doubt(at, doubt))
        for ms, number, index, key, change, doubt in listed
        for at in [(begin + ms, number, index)]
    )


def _doubt(at: Place, kept: list[int] | bool | None) -> Doubt:
    """As it was kept; by nodes of before, only whether there was any."""
    if isinstance(kept, list):
        return kept[0], kept[1]
    return (at[0] - LONG_MS, at[0] + LONG_MS) if kept else None


def _text(place: Place) -> str:
    return "-".join(map(str, place))


@lru_cache(READ)
def _place(text: str) -> Place:
    ms, number, index = map(int, text.split("-"))
    return ms, number, index
