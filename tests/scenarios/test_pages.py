"""What a page costs does not grow with what is on it, nor with what is in the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from realtime.domain import activity, conversations, groups, memberships, messages, notifications
from realtime.domain import people as people_module
from realtime.domain.activity import Deed
from realtime.domain.events import PeopleChanged
from realtime.domain.messages import Content
from realtime.domain.records import Notice
from tests.cluster import Cluster
from tests.nodes import InProcess
from tests.scenarios.pages import Reader, pages
from tests.scenarios.steps import backend, on_both_databases
from tests.statements import Statement, heard

FEW, MANY = 3, 30

NEWS = Notice("ORDER_UPDATE", title="Shipped")


async def filled(node: InProcess, user: str, size: int) -> Reader:
    """A user with so many of everything that a page can show."""
    others = [f"{user}-{number:02}" for number in range(size)]
    for other in others:
        await activity.log(backend(node, other), Deed("save_job", user), lambda _: NEWS)
        for text in ("Hi", "Are you there?"):
            await messages.send_to(backend(node, other), user, Content(text))
        await left_behind(node, user, other)
        await notifications.notify(backend(node).node, [user], NEWS)
    talk = await conversations.start(backend(node, user), others[0])
    for number in range(size):
        last = await messages.send(backend(node, others[0]), talk.id, Content(str(number)))
    return Reader(user, others[0], str(talk.id), str(last.id), tuple(others))


async def left_behind(node: InProcess, user: str, other: str) -> None:
    """A group whose last word is of one who has left it."""
    app = backend(node)
    group, _ = await conversations.create_group(app, [user, other], title="Choir")
    await messages.send(backend(node, other), group.id, Content("Goodbye"))
    await groups.remove(app.node, group.id, other)


async def asked_for(
    cluster: Cluster, node: InProcess, reader: Reader, *, remembered: bool = True
) -> dict[tuple[str, str], list[Statement]]:
    """What each page asks of the database; of the reader herself a node always knows."""
    await cluster.person(node, reader.user, token=reader.token).get(
        "/api/notifications/preferences"
    )
    asked = {}
    for dialect, template, path, person in pages(cluster, node, reader):
        if not remembered:  # everybody has another name, and no conversation is as it was
            backend(node).node.announce(PeopleChanged(reader.people))
        with heard() as statements:
            answer = await person.get(path)
        assert answer.status == 200, (path, answer.text)
        asked[dialect, template] = list(statements)
    return asked


@on_both_databases
async def test_thirty_rows_ask_the_database_as_often_as_three(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "FRESH_FOR", 3600.0)
    monkeypatch.setattr(memberships, "FRESH_FOR", -1.0)  # what is remembered is always checked
    # Else what was said is written down once a second, meanwhile.
    node = await cluster.node(recovery__stored_hours=0)
    readers = [await filled(node, "few", FEW), await filled(node, "many", MANY)]
    asked = []
    for reader in readers:
        await asked_for(cluster, node, reader)  # what has never been shown is marked as shown
        asked.append(await asked_for(cluster, node, reader))
        asked.append(await asked_for(cluster, node, reader, remembered=False))

    for few, many in zip(asked[:2], asked[2:], strict=True):
        assert {page: len(found) for page, found in few.items()} == {
            page: len(found) for page, found in many.items()
        }
    assert all(len(found) <= MOST for page, found in asked[0].items() if page[0] != "server")


MOST = 12
"""Statements of a page whose reader's memory is empty."""

LARGE = {
    "activities",
    "conversations",
    "journal",
    "messages",
    "notifications",
    "participants",
    "users",
}
"""Tables that grow with use."""

CROWD = """
    INSERT INTO users (id, name, created_at)
    SELECT 'user' || n, 'User ' || n, now() FROM generate_series(1, 20000) n
    UNION ALL SELECT 'ada', 'Ada', now();

    INSERT INTO conversations (id, low_id, high_id, last_seq, newest_seq, last_change, version,
        last_message_at, created_at, updated_at)
    SELECT md5('c' || n)::uuid, CASE WHEN n % 400 = 1 THEN 'ada' ELSE 'user' || n END,
        'user' || n + 1, said, said, said, 1, now(), now(), now()
    FROM (SELECT n, CASE n WHEN 1 THEN 20000 ELSE 5 END AS said
        FROM generate_series(1, 19999) n) numbered;

    INSERT INTO participants (id, conversation_id, user_id, read_seq, joined_at)
    SELECT md5('l' || id)::uuid, id, low_id, 1, now() FROM conversations
    UNION ALL SELECT md5('h' || id)::uuid, id, high_id, 1, now() FROM conversations;

    INSERT INTO messages (id, conversation_id, seq, change, position, sender_id, kind, content,
        created_at, updated_at, deleted_at, read_at)
    SELECT md5(c.id::text || s)::uuid, c.id, s, s, s,
        CASE s % 2 WHEN 0 THEN low_id ELSE high_id END, 'text', 'Hi', now(),
        now(), CASE s % 50 WHEN 3 THEN now() END, CASE s WHEN 1 THEN now() END
    FROM conversations c, generate_series(1, c.last_seq) s;

    INSERT INTO notifications (id, user_id, message_id, type, text, data, priority, created_at)
    SELECT md5('n' || m.id)::uuid, CASE sender_id WHEN low_id THEN high_id ELSE low_id END, m.id,
        'NEW_MESSAGE', 'Hi', jsonb_build_object('conversationId', c.id), 'normal', now()
    FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.seq <= 1000 AND m.deleted_at IS NULL;

    INSERT INTO activities (id, user_id, target_id, action, created_at)
    SELECT md5('a' || n)::uuid, 'user' || n % 20000 + 1, CASE n % 400 WHEN 0 THEN 'ada' ELSE
        'user' || n % 19999 + 2 END, 'save_job', now() FROM generate_series(1, 50000) n;
"""
"""One of four hundred is of Ada's, and one conversation of hers is long."""


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_no_page_reads_a_whole_table(cluster: Cluster) -> None:
    node = await cluster.node(recovery__stored_hours=0)
    database = await asyncpg.connect(cluster.database_url)
    await database.execute(CROWD)
    await database.execute("VACUUM ANALYZE")
    room, message = await database.fetchrow(
        "SELECT conversation_id::text, id::text FROM messages WHERE seq = 10000"
    )
    reader = Reader("ada", "user2", room, message, ("user2", "user3"))

    asked = await asked_for(cluster, node, reader)

    whole = {
        (*page, table, statement.text)
        for page, statements in asked.items()
        for statement in statements
        for table in await read_whole(database, statement)
    }
    await database.close()
    assert whole == set()
    assert sum(len(statements) for statements in asked.values()) > len(asked)


async def read_whole(database: Any, statement: Statement) -> set[str]:
    """The large tables of which a statement looks at each row."""
    if not statement.text.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
        return set()
    (plan,) = await database.fetchrow(f"EXPLAIN (FORMAT JSON) {statement.text}", *statement.values)
    return {each["Relation Name"] for each in nodes(json.loads(plan)[0]["Plan"])} & LARGE


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The sequential scans in a plan."""
    if plan["Node Type"] == "Seq Scan":
        yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
