"""Files to import, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from realtime.dialects.words import Words
from realtime.models import Conversation, Message, Notification, Participant, User
from realtime.stores.archive import checking, files
from realtime.stores.archive.checking import Found
from realtime.stores.archive.kinds import KINDS
from realtime.stores.archive.leaving import Leaving
from realtime.stores.archive.ledger import Ledger
from realtime.stores.archive.storing import Storing
from realtime.stores.database import Database

Rows = Sequence[Mapping[str, Any]]


def written(folder: Path, **kinds: Rows) -> Path:
    """A folder with a file of JSON lines for each kind."""
    folder.mkdir(exist_ok=True)
    for kind, rows in kinds.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{kind}.jsonl").write_text(text)
    return folder


async def brought(
    database: Database,
    *paths: Path,
    progress: Callable[[int], object] = lambda _: None,
    must_exist: bool = False,
) -> tuple[Found, Mapping[str, int]]:
    """What was found in the files; where that was no mistake, they are imported."""
    with closing(Ledger()) as ledger:
        chosen = files.found(paths)
        found = checking.gather(chosen, ledger, integer_ids=False, progress=lambda _: None)
        steps: list[int] = []
        await checking.check(ledger, chosen, found, must_exist=must_exist, progress=steps.append)
        assert sum(steps) == checking.STEPS
        storing = Storing(database, ledger, progress)
        if not found.count:
            await storing.everything()
        return found, storing.new


async def taken(database: Database, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What a database exports, by kind."""
    await Leaving(database, folder, Words(), lambda _: None).everything()
    return {kind: _rows(folder / f"{kind}.jsonl") for kind in KINDS}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def many(conversations: int, *, each: int = 5) -> dict[str, list[dict[str, Any]]]:
    """Pairs and groups, whose messages stand in a file by their dates, one conversation's among
    those of the others; every date is given, so that each import stores the very same."""
    began = datetime(2024, 3, 1, tzinfo=UTC)
    people = [[f"u{n}", f"u{n + 1}", f"u{n + 2}"][: 2 + n % 2] for n in range(conversations)]
    users = sorted({user_id for each_of in people for user_id in each_of})
    return {
        "users": [{"id": id_, "name": id_, "createdAt": began.isoformat()} for id_ in users],
        "conversations": [
            {"id": n, "participantIds": who, "createdAt": began.isoformat()}
            for n, who in enumerate(people)
        ],
        "messages": [
            _message(number, number % conversations, people[number % conversations], began)
            for number in range(conversations * each)
        ],
        "reads": [
            {"conversationId": n, "userId": who[0], "messageId": f"m{n}"}
            for n, who in enumerate(people)
            if n % 3 == 0
        ],
        "notifications": [
            {
                "id": f"n{n}",
                "userId": who[1],
                "type": "x",
                "messageId": f"m{n}",
                "createdAt": began.isoformat(),
            }
            for n, who in enumerate(people)
            if n % 4 == 0
        ],
    }


def _message(number: int, chat: int, people: Sequence[str], began: datetime) -> dict[str, Any]:
    at = began + timedelta(seconds=number ^ 1)
    read = at + timedelta(hours=1) if number % 3 else None
    return {
        "id": f"m{number}",
        "conversationId": chat,
        "senderId": people[number % len(people)],
        "content": f"No. {number}",
        "createdAt": at.isoformat(),
        "readAt": read and read.isoformat(),
    }


async def kept() -> dict[str, list[str]]:
    """Every row of the open database that an import makes; a participant's id is made anew."""
    found = {
        model._meta.db_table: await model.all().values()
        for model in (User, Conversation, Participant, Message, Notification)
    }
    for row in found["participants"]:
        del row["id"]
    return {table: sorted(map(_text, rows)) for table, rows in found.items()}


def _text(row: Mapping[str, Any]) -> str:
    """PostgreSQL puts the names in JSON in an order of its own."""
    return json.dumps(row, default=str, sort_keys=True)
