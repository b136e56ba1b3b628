"""What the writer reads and writes, in the words of neither database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import orjson

from realtime.domain.ports import Draft
from realtime.domain.records import Attachment


class Key(NamedTuple):
    """What makes a retry: the same conversation, sender and client id."""

    conversation_id: UUID
    sender_id: str
    client_id: str


class MessageRow(NamedTuple):
    """A new row of ``messages``."""

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: str
    kind: str
    content: str
    attachments: orjson.Fragment | None
    client_id: str | None
    created_at: datetime


class NotificationRow(NamedTuple):
    """A new row of ``notifications`` that a message made."""

    id: UUID
    user_id: str
    actor_id: str
    message_id: UUID
    type: str
    text: str
    data: orjson.Fragment
    created_at: datetime


class Last(NamedTuple):
    """A conversation's number and time after a batch."""

    conversation_id: UUID
    seq: int
    at: datetime


Row = Key | MessageRow | NotificationRow | Last


@dataclass(slots=True)
class Locked:
    """A conversation while its row is locked: what its next message follows."""

    version: int
    last_seq: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was there already."""

    id: UUID
    conversation_id: UUID
    sender_id: str
    client_id: str | None
    seq: int
    kind: str
    content: str
    attachments: str | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    read_at: datetime | None


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

    async def muted(self, user_ids: Iterable[str]) -> set[str]:
        """Those of these users who want no notification of messages."""
        ...

    async def insert_messages(self, rows: Sequence[MessageRow]) -> None: ...

    async def insert_notifications(self, rows: Sequence[NotificationRow]) -> None: ...

    async def advance(self, lasts: Sequence[Last]) -> None:
        """Remember each conversation's last number and time."""
        ...


def key_of(draft: Draft) -> Key | None:
    """What makes the draft a retry of another."""
    if draft.client_id is None:
        return None
    return Key(draft.conversation.id, draft.sender.id, draft.client_id)


def attachments_json(attachments: tuple[Attachment, ...] | None) -> orjson.Fragment | None:
    """Attachments as ``messages.attachments`` keeps them. Raises TypeError for a lone surrogate."""
    return None if attachments is None else orjson.Fragment(orjson.dumps(attachments))


def attachments_of(stored: str | None) -> tuple[Attachment, ...] | None:
    """Attachments as ``messages.attachments`` kept them."""
    return None if stored is None else tuple(Attachment(**one) for one in orjson.loads(stored))
