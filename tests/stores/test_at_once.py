"""What is stored in one statement, and what is left to the careful way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tortoise.transactions import in_transaction

from realtime.domain.ports import Written
from realtime.models import Conversation
from realtime.models import Message as Row
from realtime.stores.writer.at_once import SENT_AS
from realtime.stores.writer.commit import Commit
from tests.stores.chat import Chat, now, stored_seqs, until_waiting, without_gaps

CAREFULLY = Commit.carefully


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many drafts each careful commit got."""
    sizes: list[int] = []

    async def counted(commit: Commit, batch: Any, *, again: bool) -> None:
        sizes.append(len(batch.entries))
        await CAREFULLY(commit, batch, again=again)

    monkeypatch.setattr(Commit, "carefully", counted)
    return sizes


@pytest.mark.parametrize("kind", ["postgres"])
async def test_new_messages_need_no_second_look(chat: Chat, careful: list[int]) -> None:
    pair, group = await chat.between("ada", "bob"), await chat.between("ada", "bob", "eve")
    drafts = [chat.draft(to, "ada", client_id=f"c{n}") for n in range(50) for to in (pair, group)]

    answers = await chat.send_all(drafts)

    assert all(answer.fresh for answer in answers)
    assert careful == []
    assert [len(event.notifications) for event in chat.told] == [1, 2] * 50


@pytest.mark.parametrize("kind", ["postgres"])
async def test_only_retries_go_the_careful_way(chat: Chat, careful: list[int]) -> None:
    pair = await chat.between("ada", "bob")
    await chat.send(pair, "ada", client_id="c0")

    answers = await chat.send_all(chat.draft(pair, "ada", client_id=f"c{n}") for n in range(30))

    assert [answer.fresh for answer in answers] == [False] + [True] * 29
    assert sum(careful) == 1
    assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(30)


async def test_senders_who_know_different_versions_keep_their_order(chat: Chat) -> None:
    group = await chat.between("ada", "bob", "eve")
    await Conversation.filter(id=group.id).update(version=2)
    known = [group, replace(group, version=2)]

    answers = await chat.send_all(chat.draft(known[n % 2], "ada", str(n)) for n in range(20))

    assert [answer.message.seq for answer in answers] == without_gaps(20)
    assert chat.told_of(group) == await stored_seqs(group) == without_gaps(20)


async def test_clocks_that_disagree_inside_one_batch_leave_times_in_order(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    start = now()

    answers = await chat.send_all(
        chat.draft(pair, "ada", at=start + timedelta(seconds=n % 7)) for n in range(40)
    )

    times = [answer.message.created_at for answer in answers]
    stored = await Row.filter(conversation_id=pair.id).order_by("seq")
    assert times[-1] == start + timedelta(seconds=6)
    assert times == sorted(times) == [row.created_at for row in stored]
    assert [event.message.created_at for event in chat.told] == times


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_retry_that_another_node_stores_while_we_wait_gets_its_message(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    theirs = chat.draft(pair, "ada", "Lunch?", client_id="c1")
    async with in_transaction():
        conversation = await Conversation.select_for_update().get(id=pair.id)
        retry = asyncio.create_task(chat.send(pair, "ada", "Lunch?", client_id="c1"))
        await until_waiting(chat)
        await Row.create(
            id=theirs.id,
            conversation=conversation,
            seq=1,
            sender_id="ada",
            kind="text",
            content="Lunch?",
            client_id="c1",
            created_at=theirs.created_at,
            updated_at=theirs.created_at,
        )
        await Conversation.filter(id=pair.id).update(last_seq=1)

    answer = await retry

    assert (answer.fresh, answer.message.id, answer.message.seq) == (False, theirs.id, 1)
    assert chat.told == []
    assert await stored_seqs(pair) == [1]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_who_waits_for_another_node_numbers_after_it(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    other = Chat(chat.database)

    waves = [
        node.send(pair, sender, client_id=f"{sender}{n}")
        for n in range(200)
        for node, sender in ((chat, "ada"), (other, "bob"))
    ]
    answers = await asyncio.gather(*waves)
    await other.writer.stop()

    assert all(isinstance(answer, Written) and answer.fresh for answer in answers)
    assert sorted(chat.told_of(pair) + other.told_of(pair)) == without_gaps(400)
    assert await stored_seqs(pair) == without_gaps(400)


LOOKED_UP = """
    EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT found.id FROM (
        SELECT 'ada'::text AS sender_id, $1::uuid AS conversation_id, $2::text AS client_id OFFSET 0
    ) d CROSS JOIN LATERAL ({sent_as}) found
"""


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_retry_is_looked_for_in_the_index_that_is_for_it(
    chat: Chat, analyzed: bool
) -> None:
    """Any other index of the conversation would read all of it for each message."""
    pair = await chat.between("ada", "bob")
    for first in range(0, 2000, 200):
        of_two = range(first, first + 200)
        names = {n: f"c{n}" if n % 2 else None for n in of_two}
        await chat.send_all(chat.draft(pair, "ada", client_id=names[n]) for n in of_two)
    query = LOOKED_UP.format(sent_as=SENT_AS.format(d="d"))

    async with chat.database.client.acquire_connection() as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute("ANALYZE" if analyzed else "SELECT 1")
        for client_id, expected in (("c701", 1), ("another", 0), (None, 0)):
            (told,) = await connection.fetchrow(query, pair.id, client_id)
            plan = orjson.loads(told)[0]["Plan"]
            assert plan["Actual Rows"] == expected
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 4
            assert "uid_messages_sender" in told
