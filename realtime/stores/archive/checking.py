"""Everything that is wrong with what is brought, found before anything of it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sqlite3 import Row
from typing import Any

from pydantic import TypeAdapter, ValidationError

from realtime.dialects.fields import Payload
from realtime.domain.steps import portions
from realtime.domain.texts import is_blank, is_plain, with_newlines
from realtime.models import Conversation, User
from realtime.stores.archive import gone, ids, pairing
from realtime.stores.archive.files import File, Line, Progress
from realtime.stores.archive.kinds import KINDS, MessageRow, NotificationRow, ReadRow
from realtime.stores.archive.ledger import Ledger, Place

MOST = 100
"""Mistakes that are told; beyond it they are only counted."""

STEPS = 5
"""Of which ``check`` tells."""

SHOWN = 5
"""Names in a sentence; beyond it they are only counted."""

ADAPTERS = {kind: TypeAdapter(row) for kind, row in KINDS.items()}

NAMES = {kind: row.model_fields.keys() for kind, row in KINDS.items()}

KEPT = """
    INSERT INTO conversations (file, line, key, id, low, high, kept) VALUES (?, ?, ?, ?, ?, ?, 1)
"""
"""A conversation that is there, and in no file."""

BEGUN = """
    UPDATE conversations SET created_at = begun.at
    FROM (SELECT key, min(at) AS at FROM messages GROUP BY key) AS begun
    WHERE begun.key = conversations.key AND created_at IS NULL
"""
"""Who does not say when a conversation was made says when it began."""


@dataclass
class Found:
    """What came of reading: mistakes in sentences, and what should be known."""

    mistakes: list[str] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)

    def wrong(self, where: str, text: str) -> None:
        """A mistake."""
        self.count += 1
        if len(self.mistakes) < MOST:
            self.mistakes.append(f"{where}: {text}.")


def gather(
    files: Sequence[File], ledger: Ledger, *, integer_ids: bool, progress: Progress
) -> Found:
    """Put every line that can be understood into the ledger. Raises OSError."""
    found = Found()
    context = {"integer_ids": integer_ids}
    for number, file in enumerate(files):
        unknown: set[str] = set()
        for line in file.lines():
            row = _read(line, context, unknown, found)
            if row is not None:
                _keep(ledger, files, Place(number, line.number), row, found)
            progress(1)
        if unknown:
            where, names = file.called or file.path, ", ".join(sorted(unknown))
            found.notes.append(f"{where}: not imported: {names}.")
    return found


async def check(
    ledger: Ledger,
    files: Sequence[File],
    found: Found,
    *,
    must_exist: bool,
    progress: Progress = lambda _: None,
) -> None:
    """Look for what the lines say of one another and of what is there, and decide which
    conversations are those of two, in so many ``STEPS``."""
    ledger.pair_up()
    progress(1)
    await _find_conversations(ledger, files, found)
    progress(1)
    _find_messages(ledger, files, found)
    await _find_people(ledger, files, found, must_exist=must_exist)
    progress(1)
    ledger.run(BEGUN)
    progress(1)
    await pairing.pair_up(ledger)
    if left_out := await gone.leave_out(ledger):
        found.notes.append(f"Deleted here, so left out with all that is theirs: {_few(left_out)}.")
    progress(1)


def _read(
    line: Line, context: Mapping[str, Any], unknown: set[str], found: Found
) -> Payload | None:
    try:
        row = _understood(line, context, unknown)
    except ValueError as error:
        found.wrong(line.file.place(line.number), _sentence(error))
        return None
    return row


def _understood(line: Line, context: Mapping[str, Any], unknown: set[str]) -> Payload:
    """Raises ValueError, pydantic's or one with a sentence."""
    if isinstance(line.given, str):
        raise ValueError(line.given)
    kind = line.file.kind
    if not line.given.keys() <= NAMES[kind]:
        unknown |= line.given.keys() - NAMES[kind]
    row: Payload = ADAPTERS[kind].validate_python(line.given, context=context)
    wrong = _beyond_types(row)
    if wrong is not None:
        raise ValueError(wrong)
    return row


