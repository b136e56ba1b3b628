"""What was stored between two moments and concerns a user, in the order of its positions.

That is: the changes of the conversations that she takes part in now, those of what is her own, what
everybody was told, and that she was taken out of a conversation, with the notifications that she
has kept from there.

A conversation's changes are numbered under a lock that is held until they are committed, so they
become visible in the order of their numbers: what a moment has seen is all up to some number. That
number is found from the newest change backwards, in the index that the numbers have anyway. Nothing
here reads a clock, or depends on the order in which transactions began.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

from realtime.domain.journal import Entry, entry_of
from realtime.domain.moments import last
from realtime.models.raw import list_of, on_postgres, rows, uuid_of


class Span(NamedTuple):
    """From one moment to another; ``after`` is the position up to which it was read already."""

    old: str
    new: str
    after: int = 0


# The values: 1 who, 2 the old moment, 3 the new one, 4 the position read up to, 5 how many at most.
ON_POSTGRES = {
    "passed": "(position <= ?4::bigint OR "
    "pg_visible_in_snapshot(committed_in::text::xid8, ?2::text::pg_snapshot))",
    "there": "pg_visible_in_snapshot(committed_in::text::xid8, ?3::text::pg_snapshot)",
    # LATERAL with a limit: a join could be carried out by reading the whole table.
    "all": "{of} CROSS JOIN LATERAL ("
    "SELECT * FROM {table} WHERE {new} ORDER BY change LIMIT ?5::int) AS its",
}
ON_SQLITE = {
    "passed": "position <= max(?4, ?2)",
    "there": "position <= ?3",
    "all": "{of} CROSS JOIN {table} AS its ON {new}",
}

NEW = """
    conversation_id = its_id AND {there} AND change > coalesce((
        SELECT change FROM {table} WHERE conversation_id = its_id AND {passed}
        ORDER BY change DESC LIMIT 1
    ), 0)
"""

ENTRY = """
    id, kind, change, position, committed_in, conversation_id, user_id, cast(ids AS text) AS ids,
    first_seq, last_seq, about_id, session
"""

QUERY = """
    WITH mine AS MATERIALIZED (
        SELECT conversation_id AS its_id FROM participants WHERE user_id = ?1
    ), lost AS MATERIALIZED (
        SELECT * FROM journal WHERE about_id = ?1 AND kind = 'left' AND NOT {passed} AND {there}
            AND conversation_id NOT IN (SELECT its_id FROM mine)
    )
    SELECT * FROM (
        SELECT id, 'sent' AS kind, change, position, committed_in, conversation_id,
            cast(NULL AS text) AS user_id, cast(NULL AS text) AS ids,
            cast(NULL AS bigint) AS first_seq, cast(NULL AS bigint) AS last_seq,
            sender_id AS about_id, session
        FROM {messages_of_mine}
        UNION ALL
        SELECT {entry} FROM {journal_of_mine}
        UNION ALL
        SELECT {entry} FROM journal WHERE user_id = ?1 AND {there} AND change > coalesce((
            SELECT change FROM journal WHERE user_id = ?1 AND {passed} ORDER BY change DESC LIMIT 1
        ), 0)
        UNION ALL
        SELECT id, 'notified', 0, position, committed_in, NULL, cast(?1 AS text),
            '["' || id || '"]', NULL, NULL, NULL, NULL
        FROM broadcasts
        WHERE NOT {passed} AND {there} AND (actor_id IS NULL OR actor_id <> ?1)
        UNION ALL
        SELECT {entry} FROM lost
        UNION ALL
        SELECT n.id, 'notified', its.change, its.position, its.committed_in, its.conversation_id,
            n.user_id, '["' || n.id || '"]', NULL, NULL, NULL, NULL
        FROM {messages_of_lost} JOIN notifications n ON n.message_id = its.id AND n.user_id = ?1
    ) AS missed ORDER BY position, change LIMIT {most}
"""


def _query(words: dict[str, str], most: str) -> str:
    def news(table: str, of: str) -> str:
        return words["all"].format(of=of, table=table, new=NEW.format(table=table, **words))

    return QUERY.format(
        messages_of_mine=news("messages", "mine"),
        journal_of_mine=news("journal", "mine"),
        messages_of_lost=news(
            "messages", "(SELECT DISTINCT conversation_id AS its_id FROM lost) l"
        ),
        entry=ENTRY,
        most=most,
        **words,
    )


QUERIES = {True: _query(ON_POSTGRES, "?5::int"), False: _query(ON_SQLITE, "?5")}
"""By whether it is PostgreSQL's."""


async def entries(user_id: str, span: Span, most: int) -> list[Entry]:
    """The first so many changes of a span; one statement, however many conversations she has."""
    postgres = on_postgres()
    old, new = (span.old, span.new) if postgres else (last(span.old), last(span.new))
    found = await rows(QUERIES[postgres], user_id, old, new, span.after, most)
    return [_entry(row) for row in found]


def _entry(row: dict[str, Any]) -> Entry:
    of = row["conversation_id"]
    ids = list_of(row["ids"] or "[]")
    changed = {"id": uuid_of(row["id"]), "conversation_id": of and uuid_of(of), "ids": ids}
    return entry_of(SimpleNamespace(**{**row, **changed}))
