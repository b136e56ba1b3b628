"""What somebody missed who was away for longer than nodes remember: told from what was stored.

All of it or nothing. What was stored and concerns her, and had not been said when she left, is said
now, in its present state; wherever that cannot be told for sure, nothing is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from realtime.domain import blocks, missed, moments, sayings
from realtime.domain.actor import Node
from realtime.domain.events import MessageSent, NotificationCreated
from realtime.domain.heard import Heard, Place
from realtime.domain.journal import Entry, Kind
from realtime.domain.marks import NOTHING, Marks
from realtime.domain.missed import Span
from realtime.domain.recalled import recall
from realtime.domain.replay import event_since
from realtime.domain.steps import portions
from realtime.domain.sync import Told
from realtime.models import Notification

CANDIDATES = 20_000
"""Changes that are looked at for one absence: those that were said in the minute before it too."""


SAY = frozenset(
    (
        Kind.SENT,
        Kind.EDITED,
        Kind.DELETED,
        Kind.READ,
        Kind.NOTIFIED,
        Kind.NOTIFICATION_READ,
        Kind.ALL_NOTIFICATIONS_READ,
        Kind.NOTIFICATIONS_CHANGED,
    )
)
"""What frontends are told of. Who takes part they are not; her own rooms are found out anew."""


UNSURE = "unsure"
"""The reason where it is not known what she has heard; in a second it may be."""


class CannotTell(Exception):  # noqa: N818 - an answer: its word is the reason
    """Nobody can say for sure what was missed, or it is too much."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody was away, and is back.

    ``at`` is the place of the last thing that she heard, in its ``epoch``; from ``low`` on she may
    have heard others in another order. ``marks`` name changes that had been said by then.
    ``sessions`` are those that she had: what they caused is told her only of the conversations that
    she has ``joined``, for there everybody hears it, and she may have gone before.
    """

    user_id: str
    sessions: frozenset[str]
    epoch: str
    at: Place
    low: Place | None = None
    marks: Marks = NOTHING
    joined: frozenset[UUID] = frozenset()


async def told_later(node: Node, absence: Absence, *, most: int) -> list[Told]:
    """What was missed, oldest first, each change once.

    Call it when she hears again what is said from now on: what was stored by then and is being said
    may be among it. Raises CannotTell, for more than ``most`` changes too.
    """
    past = node.recollection
    heard = await past.heard(absence.epoch, absence.at, absence.low)
    if heard is None:
        raise CannotTell("no record")
    span = Span(heard.before, await past.now())
    found = await missed.entries(absence.user_id, span, CANDIDATES + 1)
    if await past.forgotten() >= moments.unseen(heard.before):
        raise CannotTell("too old")
    unwanted = await blocks.pairs_of(node, absence.user_id)
    hers = [each for each in _hers(absence, found) if each.order[0] not in unwanted]
    unsaid = [each for each in hers if not _was_said(absence, heard, each)]
    if len(found) > CANDIDATES or len(unsaid) > most:
        raise CannotTell("too much")
    return await _told(node, absence, unsaid)


async def _told(node: Node, absence: Absence, unsaid: Sequence[Entry]) -> list[Told]:
    recalled = await recall(node, unsaid, reader=absence.user_id)
    new = {entry.id for entry in unsaid if entry.kind == Kind.SENT}
    now = node.clock()
    said = ((each, event_since(each, recalled, now, lambda row: row.id in new)) for each in unsaid)
    return [Told(entry, event) for entry, event in said if event is not None]


async def count_as_shown(node: Node, told: Iterable[Told]) -> None:
    """The notifications among what was told are not to be told as new again."""
    ids: list[UUID] = []
    for event in (each.event for each in told):
        if isinstance(event, NotificationCreated):
            ids.append(event.notification.id)
        elif isinstance(event, MessageSent):
            ids += [each.id for each in event.notifications]
    for portion in portions(ids):
        await Notification.filter(id__in=portion, shown_at=None).update(shown_at=node.clock())


def _hers(absence: Absence, found: Sequence[Entry]) -> list[Entry]:
    """Without what she is told nothing of, and what was said in a conversation before she came.

    Raises CannotTell where she left one meanwhile and came back.
    """
    came, went = {}, set()
    for each in found:
        if each.kind == Kind.JOINED and absence.user_id in each.ids:
            came[each.conversation_id] = each.change
        elif each.kind == Kind.LEFT and each.about_id == absence.user_id:
            went.add(each.conversation_id)
    if went & came.keys():
        raise CannotTell("came and went")
    return [
        each
        for each in found
        if each.kind in SAY
        and (each.session not in absence.sessions or each.conversation_id in absence.joined)
        and (each.is_broadcast or each.change > came.get(each.conversation_id, 0))
    ]


def _was_said(absence: Absence, heard: Heard, entry: Entry) -> bool:
    """Whether she has heard of it. Raises CannotTell."""
    gone = heard.after or heard.again
    if gone and not moments.saw(gone, entry.position, entry.committed_in):
        return False  # it was stored when nobody said anything to her any more
    if entry.is_broadcast:
        return _everybody_was_told(heard, entry)
    key, number = entry.order
    marked = absence.marks.last_of(key)
    if marked is not None:
        return number <= marked
    said = heard.was_said(entry.order)
    if heard.is_doubtful(entry.order) or (said and heard.was_said_between(key)):
        raise CannotTell(UNSURE)
    if not said and heard.until is not None and not absence.marks.names_all(key, heard.upto[0]):
        raise CannotTell(UNSURE)
    return said


def _everybody_was_told(heard: Heard, entry: Entry) -> bool:
    """Whether she has heard of a broadcast: nobody notes each who has. Raises CannotTell."""
    key, done = sayings.of_broadcast(entry.id, done=True)
    said = heard.last(key)
    if heard.was_said_between(key) or (said != done and heard.until is not None):
        raise CannotTell(UNSURE)
    if said == done:
        return True
    if said or not heard.names(key):  # it was being told, or nobody noted when
        raise CannotTell(UNSURE)
    return False
