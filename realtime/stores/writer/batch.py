"""One batch of the writer, while its conversations are locked: who is answered what.

Pure: it decides, the store reads and writes.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from realtime.domain import histories
from realtime.domain.errors import Blocked, MessageGone, NotParticipant, UnknownConversation
from realtime.domain.ports import Draft, Written
from realtime.domain.records import Conversation, Message, Person
from realtime.stores.writer.entry import Entry
from realtime.stores.writer.rows import Key, Locked, Present, Stored, key_of


class Batch:
    """Drafts in the order in which they came."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.reloaded: dict[UUID, Conversation] = {}

    def forget(self) -> None:
        """What was decided has been rolled back."""
        for entry in self.entries:
            entry.forget()

    def parted(self) -> tuple[list[Entry], list[Entry]]:
        """The entries that are settled, and those of which nothing has been decided."""
        settled = [entry for entry in self.entries if entry.outcome is not None]
        return settled, [entry for entry in self.entries if entry.outcome is None]

    def conversation_ids(self) -> list[UUID]:
        """The conversations to lock, each once."""
        return sorted({entry.conversation.id for entry in self.entries})

    def keys(self) -> list[Key]:
        """The client ids to look up."""
        return [key for entry in self.entries if (key := key_of(entry.draft)) is not None]

    def stale(self, locked: Mapping[UUID, Locked]) -> set[UUID]:
        """The conversations whose people have changed since somebody wrote here."""
        return {
            known.id
            for entry in self.entries
            if (known := entry.draft.conversation).id in locked
            and locked[known.id].version != known.version
        }

    def renew(self, conversation: Conversation) -> None:
        """Who takes part, as it is under the lock."""
        self.reloaded[conversation.id] = conversation
        for entry in self.entries:
            if entry.conversation.id == conversation.id:
                entry.conversation = conversation

    def number(self, locked: Mapping[UUID, Locked], stored: Mapping[Key, Stored]) -> None:
        """Refuse who may not write, answer retries from their rows, number the rest."""
        sent: dict[Key, Message] = {}
        for entry in self.entries:
            if entry.outcome is not None:
                continue
            row = locked.get(entry.conversation.id)
            if row is None:
                entry.outcome = UnknownConversation()
            elif entry.conversation.person(entry.draft.sender.id) is None:
                entry.outcome = NotParticipant()
            elif entry.conversation.blocked:
                entry.outcome = Blocked()
            else:
                _store_once(entry, row, stored, sent)

    def recognise(
        self, stored: Sequence[Stored], notified: Sequence[tuple[UUID, UUID, str]]
    ) -> None:
        """A commit of which we had not heard has stored these: what it made is told now."""
        by_id = {row.id: row for row in stored}
        for entry in self.entries:
            row = by_id.get(entry.draft.id)
            if row is not None:
                entry.message, entry.fresh = _stored_message(row, entry.draft), True
                for notification_id, message_id, user_id in notified:
                    if message_id == row.id:
                        entry.notify(user_id, notification_id)
                entry.settle()

    def absent(self, present: Present) -> list[tuple[Entry, Person]]:
        """Those who hear of a new message without having joined its conversation."""
        return [
            (entry, person)
            for entry in self.numbered()
            for person in entry.absent(present.get(entry.conversation.id, ()))
        ]

    def numbered(self) -> list[Entry]:
        """The new messages, which are not stored yet."""
        return [e for e in self.entries if e.message is not None and e.outcome is None]

    def settle(self, entries: Collection[Entry]) -> None:
        """These are numbered and their notifications known: decided, once it is committed."""
        for entry in entries:
            entry.settle()


def _store_once(
    entry: Entry, row: Locked, stored: Mapping[Key, Stored], sent: dict[Key, Message]
) -> None:
    key = key_of(entry.draft)
    if key is not None and key in stored and stored[key].deleted_at is not None:
        entry.outcome = MessageGone()
    elif key is not None and key in stored:
        entry.outcome = Written(_stored_message(stored[key], entry.draft), fresh=False)
    elif key is not None and key in sent:
        entry.outcome = Written(sent[key], fresh=False)
    else:
        row.last_seq += 1
        row.last_change += 1
        row.last_at = _not_before(row.last_at, entry.draft.created_at)
        message = entry.number(row.last_seq, row.last_change, row.last_at)
        if key is not None:
            sent[key] = message


def _stored_message(row: Stored, draft: Draft) -> Message:
    """A message of the sender's that was there already, as the domain hands it out."""
    return histories.record(row, draft.conversation, draft.sender)


def _not_before(last: datetime | None, now: datetime) -> datetime:
    """Clocks of nodes differ; the times of a conversation never run backwards."""
    return now if last is None or last < now else last
