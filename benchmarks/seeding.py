"""A database with real data: what the pages of somebody who has been there for years are made of.

Ada has 200 000 messages with Bob, 5 000 conversations, 50 000 notifications and as many activities
about her. Gus is in 20 groups of 1 000. `python benchmarks/seeding.py URL` fills a migrated, empty
database; pages.py does so itself.
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

MESSAGES = 200_000
CONVERSATIONS = 5_000
NOTIFICATIONS = 50_000
ACTIVITIES = 50_000
GROUPS, MEMBERS = 20, 1_000
DELETED_EVERY = 200
FRONT = 60_000
"""The last message with Bob that Ada has read; most of what she wrote came later."""

START = datetime(2026, 1, 1, tzinfo=UTC)
LONG, CHOIR = 0, 10_000
"""The numbers of the conversation with Bob and of the first group."""

Row = dict[str, Any]


def rows() -> Iterator[tuple[str, Iterable[Row]]]:
    """All of it: a table's name and its rows, tables that others refer to first."""
    yield "users", map(_user, ["ada", "bob", "gus", *map(_partner, range(CONVERSATIONS))])
    yield "conversations", _conversations()
    yield "participants", _participants()
    yield "messages", _messages()
    yield "notifications", map(_notification, range(NOTIFICATIONS))
    yield "activities", map(_activity, range(ACTIVITIES))


def conversation_id(number: int = LONG) -> UUID:
    """The id of one of the conversations; by default of that with Bob."""
    return _uuid(1, number)


def message_id(seq: int, conversation: int = LONG) -> UUID:
    """The id of a message."""
    return _uuid(2, conversation * MESSAGES + seq)


def fill_sqlite(path: str) -> None:
    """Fill a migrated, empty file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, found in rows():
            _fill_sqlite(connection, table, found)


async def fill_postgres(url: str) -> None:
    """Fill a migrated, empty database."""
    connection = await asyncpg.connect(url)
    try:
        for table, found in rows():
            made = [tuple(map(_postgres, row.items())) for row in found]
            await connection.copy_records_to_table(table, records=made, columns=_columns(table))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _fill_sqlite(connection: sqlite3.Connection, table: str, found: Iterable[Row]) -> None:
    columns = _columns(table)
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
    connection.executemany(statement, (tuple(map(_sqlite, row.values())) for row in found))


def _columns(table: str) -> list[str]:
    return next(list(next(iter(found))) for name, found in rows() if name == table)


def _user(user_id: str) -> Row:
    return {"id": user_id, "name": user_id.title(), "created_at": START}


def _partner(number: int) -> str:
    return f"user{number:05}"


def _conversations() -> Iterator[Row]:
    yield _conversation(LONG, "bob", MESSAGES)
    for number in range(1, CONVERSATIONS):
        yield _conversation(number, _partner(number), 2)
    for number in range(GROUPS):
        yield _conversation(CHOIR + number, None, MEMBERS)


def _conversation(number: int, partner: str | None, said: int) -> Row:
    at = _at(number, said)
    return {
        "id": conversation_id(number),
        "low_id": partner and "ada",
        "high_id": partner,
        "title": None if partner else f"Choir {number}",
        "last_seq": said,
        "newest_seq": said,
        "last_change": said,
        "version": 1,
        "last_message_at": at,
        "created_at": START,
        "updated_at": at,
    }


def _participants() -> Iterator[Row]:
    people = [(LONG, "ada", FRONT), (LONG, "bob", MESSAGES)]
    for number in range(1, CONVERSATIONS):
        people += [(number, "ada", number % 2), (number, _partner(number), 2)]
    for number in range(GROUPS):
        group = CHOIR + number
        people += [(group, _partner(member), 0) for member in range(MEMBERS - 1)]
        people += [(group, "gus", 0)]
    for place, (number, user_id, read) in enumerate(people):
        yield {
            "id": _uuid(3, place),
            "conversation_id": conversation_id(number),
            "user_id": user_id,
            "read_seq": read,
            "joined_at": START,
        }


def _messages() -> Iterator[Row]:
    for seq in range(1, MESSAGES + 1):
        deleted = seq % DELETED_EVERY == 1
        yield _message(LONG, seq, ("bob", "ada")[seq % 2], seq <= FRONT or seq % 2 == 1, deleted)
    for number in range(1, CONVERSATIONS):
        yield _message(number, 1, _partner(number), number % 2 == 1, False)
        yield _message(number, 2, _partner(number), False, False)
    for number in range(GROUPS):
        for seq in range(1, MEMBERS + 1):
            yield _message(CHOIR + number, seq, _partner(seq % (MEMBERS - 1)), False, False)


def _message(number: int, seq: int, sender: str, read: bool, deleted: bool) -> Row:
    at = _at(number, seq)
    return {
        "id": message_id(seq, number),
        "conversation_id": conversation_id(number),
        "seq": seq,
        "change": seq,
        "position": number * MESSAGES + seq,
        "committed_in": 3,
        "sender_id": sender,
        "kind": "text",
        "content": "" if deleted else f"What was said as number {seq}, as long as such things are.",
        "created_at": at,
        "updated_at": at,
        "deleted_at": at if deleted else None,
        "read_at": at if read else None,
    }


def _notification(number: int) -> Row:
    """Every second one is of a message, every twentieth of a message in a group."""
    of_message, in_group = number % 2 == 0, number % 20 == 0
    group, seq = divmod(number // 20, MEMBERS)
    message = message_id(seq + 1, CHOIR + group) if in_group else message_id(2 * number + 2)
    place = conversation_id(CHOIR + group if in_group else LONG)
    return {
        "id": _uuid(4, number),
        "user_id": "ada",
        "actor_id": "bob",
        "message_id": message if of_message else None,
        "in_group": in_group,
        "type": "NEW_MESSAGE" if of_message else "ORDER_UPDATE",
        "title": None if of_message else "Shipped",
        "text": "What there is to tell.",
        "data": {"messageId": str(message), "conversationId": str(place)} if of_message else None,
        "priority": "normal",
        "created_at": START + timedelta(seconds=number),
        "read_at": START if number % 3 == 0 else None,
        "shown_at": START,
    }


def _activity(number: int) -> Row:
    return {
        "id": _uuid(5, number),
        "user_id": _partner(number % CONVERSATIONS),
        "target_id": "ada",
        "action": ("view_profile", "save_job", "applied")[number % 3],
        "created_at": START + timedelta(seconds=number),
    }


def _at(number: int, seq: int) -> datetime:
    return START + timedelta(seconds=number, milliseconds=seq)


def _uuid(kind: int, number: int) -> UUID:
    """Ids in the order of their numbers, as those that the product makes."""
    return UUID(int=(kind << 96) + (7 << 76) + (2 << 62) + number)


def _postgres(item: tuple[str, Any]) -> Any:
    name, value = item
    return json.dumps(value) if name == "data" and value is not None else value


def _sqlite(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return json.dumps(value) if isinstance(value, dict) else value


def fill(url: str) -> None:
    """Fill a migrated, empty database."""
    if url.startswith("sqlite://"):
        fill_sqlite(url.removeprefix("sqlite://"))
    else:
        asyncio.run(fill_postgres(url))


if __name__ == "__main__":
    fill(sys.argv[1])