def _sentence(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"{name} is missing"
    return f"{name}: {first['msg'].removeprefix('Value error, ')}"


def _beyond_types(row: Payload) -> str | None:
    """What is wrong with a row whose values are all right by themselves."""
    if isinstance(row, MessageRow):
        return _of_message(row)
    if isinstance(row, NotificationRow) and len(row.put_away) > 1:
        return "dismissedAt, archivedAt and snoozedUntil: it is in one place only"
    if isinstance(row, ReadRow) and row.messageId is None and row.readAt is None:
        return "messageId or readAt is missing"
    return None


def _of_message(row: MessageRow) -> str | None:
    if row.conversationId is None and row.receiverId is None:
        return "conversationId or receiverId is missing"
    if row.conversationId is None and row.receiverId == row.senderId:
        return "receiverId: nobody writes to herself"
    if not row.attachments and is_blank(row.content):
        return "content: a message has a text, or attachments"
    if not is_plain(with_newlines(row.content)):
        return "content: a control character or half a character"
    return None


def _keep(ledger: Ledger, files: Sequence[File], place: Place, row: Payload, found: Found) -> None:
    before = ledger.add(place, row)
    if before is not None:
        named = getattr(row, "id", "")
        found.wrong(_place(files, place), f"{named} is in {_place(files, before)} already")


async def _find_conversations(ledger: Ledger, files: Sequence[File], found: Found) -> None:
    """Those that no file has may be there already, from an earlier import or by our own id."""
    unknown = ledger.each(
        """
        SELECT key, min(file) AS file, min(line) AS line, count(*) AS n FROM (
            SELECT key, file, line FROM members UNION ALL
            SELECT key, file, line FROM messages UNION ALL SELECT key, file, line FROM reads
        ) WHERE key NOT IN (SELECT key FROM conversations) GROUP BY key
        """
    )
    for portion in portions(unknown):
        named = {each["key"]: ids.of_conversation(each["key"]) for each in portion}
        there = Conversation.filter(id__in=list(named.values()))
        kept = {row.id: row for row in await there.only("id", "low_id", "high_id")}
        for each in portion:
            row = kept.get(named[each["key"]])
            if row is not None:
                values = (each["file"], each["line"], each["key"], str(row.id))
                ledger.run(KEPT, (*values, row.low_id, row.high_id))
            else:
                _missing(files, found, each, f"there is no conversation {each['key']}")


def _find_messages(ledger: Ledger, files: Sequence[File], found: Found) -> None:
    for kind in ("reads", "notifications"):
        for each in ledger.each(
            f"""
            SELECT message AS key, min(file) AS file, min(line) AS line, count(*) AS n FROM {kind}
            WHERE message IS NOT NULL AND message NOT IN (SELECT given_id FROM messages)
            GROUP BY message
            """,  # noqa: S608 - a name of ours
        ):
            _missing(files, found, each, f"there is no message {each['key']} in these files")


async def _find_people(
    ledger: Ledger, files: Sequence[File], found: Found, *, must_exist: bool
) -> None:
    """Who is named in a line, and is nobody's own line."""
    ledger.run(
        """
        INSERT OR IGNORE INTO people SELECT id FROM (
            SELECT user_id AS id FROM members UNION SELECT sender_id FROM messages
            UNION SELECT user_id FROM reads UNION SELECT user_id FROM notifications
            UNION SELECT actor_id FROM notifications WHERE actor_id IS NOT NULL
        ) WHERE id NOT IN (SELECT id FROM users)
        """
    )
    strangers = await _strangers(ledger)
    if strangers and must_exist:
        found.wrong("users", f"{strangers} must exist (users.must_exist), and do not")
    elif strangers:
        found.notes.append(f"Named and in no file of users, so known by id alone: {strangers}.")


async def _strangers(ledger: Ledger) -> str:
    """Who is neither in the files nor here, as a part of a sentence; empty if nobody is."""
    shown: list[str] = []
    count = 0
    for portion in portions(row["id"] for row in ledger.each("SELECT id FROM people ORDER BY id")):
        known = set(await User.filter(id__in=portion).values_list("id", flat=True))
        strangers = [id_ for id_ in portion if id_ not in known]
        shown += strangers[: SHOWN - len(shown)]
        count += len(strangers)
    return _few(shown, count)


def _few(shown: Sequence[str], count: int = 0) -> str:
    """The first of so many names."""
    more = max(count, len(shown)) - SHOWN
    return ", ".join(shown[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _missing(files: Sequence[File], found: Found, row: Row, text: str) -> None:
    more = "" if row["n"] == 1 else f" (nor for {row['n'] - 1} more lines)"
    found.wrong(_place(files, Place(row["file"], row["line"])), text + more)


def _place(files: Sequence[File], place: Place) -> str:
    return files[place.file].place(place.line)
