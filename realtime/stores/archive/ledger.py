"""What the files say, gathered on disk: checked against itself, sorted, and then handed out.

However much it is, it takes no more memory than SQLite's cache: the database has no name, lies in
the folder for temporary files, and is gone with the process.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from realtime.domain.steps import portions
from realtime.stores.archive import ids
from realtime.stores.archive.kinds import (
    ConversationRow,
    MemberRow,
    MessageRow,
    NotificationRow,
    ReadRow,
    UserRow,
)

SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -65536;
    CREATE TABLE users (file, line, id PRIMARY KEY, name, email, avatar, created_at, seen_at)
        WITHOUT ROWID;
    CREATE TABLE people (id PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE gone (id PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE conversations (
        file, line, key PRIMARY KEY, id, title, grouped, created_at, low, high, kept DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE members (file, line, key, user_id, joined_at, PRIMARY KEY (key, user_id))
        WITHOUT ROWID;
    CREATE TABLE messages (
        n INTEGER PRIMARY KEY, file, line, key, given_id UNIQUE, id, sender_id, receiver_id, kind,
        content, attachments, client_id, at, edited_at, read_at
    );
    CREATE TABLE reads (file, line, key, user_id, message, at);
    CREATE TABLE notifications (
        n INTEGER PRIMARY KEY, file, line, given_id UNIQUE, user_id, actor_id, message, row
    );
"""

BETWEEN_TWO = """
    INSERT INTO conversations (file, line, key, id, grouped, low, high)
    SELECT file, line, key, pair_id(low, high), 0, low, high FROM (
        SELECT file, line, key, min(sender_id, receiver_id) AS low,
            max(sender_id, receiver_id) AS high, min(n)
        FROM messages WHERE receiver_id IS NOT NULL GROUP BY key
    )
"""
"""The conversations of two people that have no id of the application's, from their first line."""

THE_TWO = """
    INSERT INTO members (file, line, key, user_id)
    SELECT file, line, key, low FROM conversations WHERE low IS NOT NULL UNION ALL
    SELECT file, line, key, high FROM conversations WHERE low IS NOT NULL
"""

MAX_CLIENT_ID = 64

PAGE = 2_000
"""Rows that are handed out together."""


