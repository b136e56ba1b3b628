"""What must leave this house later: rows committed with their cause, taken by one worker at a time.

A worker holds what it has taken for a while. If it dies, that is due again, and another takes it;
whoever held it too long finds that it is no longer hers and changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain.actor import Node
from realtime.domain.ids import new_id
from realtime.domain.steps import ROWS, portions
from realtime.models import Broadcast, Notification, Outbox, PushSubscription
from realtime.models.copies import like
from realtime.models.raw import rows, time_of, uuid_of

PUSH = "push"
"""The kind of what a browser is to show."""

BROADCAST = "broadcast"
"""The kind of what is to become a push for everybody whose browser wants that."""

WEBHOOK = "webhook"
"""The kind of what another backend is told."""

WEBHOOK_DEAD = "webhook_dead"
"""The kind of what another backend has not taken for a day."""

LIFE = timedelta(days=1)
"""How long sending is tried, unless what is sent expires before."""

LEASE = timedelta(seconds=60)
"""How long a worker holds what it has taken: longer than anything that it does with it."""


LEFT = timedelta(minutes=10)
"""How long a worker has to say of what has expired that it did."""


# The first condition finds the index that leaves webhooks out, however many wait for an endpoint.
DUE = f"""
    SELECT id FROM outbox WHERE kind <> '{WEBHOOK}' AND kind IN texts(?) AND due_at <= ?
    ORDER BY due_at LIMIT ?
"""  # noqa: S608 - no value is part of it

NEXT = f"""
    SELECT due_at FROM outbox WHERE kind <> '{WEBHOOK}' AND kind IN texts(?)
    ORDER BY due_at LIMIT 1
"""  # noqa: S608 - no value is part of it


LOST = f"""
    SELECT id FROM outbox WHERE kind <> '{WEBHOOK}' AND due_at <= ? AND expires_at < ? LIMIT ?
"""  # noqa: S608 - no value is part of it

WAITING = {
    PUSH: f"kind <> '{WEBHOOK}' AND kind = '{PUSH}' AND due_at <= ?2",
    WEBHOOK: f"kind = '{WEBHOOK}'",
    WEBHOOK_DEAD: f"kind = '{WEBHOOK_DEAD}'",
}
"""Which rows of a kind wait: each has an index."""

COUNT = """
    SELECT count(*) AS number FROM (SELECT 1 FROM outbox WHERE {} LIMIT ?1) AS some_of_them
"""

MOST_COUNTED = 10_000
"""More are as bad, and would take long to count."""

FINISH = "DELETE FROM outbox WHERE id IN uuids(?) AND holder IN texts(?) RETURNING id"

PUT_BACK = """
    UPDATE outbox SET due_at = ?, holder = NULL, looks = looks + ?
    WHERE id IN uuids(?) AND holder IN texts(?) RETURNING id
