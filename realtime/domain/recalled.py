"""The rows that entries of the journal are about, as they are now: read in a few statements,
however many entries there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from realtime.domain import broadcasts, histories, notifications
from realtime.domain.actor import Node
from realtime.domain.events import ProfileViewed
from realtime.domain.journal import Entry, Kind
from realtime.domain.records import Conversation, Message, Notification
from realtime.domain.steps import portions
from realtime.models import Activity
from realtime.models import Message as MessageRow
from realtime.models import Notification as NotificationRow
from realtime.models.raw import rows, uuid_of

TOLD = (Kind.NOTIFIED, Kind.NOTIFICATIONS_CHANGED)
"""What names notifications that are told as they are now."""

VERSIONS = "SELECT id, version FROM conversations WHERE id IN uuids(?)"

RANGES = """
    SELECT j.id AS entry, m.id, m.sender_id, m.read_at IS NOT NULL AS read,
        m.deleted_at IS NOT NULL AS deleted
    FROM journal j JOIN messages m ON m.conversation_id = j.conversation_id
        AND m.seq BETWEEN j.first_seq AND j.last_seq
    WHERE j.id IN uuids(?) ORDER BY m.seq
"""


@dataclass(frozen=True, slots=True)
class Recalled:
    """``rows`` are the messages named by their ids, the deleted ones too; ``messages`` those that
    are there; ``ranges`` the ids of those that an entry names by their numbers, as far as what it
    says of them still holds. ``made`` are the notifications that messages made, by message;
    ``views`` what was seen, by the entry of the notification that says so.
    """

    conversations: Mapping[UUID, Conversation]
    rows: Mapping[str, MessageRow]
    messages: Mapping[str, Message]
    ranges: Mapping[UUID, tuple[UUID, ...]]
    notifications: Mapping[str, Notification]
    made: Mapping[UUID, tuple[Notification, ...]]
    views: Mapping[UUID, ProfileViewed]


async def recall(node: Node, entries: Sequence[Entry], *, reader: str | None = None) -> Recalled:
    """Read what these entries are about; of the notifications that messages made, where a reader is
    named, hers alone."""
    whose = {} if reader is None else {"user_id": reader}
    conversations = await _conversations(node, entries)
    found = await _rows(entries)
    messages = await _messages(node, conversations, found.values())
    sent = [each.id for each in entries if each.kind == Kind.SENT and str(each.id) in messages]
    told = [id_ for each in entries if each.kind in TOLD for id_ in each.ids]
    return Recalled(
        conversations,
        found,
        messages,
        await _ranges(entries),
        {str(each.id): each for each in await _notifications(node, told, "id", **whose)}
        | await _broadcasts(node, entries, reader),
        _by_message(await _notifications(node, sent, "message_id", **whose)),
        await _views(node, entries),
    )


async def _conversations(node: Node, entries: Iterable[Entry]) -> dict[UUID, Conversation]:
    ids = {each.conversation_id for each in entries if each.conversation_id is not None}
    found = await rows(VERSIONS, sorted(map(str, ids))) if ids else []
    versions = {uuid_of(row["id"]): row["version"] for row in found}
    return await node.memberships.matching(versions)


async def _rows(entries: Iterable[Entry]) -> dict[str, MessageRow]:
    ids = [str(each.id) for each in entries if each.kind == Kind.SENT]
    for each in entries:
        if each.kind in {Kind.EDITED, Kind.DELETED}:
            ids += each.ids
    found: list[MessageRow] = []
    for portion in portions(dict.fromkeys(ids)):
        found += await MessageRow.filter(id__in=portion)
    return {str(row.id): row for row in found}


async def _messages(
    node: Node, conversations: Mapping[UUID, Conversation], found: Iterable[MessageRow]
) -> dict[str, Message]:
    kept = [row for row in found if row.deleted_at is None]
    people = {each.id: each for of in conversations.values() for each in of.people}
    people |= await node.people.named({row.sender_id for row in kept} - people.keys())
    return {
        str(row.id): histories.record(
            row, conversations[row.conversation_id], people[row.sender_id]
        )
        for row in kept
        if row.conversation_id in conversations
    }


async def _ranges(entries: Iterable[Entry]) -> dict[UUID, tuple[UUID, ...]]:
    wanted = {each.id: each for each in entries if each.first_seq is not None}
    found = await rows(RANGES, sorted(map(str, wanted))) if wanted else []
    ids: dict[UUID, list[UUID]] = {}
    for row in found:
        entry = wanted[uuid_of(row["entry"])]
        if _holds(entry, row):
            ids.setdefault(entry.id, []).append(uuid_of(row["id"]))
    return {entry: tuple(each) for entry, each in ids.items()}


def _holds(entry: Entry, row: Mapping[str, Any]) -> bool:
    """Whether a message in its range is one of those that the entry is about."""
    hers = row["sender_id"] == entry.about_id
    if entry.kind == Kind.DELETED:
        return bool(hers and row["deleted"])
    return bool(row["read"] and not row["deleted"] and not hers)


async def _notifications(
    node: Node, ids: Iterable[UUID | str], column: str, **more: str
) -> tuple[Notification, ...]:
    found: list[NotificationRow] = []
    for portion in portions(ids):
        found += await NotificationRow.filter(**{f"{column}__in": portion}, **more)
    return await notifications.records_of(node, found)


async def _broadcasts(
    node: Node, entries: Iterable[Entry], reader: str | None
) -> dict[str, Notification]:
    """What was said to everybody, as it is to this reader, by the broadcasts' ids."""
    said = [each.id for each in entries if each.is_broadcast]
    if reader is None or not said:
        return {}
    found = await broadcasts.as_rows([(reader, id_) for id_ in said])
    wanted = {row.id for row in await broadcasts.wanted_by(reader, list(found.values()))}
    records = await notifications.records_of(node, list(found.values()))
    return {
        str(id_): record
        for (_, id_), record in zip(found, records, strict=True)
        if record.id in wanted
    }


async def _views(node: Node, entries: Iterable[Entry]) -> dict[UUID, ProfileViewed]:
    notified = (each for each in entries if each.kind == Kind.NOTIFIED)
    of = {viewed: each.id for each in notified for viewed in each.ids[1:]}
    found: list[Activity] = []
    for portion in portions(of):
        found += await Activity.filter(id__in=portion)
    people = await node.people.named({row.user_id for row in found})
    return {
        of[str(row.id)]: ProfileViewed(people[row.user_id], row.target_id or "", row.created_at)
        for row in found
    }


def _by_message(made: Iterable[Notification]) -> dict[UUID, tuple[Notification, ...]]:
    found: dict[UUID, tuple[Notification, ...]] = {}
    for each in made:
        if each.message_id is not None:
            found[each.message_id] = (*found.get(each.message_id, ()), each)
    return found
