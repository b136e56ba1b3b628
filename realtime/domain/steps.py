"""Long work in short transactions, so that others have their turn in between.

SQLite has one writer: what takes it for seconds stops everybody. PostgreSQL's locks do the same to
whoever wants the same rows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from tortoise.expressions import Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

Each = TypeVar("Each")
Row = TypeVar("Row", bound=Model)

ROWS = 500
"""Rows of one step, and ids of one event, at most."""

FEWEST = 50

SECONDS = 0.05
"""How long a step may hold the database; after a longer one the next is half as large."""


async def in_steps(step: Callable[[int], Awaitable[int]]) -> int:
    """Repeat a step that changes so many rows at most, until it finds fewer; gives how many in all.

    Each is a transaction of its own, which has ended when it returns.
    """
    changed, size = 0, ROWS
    while True:
        began = time.monotonic()
        found = await step(size)
        changed += found
        if found < size:
            return changed
        if time.monotonic() - began > SECONDS:
            size = max(FEWEST, size // 2)
        await asyncio.sleep(0)


def first_of(found: QuerySet[Row], size: int) -> QuerySet[Row]:
    """The first so many, for an update or a deletion, which cannot look into other tables."""
    return found.model.filter(id__in=Subquery(found.limit(size).values("id")))


async def read_in_portions(found: QuerySet[Row]) -> list[Row]:
    """All of them, in the order of their ids: others have their turn between so many."""
    read: list[Row] = []
    for portion in portions(await found.order_by("id").values_list("id", flat=True)):
        read += await found.filter(id__in=portion).order_by("id")
        await asyncio.sleep(0)
    return read


async def delete_first(found: QuerySet[Row], most: int) -> int:
    """Delete the first so many, but for what is none of them any more; gives how many there were,
    fewer than that at the end."""
    ids = list(await found.limit(most).values_list("id", flat=True))
    if ids:
        await found.filter(id__in=ids).delete()
    return len(ids)


def rounded(ids: Iterable[Each]) -> list[Each]:
    """These, the last so often that there are a power of two: the statements that look for one of
    many are then few, and each is planned once, not anew for each number of values."""
    found = list(ids)
    return found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found))


async def by_turns(all_of_them: Iterable[Each], size: int = ROWS) -> AsyncIterator[Each]:
    """Each of these; after so many, whoever else waits for the loop has it: to make ten thousand
    rows takes half a second, in which a node's clients hear nothing."""
    for number, each in enumerate(all_of_them, 1):
        yield each
        if number % size == 0:
            await asyncio.sleep(0)


def portions(all_of_them: Iterable[Each], size: int = ROWS) -> Iterator[list[Each]]:
    """So many at a time: PostgreSQL takes no more than 32 767 values in one statement."""
    rest = iter(all_of_them)
    while portion := list(islice(rest, size)):
        yield portion
