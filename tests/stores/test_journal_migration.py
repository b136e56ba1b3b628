"""What was stored before there was a journal has its place in it after the migration."""

from __future__ import annotations

from pathlib import Path

from realtime.domain.ids import new_id
from realtime.models import Conversation, Message
from realtime.stores import migrations
from realtime.stores.database import Database
from tests.stores.older import Older

USER = "INSERT INTO users (id, created_at) VALUES ('ada', '2026-01-05 12:00:00+00:00')"
CONVERSATION = """
    INSERT INTO conversations (id, last_seq, version, created_at, updated_at)
    VALUES ('{id}', {said}, 1, '2026-01-05 12:00:00+00:00', '2026-01-05 12:00:00+00:00')
"""
MESSAGE = """
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, created_at,
        updated_at)
    VALUES ('{id}', '{conversation}', {seq}, 'ada', 'text', 'Hi',
        '2026-01-05 12:00:{second:02}+00:00', '2026-01-05 12:00:{second:02}+00:00')
"""


async def test_messages_have_changes_and_positions(
    empty_url: str, tmp_path: Path, older: Older
) -> None:
    older.before(1)
    await migrations.migrate(empty_url, tmp_path)
    one, other = new_id(), new_id()
    async with await Database.open(empty_url) as database:
        run = database.client.execute_script
        await run(USER)
        for id_, said in ((one, 3), (other, 2)):
            await run(CONVERSATION.format(id=id_, said=said))
        for second, (to, seq) in enumerate(((one, 1), (other, 1), (one, 2), (other, 2), (one, 3))):
            await run(MESSAGE.format(id=new_id(), conversation=to, seq=seq, second=second))

    older.as_now()
    await migrations.migrate(empty_url, tmp_path)

    async with await Database.open(empty_url):
        rows = await Message.all().order_by("position")
        assert [row.position for row in rows] == [1, 2, 3, 4, 5]
        assert [row.conversation_id for row in rows] == [one, other, one, other, one]
        assert all(row.change == row.seq for row in rows)
        assert [(await Conversation.get(id=each)).last_change for each in (one, other)] == [3, 2]