class NoRoom(Exception):  # noqa: N818 - told to whoever imports
    """The folder for temporary files takes no more."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"What is brought is sorted in a temporary file, and that cannot grow ({reason}): make"
            " room, or name another folder in TMPDIR."
        )


class Place(NamedTuple):
    """A line: the number of its file, and its own."""

    file: int
    line: int


class Ledger:
    """Rows by kind; each ``add`` says where the same was before, if it was."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(SCHEMA)
        self._database.create_function("pair_id", 2, _pair_id, deterministic=True)
        self._database.execute("BEGIN")

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Ask or tell it something. Raises NoRoom."""
        try:
            return self._database.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise NoRoom(str(error)) from error

    def close(self) -> None:
        """Forget it all."""
        self._database.close()

    def add(self, place: Place, row: Any) -> Place | None:
        """Keep a row; gives the place of an earlier one with its id."""
        before: Place | None = _ADD[type(row)](self, place, row)
        return before

    def count(self, kind: str) -> int:
        """How many rows of a kind there are."""
        kept = " WHERE NOT kept" if kind == "conversations" else ""
        return int(self.run(f"SELECT count(*) FROM {kind}{kept}").fetchone()[0])  # noqa: S608

    def each(self, sql: str) -> Iterator[sqlite3.Row]:
        """What a query finds, by name or number, a row at a time. Raises NoRoom."""
        found = self.run(sql)
        found.row_factory = sqlite3.Row
        return _each(found)

    def pages(self, sql: str) -> Iterator[list[sqlite3.Row]]:
        """What a query finds, so many at a time."""
        return portions(self.each(sql), PAGE)

    def add_user(self, place: Place, row: UserRow) -> Place | None:
        values = (row.name, row.email, row.avatar, stored(row.createdAt), stored(row.lastSeenAt))
        return self._insert("users", "id", row.id, (*place, row.id, *values))

    def add_conversation(self, place: Place, row: ConversationRow) -> Place | None:
        id_ = str(ids.of_conversation(row.id))
        values = (row.title, row.isGroup, stored(row.createdAt), None, None, 0)
        again = self._insert("conversations", "key", row.id, (*place, row.id, id_, *values))
        for user_id in row.participantIds or ():
            self.add_member(place, MemberRow(conversationId=row.id, userId=user_id))
        return again

    def add_member(self, place: Place, row: MemberRow) -> None:
        values = (*place, row.conversationId, row.userId, stored(row.joinedAt))
        self.run("INSERT OR IGNORE INTO members VALUES (?, ?, ?, ?, ?)", values)

    def add_message(self, place: Place, row: MessageRow) -> Place | None:
        id_ = str(ids.dated("message", row.id, row.createdAt))
        receiver_id = row.receiverId if row.conversationId is None else None
        key = row.conversationId or _between(row.senderId, receiver_id or "")
        values = (
            None, *place, key, row.id, id_, row.senderId, receiver_id, row.type, row.content,
            _attachments(row), row.clientId or _as_client_id(row.id, id_), stored(row.createdAt),
            stored(row.editedAt), stored(row.readAt),
        )  # fmt: skip
        return self._insert("messages", "given_id", row.id, values)

    def pair_up(self) -> None:
        """Have the conversations of those who write to somebody, once every line is here."""
        self.run(BETWEEN_TWO)
        self.run(THE_TWO)

    def add_read(self, place: Place, row: ReadRow) -> None:
        values = (*place, row.conversationId, row.userId, row.messageId, stored(row.readAt))
        self.run("INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?)", values)

    def add_notification(self, place: Place, row: NotificationRow) -> Place | None:
        values = (
            None, *place, row.id, row.userId, row.actorId, row.messageId, _notification(row),
        )  # fmt: skip
        return self._insert("notifications", "given_id", row.id, values)

    def _insert(self, table: str, by: str, key: str, values: Sequence[Any]) -> Place | None:
        marks = ", ".join("?" * len(values))
        done = self.run(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608
        if done.rowcount:
            return None
        return Place(*self.run(f"SELECT file, line FROM {table} WHERE {by} = ?", (key,)).fetchone())  # noqa: S608


def _each(found: sqlite3.Cursor) -> Iterator[sqlite3.Row]:
    try:
        yield from found
    except sqlite3.OperationalError as error:
        raise NoRoom(str(error)) from error


_ADD: dict[type, Any] = {
    UserRow: Ledger.add_user,
    ConversationRow: Ledger.add_conversation,
    MemberRow: Ledger.add_member,
    MessageRow: Ledger.add_message,
    ReadRow: Ledger.add_read,
    NotificationRow: Ledger.add_notification,
}


def _between(one: str, other: str) -> str:
    """What a conversation of two people is called: no id of the application's has a NUL."""
    return f"{one}\0{other}" if one < other else f"{other}\0{one}"


def _pair_id(low: str, high: str) -> str:
    return str(ids.of_pair(low, high))


def stored(at: datetime | None) -> str | None:
    """A time as both databases take it, and in the order of times as a text."""
    return None if at is None else at.isoformat(" ")


def _as_client_id(given: str, id_: str) -> str | None:
    """What the application calls it, where our id does not say it: it is not stored twice then,
    even if its date is told otherwise the next time."""
    return given if given != id_ and len(given) <= MAX_CLIENT_ID else None


def _attachments(row: MessageRow) -> str | None:
    if row.attachments is None:
        return None
    return orjson.dumps([each.model_dump() for each in row.attachments]).decode()


def _put_away_at(row: NotificationRow) -> datetime | None:
    """Since when it counts as read, where it does not say so."""
    return (row.dismissedAt or row.archivedAt or row.createdAt) if row.put_away else None


def _notification(row: NotificationRow) -> bytes:
    """The columns that are as they are given."""
    return orjson.dumps(
        {
            "id": str(ids.dated("notification", row.id, row.createdAt)),
            "user_id": row.userId,
            "actor_id": row.actorId,
            "type": row.type,
            "title": row.title,
            "text": row.message,
            "link": row.link,
            "action_label": row.actionLabel,
            "icon": row.icon,
            "priority": row.priority,
            "data": row.data,
            "reference": row.referenceId,
            "related_job_id": row.relatedJobId,
            "created_at": stored(row.createdAt),
            "shown_at": stored(row.shownAt or (row.createdAt if row.isShown else None)),
            "seen_at": stored(row.seenAt),
            "read_at": stored(row.readAt or _put_away_at(row)),
            "dismissed_at": stored(row.dismissedAt),
            "archived_at": stored(row.archivedAt),
            "snoozed_until": stored(row.snoozedUntil),
            "expires_at": stored(row.expiresAt),
            "group_key": row.groupKey,
            "group_count": row.count,
            "grouped_at": stored(row.updatedAt),
        }
    )
