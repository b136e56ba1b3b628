"""One batch of the writer, while its conversations are locked: who is answered what.

Pure: it decides, the writer reads and writes. Rows are built once; what is stored is announced.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from realtime.domain.errors import NotParticipant, UnknownConversation
from realtime.domain.ports import Draft, Written
from realtime.domain.records import NEW_MESSAGE, Conversation, Message, Person
from realtime.stores.writer.entry import (
    Entry,
    Numbered,
    absent,
    event_of,
    notification,
    number,
    stored_message,
)
from realtime.stores.writer.rows import (
    Key,
    Last,
    Locked,
    MessageRow,
    NotificationRow,
    Stored,
)


class Batch:
    """Drafts in the order in which they came."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.numbered: list[Numbered] = []
        self.reloaded: dict[UUID, Conversation] = {}

    def forget(self) -> None:
        """What was decided has been rolled back."""
        for entry in self.entries:
            entry.outcome = entry.event = None

    def parted(self) -> tuple[list[Entry], list[Entry]]:
        """The entries that are settled, and those of which nothing has been decided."""
        settled = [entry for entry in self.entries if entry.outcome is not None]
        return settled, [entry for entry in self.entries if entry.outcome is None]

    def conversation_ids(self) -> list[UUID]:
        """The conversations to lock, each once."""
        return sorted({entry.draft.conversation.id for entry in self.entries})

    def keys(self) -> list[Key]:
        """The client ids to look up."""
        return [entry.key for entry in self.entries if entry.key is not None]

    def stale(self, locked: Mapping[UUID, Locked]) -> set[UUID]:
        """The conversations whose people have changed since somebody wrote here."""
        conversations = (entry.draft.conversation for entry in self.entries)
        return {
            known.id
            for known in conversations
            if known.id in locked and locked[known.id].version != known.version
        }

    def number(self, locked: Mapping[UUID, Locked], stored: Mapping[Key, Stored]) -> None:
        """Refuse who may not write, answer retries from their rows, number the rest."""
        sent: dict[Key, Message] = {}
        for entry in self.entries:
            if entry.outcome is not None:
                continue
            draft = entry.draft
            row = locked.get(draft.conversation.id)
            conversation = self._conversation(draft)
            if row is None:
                entry.outcome = UnknownConversation()
            elif conversation.person(draft.sender.id) is None:
                entry.outcome = NotParticipant()
            else:
                self._store_once(entry, conversation, row, stored, sent)

    def recognise(self, stored: list[Stored], notified: list[tuple[UUID, UUID, str]]) -> None:
        """A commit of which we had not heard has stored these: what it made is told now."""
        by_id = {row.id: row for row in stored}
        for entry in self.entries:
            row = by_id.get(entry.draft.id)
            if row is not None:
                made = [(id_, user) for id_, message_id, user in notified if message_id == row.id]
                message = stored_message(row, entry.draft)
                numbered = Numbered(entry, message, self._conversation(entry.draft))
                numbered.notifications = [notification(id_, user, message) for id_, user in made]
                numbered.entry.outcome = Written(message, fresh=True)
                numbered.entry.event = event_of(numbered)

    def absent(self, present: Mapping[UUID, set[str]]) -> list[tuple[Numbered, Person]]:
        """Those who hear of a message without having joined its conversation."""
        return [
            (numbered, person)
            for numbered in self.numbered
            for person in absent(numbered.entry.draft, numbered.conversation, present)
        ]

    def settle(self) -> None:
        """Everything is numbered and notified: what will be told once it is committed."""
        for numbered in self.numbered:
            numbered.entry.outcome = Written(numbered.message, fresh=True)
            numbered.entry.event = event_of(numbered)

    def message_rows(self) -> list[MessageRow]:
        """The new rows of ``messages``."""
        return [
            MessageRow(
                id=(message := numbered.message).id,
                conversation_id=message.conversation_id,
                seq=message.seq,
                sender_id=message.sender.id,
                kind=message.kind,
                content=message.content,
                attachments=numbered.entry.attachments,
                client_id=message.client_id,
                created_at=message.created_at,
            )
            for numbered in self.numbered
        ]

    def notification_rows(self) -> list[NotificationRow]:
        """The new rows of ``notifications``."""
        return [
            NotificationRow(
                id=notification.id,
                user_id=notification.user_id,
                actor_id=numbered.message.sender.id,
                message_id=numbered.message.id,
                type=NEW_MESSAGE,
                text=notification.text or "",
                data=orjson.Fragment(orjson.dumps(notification.data)),
                created_at=notification.created_at,
            )
            for numbered in self.numbered
            for notification in numbered.notifications
        ]

    def lasts(self) -> list[Last]:
        """The last number and time of each conversation that has a new message."""
        last = {numbered.message.conversation_id: numbered.message for numbered in self.numbered}
        return [Last(id_, message.seq, message.created_at) for id_, message in last.items()]

    def _conversation(self, draft: Draft) -> Conversation:
        return self.reloaded.get(draft.conversation.id, draft.conversation)

    def _store_once(
        self,
        entry: Entry,
        conversation: Conversation,
        row: Locked,
        stored: Mapping[Key, Stored],
        sent: dict[Key, Message],
    ) -> None:
        key = entry.key
        if key is not None and key in stored:
            entry.outcome = Written(stored_message(stored[key], entry.draft), fresh=False)
        elif key is not None and key in sent:
            entry.outcome = Written(sent[key], fresh=False)
        else:
            row.last_seq += 1
            row.last_at = _not_before(row.last_at, entry.draft.created_at)
            new = number(entry, conversation, row.last_seq, row.last_at)
            self.numbered.append(new)
            if key is not None:
                sent[key] = new.message


def _not_before(last: datetime | None, now: datetime) -> datetime:
    """Clocks of nodes differ; the times of a conversation never run backwards."""
    return now if last is None or last < now else last
