"""Everything stored that concerns a user since she last asked: for whoever was away.

Complete by construction. One sync fixes two moments of the database; what is told is what the first
had not seen and the second has, in pages that are ordered by position and end where the second
moment does. The next sync begins there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from realtime.domain import cursors, epochs, missed, moments
from realtime.domain.actor import Actor
from realtime.domain.cursors import Cursor
from realtime.domain.events import Event
from realtime.domain.journal import Entry
from realtime.domain.missed import Span
from realtime.domain.recalled import recall
from realtime.domain.replay import event_since
from realtime.models import Epoch
from realtime.models import Message as MessageRow

HEAVIEST = 20_000
"""Rows that the changes of a page may be about: one receipt can name hundreds of messages."""


@dataclass(frozen=True, slots=True)
class Told:
    """A change, and what it says now."""

    entry: Entry
    event: Event


@dataclass(frozen=True, slots=True)
class Synced:
    """A page of what is new. ``cursor`` is where the next one begins, at once if there is ``more``.

    ``reload``: what was missed cannot be told; whoever asked reads all anew, and goes on from here.
    """

    changes: tuple[Told, ...]
    cursor: str
    more: bool = False
    reload: bool = False


async def begin(actor: Actor, *, reload: bool = False) -> Synced:
    """A cursor for now: take it first, then read what there is."""
    epoch = await epochs.current()
    return Synced((), _signed(actor, epoch, Cursor(epoch.name, await moments.now())), reload=reload)


async def since(actor: Actor, given: str, *, limit: int) -> Synced:
    """What has happened since a cursor, oldest first, ``limit`` changes at most.

    Raises BrokenCursor, ForeignCursor.
    """
    epoch = await epochs.current()
    cursor = cursors.read(given, actor.user_id, epoch=epoch.name, secret=epoch.secret)
    now = await moments.now()
    if cursor.epoch != epoch.name or moments.last(cursor.old) > moments.last(now):
        return await begin(actor, reload=True)
    span = Span(cursor.old, cursor.new or now, cursor.after)
    found = await missed.entries(actor.user_id, span, limit + 1)
    if await _has_holes(epoch, span):
        return await begin(actor, reload=True)
    page = _page(found, limit)
    more = len(page) < len(found)
    following = Cursor(epoch.name, span.new)
    if more:
        following = Cursor(epoch.name, span.old, span.new, page[-1].position)
    told = await _told(actor, span, page)
    return Synced(told, _signed(actor, epoch, following), more=more)


async def _has_holes(epoch: Epoch, span: Span) -> bool:
    """Whether something that was missed has been let go of; asked after it was read."""
    current = await epochs.current()
    return current.name != epoch.name or current.forgotten >= moments.unseen(span.old)


def _page(found: Sequence[Entry], limit: int) -> Sequence[Entry]:
    """The first so many, at least one, that are not about too much."""
    weights = accumulate(each.weight for each in found[:limit])
    return found[: max(1, sum(weight <= HEAVIEST for weight in weights))]


async def _told(actor: Actor, span: Span, page: Sequence[Entry]) -> tuple[Told, ...]:
    recalled = await recall(actor.node, page, reader=actor.user_id)
    now = actor.node.clock()

    def is_new(row: MessageRow) -> bool:
        return not moments.saw(span.old, row.position, row.committed_in)

    said = ((entry, event_since(entry, recalled, now, is_new)) for entry in page)
    return tuple(Told(entry, event) for entry, event in said if event is not None)


def _signed(actor: Actor, epoch: Epoch, cursor: Cursor) -> str:
    return cursor.signed(actor.user_id, epoch.secret)
