"""What the writer asks of a database, in the words of neither."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from realtime.domain.outbox import LIFE, PUSH
from realtime.domain.ports import Draft
from realtime.stores.writer.entry import Entry

COLUMNS = """
    m.id, m.conversation_id, m.sender_id, m.client_id, m.seq, m.change, m.kind, m.content,
    m.attachments, m.created_at, m.updated_at, m.edited_at, m.deleted_at, m.read_at
"""
"""Of a message ``m``, for ``Stored``."""


class Key(NamedTuple):
    """What makes a retry: the same conversation, sender and client id."""

    conversation_id: UUID
    sender_id: str
    client_id: str


@dataclass(slots=True)
class Locked:
    """A conversation while its row is locked: what its next message follows."""

    version: int
    last_seq: int
    last_change: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was there already."""

    id: UUID
    conversation_id: UUID
    sender_id: str
    client_id: str | None
    seq: int
    change: int
    kind: str
    content: str
    attachments: str | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    read_at: datetime | None


Present = Mapping[UUID, set[str]]
"""Who has joined which conversation, and so needs no notification."""


class Reach(NamedTuple):
    """The users who want no notification of messages, and those with a browser to be woken."""

    muted: set[str]
    wakeable: set[str]


class Statements(Protocol):
    """Everything the writer asks of one database, inside one open transaction."""

    async def lock(self, conversation_ids: Sequence[UUID]) -> dict[UUID, Locked]:
        """Lock these conversations, in id order, until the end; those that are gone are absent."""
        ...

    async def stored_as(self, keys: Sequence[Key]) -> list[Stored]:
        """The messages that earlier sends with these client ids stored."""
        ...

    async def stored_with(self, ids: Sequence[UUID]) -> list[Stored]:
        """The messages with these ids."""
        ...

    async def notified(self, message_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
        """The notifications these messages made: their ids, messages and users."""
        ...

    async def reach(self, user_ids: Collection[str]) -> Reach:
        """Which of these users are told of a message, and how."""
        ...

    async def insert(self, entries: Sequence[Entry]) -> None:
        """Store these numbered messages, in their order, the notifications they make, and what is
        to be pushed of them."""
        ...

    async def advance(self, locked: Mapping[UUID, Locked]) -> None:
        """Remember each conversation's last number, change and time."""
        ...


class Store(Protocol):
    """A database as the writer uses it."""

    def statements(self, transaction: TransactionalDBClient) -> Statements:
        """The careful way, step by step inside a transaction."""
        ...

    async def at_once(self, entries: Sequence[Entry], present: Present) -> None:
        """Number and store what needs no second look, in one statement, all of it or nothing.

        What was stored is numbered when this returns; the other entries are as they were.
        """
        ...

    def try_again(self, error: BaseException) -> bool:
        """Whether the same batch may succeed later, or has succeeded unheard."""
        ...

    def bad_text(self, error: BaseException) -> bool:
        """Whether the database refused a text."""
        ...


def key_of(draft: Draft) -> Key | None:
    """What makes the draft a retry of another."""
    if draft.client_id is None:
        return None
    return Key(draft.conversation.id, draft.sender.id, draft.client_id)


def reached(found: Iterable[tuple[str, bool]]) -> Reach:
    """Users, each with whether she can be woken or, if not, wants no notification."""
    reach = Reach(set(), set())
    for user_id, wakeable in found:
        (reach.wakeable if wakeable else reach.muted).add(user_id)
    return reach


def push_rows(entries: Iterable[Entry], wakes: timedelta | None) -> list[dict[str, Any]]:
    """What of these messages is to be pushed, as the outbox keeps it, some time after them."""
    if wakes is None:
        return []
    return [
        {
            "id": each.id,
            "kind": PUSH,
            "user_id": each.user_id,
            "message_id": each.message_id,
            "due_at": entry.draft.created_at + wakes,
            "expires_at": entry.draft.created_at + LIFE,
            "created_at": entry.draft.created_at,
        }
        for entry in entries
        for each in entry.notifications
        if each.id in entry.pushed
    ]
