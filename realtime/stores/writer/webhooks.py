"""What other backends are told of new messages: rows of the outbox in the commit that stores them,
one for each endpoint that wants to hear of messages; see ``domain/webhooks.py``."""

from collections.abc import Iterable, Sequence
from typing import Any

from realtime.domain import webhooks
from realtime.domain.ids import new_id
from realtime.domain.outbox import LIFE, WEBHOOK
from realtime.stores.writer.entry import Entry

TELL = f""", told AS (
        INSERT INTO outbox (id, kind, target, user_id, message_id, order_key, order_no, body,
            due_at, expires_at, created_at)
        SELECT t.id, '{WEBHOOK}', t.target, m.sender_id, m.id, m.conversation_id::text, m.change,
            jsonb_set(t.body, '{{{{data,seq}}}}', to_jsonb(m.seq)),
            m.at, m.at + interval '{LIFE.total_seconds():.0f} seconds', m.created_at
        FROM json_to_recordset({{place}}::json) AS t(n int, id uuid, target text, body jsonb)
        JOIN numbered m ON m.n = t.n
    )"""  # noqa: S608 - no value is part of it
"""Part of the one statement of ``at_once.py``. It is due when it was said: the message's own time
may be yet to come, as no conversation's times run backwards."""

COLUMNS = """id, kind, target, user_id, message_id, order_key, order_no, body, due_at, expires_at,
        created_at"""


def to_be_numbered(entries: Sequence[Entry], endpoints: Sequence[str]) -> list[dict[str, Any]]:
    """What ``TELL`` takes: the database adds the numbers."""
    return [
        {"n": n, "id": new_id(), "target": each, "body": webhooks.sent_body(entry.draft)}
        for n, entry in enumerate(entries)
        for each in endpoints
    ]


def rows_of(entries: Iterable[Entry], endpoints: Sequence[str]) -> list[dict[str, Any]]:
    """Rows for messages that have their numbers."""
    return [_row(entry, each) for entry in entries for each in endpoints]


def _row(entry: Entry, endpoint: str) -> dict[str, Any]:
    message = entry.message
    assert message is not None, "only numbered messages are told"  # noqa: S101
    return {
        "id": new_id(),
        "kind": WEBHOOK,
        "target": endpoint,
        "user_id": message.sender.id,
        "message_id": message.id,
        "order_key": str(message.conversation_id),
        "order_no": message.change,
        "body": webhooks.sent_body(entry.draft, message.seq),
        "due_at": entry.draft.created_at,
        "expires_at": entry.draft.created_at + LIFE,
        "created_at": message.created_at,
    }
