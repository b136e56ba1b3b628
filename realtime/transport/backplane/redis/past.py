"""What nodes said before this one listened: it serves nobody until it has read it."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Final

from realtime.transport.backplane import Notice, Place, Unit
from realtime.transport.backplane.redis import metrics, wire
from realtime.transport.backplane.redis.entries import Entry, before, comparable, fields
from realtime.transport.backplane.redis.link import Link
from realtime.transport.backplane.redis.once import Once

log = logging.getLogger("realtime.transport")

SECONDS: Final = 10.0
"""How long that may take; then the node begins with what is said from now on."""
AT_ONCE: Final = 500
"""Entries of one read."""


async def read(
    link: Link, stream: str, begin: bytes, kept_ms: int
) -> tuple[Place, Sequence[Entry]]:
    """The entries before `begin`, as far back as they are kept, and the place of the first.

    Raises Away.
    """
    after, found = b"%d-0" % (comparable(begin)[0] - kept_ms), list[Entry]()
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                bounds = (b"(" + after, before(begin))
                entries = await link.ask("XRANGE", stream, *bounds, "COUNT", AT_ONCE)
                found += entries
                if len(entries) < AT_ONCE:
                    break
                after = found[-1][0]
    except TimeoutError:
        log.warning("redis: what was said before could not be read in time")
        found = []
    return (*comparable(found[0][0] if found else begin), 0), found


def said(entry: Entry, once: Once) -> Iterator[tuple[Place, Unit | Notice]]:
    """The units and notices of an entry; what was to be done to sockets then is over."""
    entry_id, given = entry
    try:
        node, count, blob = fields(given)
        if not once.is_new(node, count):
            return
        for index, message in enumerate(wire.decode(blob)):
            if isinstance(message, Unit | Notice):
                yield (*comparable(entry_id), index), message
    except ValueError:
        metrics.GARBAGE.inc()
