"""Lists over all nodes, page by page: each node gives the beginning of its part, sorted alike."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from realtime.domain.errors import RateLimited
from realtime.gateway.overseeing.asking import Asking
from realtime.gateway.overseeing.own import CLOSE
from realtime.gateway.overseeing.shapes import Key, Wanted

AT_ONCE: Final = 2
"""Questions under way from one node: each makes every node look through all that it has."""
MOST_WAITING: Final = 20
"""Questions that wait for those; further ones are refused."""


class Page(NamedTuple):
    """Things in order, the last one's key where there are more, and which processes are missing."""

    items: Sequence[Any]
    last: Key | None
    missing: Sequence[str]


class Overseer:
    """Looks at all nodes."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def page(self, of: str, wanted: Wanted, most: int) -> Page:
        """Up to ``most`` things of a list. Raises RateLimited."""
        answers, missing = await self._everyone(of, {**wanted.said(), "most": most + 1})
        merged = _merged(answers)
        keys = sorted(merged)
        last = keys[most - 1] if len(keys) > most else None
        return Page([merged[key] for key in keys[:most]], last, missing)

    async def close(self, sid: str) -> int:
        """Close a socket's connection, wherever it is: 1, or 0. Raises RateLimited."""
        answers, _ = await self._everyone(CLOSE, sid)
        return sum(int(each or 0) for each in answers.values())

    async def _everyone(self, about: str, question: Any) -> tuple[Mapping[str, Any], Sequence[str]]:
        if self._waiting >= MOST_WAITING:
            raise RateLimited(1.0)
        self._waiting += 1
        try:
            async with self._turns:
                return await self._asking.everyone(about, question)
        finally:
            self._waiting -= 1


def _merged(
    answers: Mapping[str, Sequence[tuple[Sequence[str | int], Any]] | None],
) -> dict[Key, Any]:
    """All parts as one; a thing that several nodes have a part of counts once."""
    merged: dict[Key, Any] = {}
    for part in answers.values():
        for found, thing in part or ():
            key = tuple(found)
            known = merged.get(key)
            merged[key] = thing if known is None else _together(known, thing)
    return merged


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A room whose listeners are on several nodes."""
    return {**one, "connections": one["connections"] + other["connections"]}
