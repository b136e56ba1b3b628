"""Writes everything that ``storing`` can read back, a file of JSON lines for each kind.

They are as of one moment, so that whatever a line refers to is there, also if it is deleted
meanwhile. Where a database has none (see ``stores/sqlite.py``), what refers to something is written
before it, and only what is deleted meanwhile is missed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from realtime.dialects.words import WireUserId, Words, iso_or_none
from realtime.domain.ids import FIRST
from realtime.models.raw import rows, time_of
from realtime.stores.archive.files import Progress, camel
from realtime.stores.archive.kinds import KINDS
from realtime.stores.database import Database

PAGE = 1_000

# Each is read in the order of a key, from one page to the next.
NOTIFICATIONS = """
    SELECT id, user_id, type, title, text, actor_id, message_id, link, action_label, icon, priority,
        cast(data AS text) AS data, cast(reference AS text) AS reference,
        cast(related_job_id AS text) AS related_job_id, created_at, shown_at, seen_at, read_at,
        dismissed_at, archived_at, snoozed_until, expires_at, group_key, group_count, grouped_at
    FROM notifications WHERE id > ? ORDER BY id LIMIT ?
"""

TIMES = (
    "created_at", "shown_at", "seen_at", "read_at", "dismissed_at", "archived_at", "snoozed_until",
    "expires_at",
)  # fmt: skip
"""Of a notification, but for when it came back to the inbox."""

# Of the last message that stands: the very last may have been deleted.
READS = """
    SELECT p.id, p.conversation_id, p.user_id, (
        SELECT m.id FROM messages m WHERE m.conversation_id = p.conversation_id
            AND m.seq <= p.read_seq AND m.deleted_at IS NULL ORDER BY m.seq DESC LIMIT 1
    ) AS message_id
    FROM participants p WHERE p.id > ? ORDER BY p.id LIMIT ?
"""

CONVERSATIONS = """
    SELECT id, title, low_id, created_at FROM conversations WHERE id > ? ORDER BY id LIMIT ?
"""

MESSAGES = """
    SELECT id, conversation_id, seq, sender_id, content, kind,
        cast(attachments AS text) AS attachments, client_id, created_at, edited_at, read_at
    FROM messages WHERE (conversation_id, seq) > (?, ?) AND deleted_at IS NULL
    ORDER BY conversation_id, seq LIMIT ?
"""

MEMBERS = """
    SELECT id, conversation_id, user_id, joined_at FROM participants
    WHERE id > ? ORDER BY id LIMIT ?
"""

USERS = """
    SELECT id, name, email, avatar, created_at, last_seen_at FROM users
    WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?
"""

Row = Mapping[str, Any]
Lines = AsyncIterator[dict[str, Any]]


class Leaving:
    """Everything of one database, into one folder; user ids are what the deployment calls them."""

    def __init__(self, database: Database, folder: Path, words: Words, progress: Progress) -> None:
        self._database = database
        self._folder = folder
        self._words = words
        self._progress = progress

    async def everything(self) -> dict[str, int]:
        """Write every file; gives the lines of each. Raises OSError, and what the driver raises."""
        self._folder.mkdir(parents=True, exist_ok=True)
        sources = {
            "notifications": self._notifications,
            "reads": self._reads,
            "messages": self._messages,
            "members": self._members,
            "conversations": self._conversations,
            "users": self._users,
        }
        async with self._database.one_moment():
            written = {kind: await self._write(kind, source()) for kind, source in sources.items()}
        return {kind: written[kind] for kind in KINDS}

    async def _write(self, kind: str, lines: Lines) -> int:
        """Under another name until it is whole."""
        path, count = self._folder / f"{kind}.jsonl", 0
        draft = path.with_suffix(".part")
        with draft.open("wb") as file:
            async for line in lines:
                given = {name: value for name, value in line.items() if value is not None}
                file.write(orjson.dumps(given, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
                self._progress(1)
        draft.replace(path)
        return count

    async def _notifications(self) -> Lines:
        async for row in _each(NOTIFICATIONS, str(FIRST)):
            yield {
                "id": str(row["id"]),
                "userId": self._user(row["user_id"]),
                "type": row["type"],
                "title": row["title"],
                "message": row["text"],
                "actorId": self._user(row["actor_id"]),
                "messageId": row["message_id"] and str(row["message_id"]),
                "link": row["link"],
                "actionLabel": row["action_label"],
                "icon": row["icon"],
                "priority": row["priority"],
                "data": _json(row["data"]) if row["message_id"] is None else None,
                "isShown": None if row["shown_at"] else False,
                "referenceId": _json(row["reference"]),
                "relatedJobId": _json(row["related_job_id"]),
                "groupKey": row["group_key"],
                "count": row["group_count"] if row["group_key"] else None,
                "updatedAt": iso_or_none(time_of(row["grouped_at"])),
                **_times(row, *TIMES),
            }

    async def _reads(self) -> Lines:
        async for row in _each(READS, str(FIRST)):
            if row["message_id"] is not None:
                yield {
                    "conversationId": str(row["conversation_id"]),
                    "userId": self._user(row["user_id"]),
                    "messageId": str(row["message_id"]),
                }

    async def _messages(self) -> Lines:
        async for row in _each(MESSAGES, str(FIRST), 0, by=("conversation_id", "seq")):
            yield {
                "id": str(row["id"]),
                "conversationId": str(row["conversation_id"]),
                "senderId": self._user(row["sender_id"]),
                "content": row["content"],
                "type": row["kind"],
                "attachments": _json(row["attachments"]),
                "clientId": row["client_id"],
                **_times(row, "created_at", "edited_at", "read_at"),
            }

    async def _members(self) -> Lines:
        async for row in _each(MEMBERS, str(FIRST)):
            yield {
                "conversationId": str(row["conversation_id"]),
                "userId": self._user(row["user_id"]),
                **_times(row, "joined_at"),
            }

    async def _conversations(self) -> Lines:
        async for row in _each(CONVERSATIONS, str(FIRST)):
            yield {
                "id": str(row["id"]),
                "title": row["title"],
                "isGroup": row["low_id"] is None,
                **_times(row, "created_at"),
            }

    async def _users(self) -> Lines:
        async for row in _each(USERS, ""):
            yield {
                "id": self._user(row["id"]),
                "name": row["name"],
                "email": row["email"],
                "avatar": row["avatar"],
                **_times(row, "created_at", "last_seen_at"),
            }

    def _user(self, user_id: str | None) -> WireUserId | None:
        return None if user_id is None else self._words.user_id(user_id)


async def _each(sql: str, *after: str | int, by: Sequence[str] = ("id",)) -> AsyncIterator[Row]:
    """Rows in the order of a key, whose values are what they come after."""
    while page := await rows(sql, *after, PAGE):
        for row in page:
            yield row
        last = [page[-1][name] for name in by]
        after = tuple(each if isinstance(each, int) else str(each) for each in last)


def _times(row: Row, *names: str) -> dict[str, str | None]:
    return {camel(name): iso_or_none(time_of(row[name])) for name in names}


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