"""


async def enter_pushes(node: Node, made: Sequence[Notification], now: datetime) -> None:
    """In the transaction that stores them: these notifications are to be pushed, to whom a browser
    wants that."""
    if not node.rules.pushing.on:
        return
    wakeable = await wakeable_among({row.user_id for row in made})
    for portion in portions(row for row in made if row.user_id in wakeable):
        await Outbox.bulk_create([_push(row, node.rules.pushing.wait, now) for row in portion])


def _push(row: Notification, wait: timedelta, now: datetime) -> Outbox:
    return Outbox(
        id=row.id,
        kind=PUSH,
        user_id=row.user_id,
        notification_id=row.id,
        message_id=row.message_id,
        due_at=now + wait,
        expires_at=_until(row.expires_at, now),
        created_at=now,
    )


async def enter_push_again(node: Node, row: Notification, now: datetime) -> None:
    """In the transaction that makes it new again; what still waits of before counts no more."""
    await Outbox.filter(user_id=row.user_id, notification_id=row.id, kind=PUSH).delete()
    await enter_pushes(node, [row], now)


async def enter_broadcast(node: Node, made: Broadcast, now: datetime) -> None:
    """In the transaction that stores it: everybody is to be woken for it, a portion at a time."""
    if node.rules.pushing.on:
        await Outbox.create(
            id=made.id,
            kind=BROADCAST,
            notification_id=made.id,
            due_at=now + node.rules.pushing.wait,
            expires_at=_until(made.expires_at, now),
            created_at=now,
        )


def pushes_of(row: Outbox, ids: Mapping[str, UUID]) -> list[Outbox]:
    """A push for each of these users, with the id that the broadcast has for her; stored nowhere
    yet."""
    one = Outbox(
        kind=PUSH,
        body={"broadcast": str(row.notification_id)},
        due_at=row.created_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )
    return [like(one, id_, user_id=user_id, notification_id=id_) for user_id, id_ in ids.items()]


async def go_on(row: Outbox, body: Mapping[str, Any]) -> bool:
    """A portion of it is done: whoever looks at it next goes on from there."""
    return bool(await held(row).update(body=dict(body)))


async def wakeable_among(user_ids: Iterable[str]) -> set[str]:
    """Those of these users with a browser that wants to be woken."""
    found: set[str] = set()
    for portion in portions(user_ids):
        theirs = PushSubscription.filter(user_id__in=portion).distinct()
        found.update(map(str, await theirs.values_list("user_id", flat=True)))
    return found


async def take(holder: str, kinds: Collection[str], most: int, now: datetime) -> list[Outbox]:
    """Take what is due, the longest first; nobody else has it until the lease is over."""
    if not await rows(DUE, list(kinds), now, 1):
        return []  # SQLite has one writer, whom nobody should disturb for nothing
    async with in_transaction():
        waiting = await rows(f"{DUE} FOR UPDATE SKIP LOCKED", list(kinds), now, most)
        return await hold(holder, [uuid_of(row["id"]) for row in waiting], now)


async def hold(holder: str, ids: Sequence[UUID], now: datetime) -> list[Outbox]:
    """In the transaction that has locked them: nobody else has these, as far as they are there,
    until the lease is over."""
    these = Outbox.filter(id__in=ids)
    await these.update(holder=holder, due_at=now + LEASE)
    found = {row.id: row for row in await these}
    return [found[id_] for id_ in ids if id_ in found]


async def next_due(kinds: Collection[str]) -> datetime | None:
    """When something is due next; None where nothing waits."""
    first = await rows(NEXT, list(kinds))
    return time_of(first[0]["due_at"]) if first else None


async def waiting(now: datetime) -> dict[str, int]:
    """How much there is of each kind, counted up to ``MOST_COUNTED``: pushes that are due and that
    nobody has taken, webhooks that no endpoint has taken, and those that are dead."""
    found = {}
    for kind, which in WAITING.items():
        values = (MOST_COUNTED, now) if "?2" in which else (MOST_COUNTED,)
        (counted,) = await rows(COUNT.format(which), *values)
        found[kind] = counted["number"]
    return found


async def finish(row: Outbox) -> bool:
    """It is done with; False if it was no longer hers who says so."""
    return bool(await held(row).delete())


async def finish_all(pushes: Sequence[Outbox]) -> set[UUID]:
    """These are done with; gives those that were still hers who says so."""
    return {uuid_of(row["id"]) for row in await rows(FINISH, *_names(pushes))}


async def try_again(row: Outbox, due_at: datetime) -> bool:
    """It was tried in vain: once more at a time."""
    changed = await held(row).update(due_at=due_at, holder=None, attempts=row.attempts + 1)
    return bool(changed)


async def put_back(pushes: Sequence[Outbox], due_at: datetime) -> set[UUID]:
    """Look at these again at a time; gives those that were still hers who says so."""
    return {uuid_of(row["id"]) for row in await rows(PUT_BACK, due_at, 0, *_names(pushes))}


async def look_again(pushes: Sequence[Outbox], due_at: datetime) -> set[UUID]:
    """Decide about these later: they may go away meanwhile; gives those that were still hers who
    says so."""
    return {uuid_of(row["id"]) for row in await rows(PUT_BACK, due_at, 1, *_names(pushes))}


async def enter_for_browsers(
    pushes: Sequence[tuple[Outbox, Sequence[UUID]]], due_at: datetime | None = None
) -> None:
    """In the transaction that takes these away: a row for each of its browsers takes the place of
    each, due at a time or, where none is said, before all that came later."""
    made = [
        _to(push, each, due_at or push.created_at) for push, browsers in pushes for each in browsers
    ]
    await Outbox.bulk_create(made, batch_size=ROWS)


async def enter_later(pushes: Sequence[Outbox], due_at: datetime) -> None:
    """These have been looked at and are stored nowhere yet: they are decided at a time."""
    for push in pushes:
        push.looks, push.due_at = push.looks + 1, due_at
    await Outbox.bulk_create(pushes, batch_size=ROWS)


async def forget(now: datetime, most: int) -> int:
    """Let go of what expired a while ago, `most` at once: nobody looks at it, or it cannot be
    decided and comes again each minute. Of webhooks only the dead ones: the others die first."""
    before = now - LEFT
    lost = [row["id"] for row in await rows(LOST, now + LEASE, before, most)]
    if lost:
        await Outbox.filter(id__in=lost, expires_at__lt=before).delete()
    return len(lost)


def _to(push: Outbox, subscription_id: UUID, due_at: datetime) -> Outbox:
    its = {"subscription_id": subscription_id, "due_at": due_at, "holder": None, "attempts": 0}
    return like(push, new_id(), **its)


def _until(expires_at: datetime | None, now: datetime) -> datetime:
    """How long it is tried to tell of something: for as long as it holds, and a day at most."""
    return min(expires_at or now + LIFE, now + LIFE)


def _names(pushes: Sequence[Outbox]) -> tuple[list[str], list[str]]:
    """What finds these as long as they are hers who says so."""
    return [str(each.id) for each in pushes], list({str(each.holder) for each in pushes})


def held(row: Outbox) -> QuerySet[Outbox]:
    """A row, as long as whoever took it has it: another worker may have taken it since."""
    return Outbox.filter(id=row.id, holder=row.holder)
