"""Messages are stored once, in one order without gaps, and announced before they are answered."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from tortoise.transactions import in_transaction

from realtime.counting import SIZES
from realtime.domain.errors import InvalidText, NotParticipant, UnknownConversation
from realtime.domain.events import MessageSent
from realtime.domain.ports import Written
from realtime.domain.records import Attachment, Message
from realtime.models import Conversation, Participant
from realtime.models import Message as Row
from realtime.stores.metrics import BATCH
from realtime.stores.writer import GroupWriter, StorageFailed
from tests.stores.chat import Chat, Steps, now, stored_seqs, waiting_for_a_lock, without_gaps


async def test_a_message_is_answered_as_it_is_stored(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    files = (Attachment("https://a.example/ü.png", name="ü", size=3), Attachment("/b"))
    draft = chat.draft(pair, "ada", "Grüße 🎈", client_id="c1", attachments=files)

    written = await chat.writer.write(draft)

    row = await Row.get(id=draft.id)
    message = written.message
    assert written.fresh
    assert message.receiver == pair.person("bob")
    assert (message.seq, message.content, message.attachments) == (1, "Grüße 🎈", files)
    assert (row.seq, row.sender_id, row.kind, row.content) == (1, "ada", "text", "Grüße 🎈")
    assert tuple(Attachment(**one) for one in row.attachments) == files
    assert row.created_at == row.updated_at == message.created_at == draft.created_at
    conversation = await Conversation.get(id=pair.id)
    assert conversation.last_message_at == conversation.updated_at == message.created_at


async def test_many_senders_at_once_leave_no_gap_in_any_conversation(chat: Chat) -> None:
    pairs = [await chat.between("ada", f"bob{number}") for number in range(10)]
    drafts = [chat.draft(random.choice(pairs), "ada", str(number)) for number in range(1000)]

    answers = await chat.send_all(drafts)

    assert all(answer.fresh for answer in answers)
    for pair in pairs:
        count = sum(draft.conversation is pair for draft in drafts)
        assert await stored_seqs(pair) == without_gaps(count)
        assert chat.told_of(pair) == without_gaps(count)


async def test_one_sender_is_stored_in_the_order_of_her_sends(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    answers = await chat.send_all(chat.draft(pair, "ada", str(number)) for number in range(700))

    assert [int(answer.message.content) + 1 for answer in answers] == without_gaps(700)
    assert [answer.message.seq for answer in answers] == without_gaps(700)


async def test_who_wait_for_their_acks_are_stored_in_halves(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    larger = bisect_left(SIZES, 50) + 1
    before = sum(BATCH.all.counts[larger:])

    async def talk() -> None:
        for number in range(10):
            await chat.send(pair, "ada", str(number))

    await asyncio.gather(*(talk() for _ in range(80)))

    assert sum(BATCH.all.counts[larger:]) == before
    assert len(chat.told) == 800


async def test_a_message_is_announced_before_its_sender_hears_of_it(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    async def send(number: int) -> bool:
        written = await chat.send(pair, "ada", str(number))
        return any(told.message == written.message for told in chat.told)

    assert all(await asyncio.gather(*map(send, range(100))))
    assert chat.told[0].session == "ada-session"
    assert chat.told[0].conversation == pair


async def test_a_sender_goes_on_before_what_was_told_is_written(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    steps: list[str] = []
    loop = asyncio.get_running_loop()
    chat.when_told = lambda: loop.call_soon(steps.append, "written")

    await chat.send(pair, "ada")
    steps.append("acked")
    await asyncio.sleep(0)

    assert steps == ["acked", "written"]


async def test_a_retry_gets_the_first_message_and_announces_nothing(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    first = await chat.send(
        pair, "ada", "Lunch?", client_id="c1", attachments=(Attachment("/menu"),)
    )

    again = await chat.send(pair, "ada", "Lunch? ", client_id="c1")

    assert again == Written(first.message, fresh=False)
    assert chat.told_of(pair) == [1]
    assert await stored_seqs(pair) == [1]


async def test_a_client_id_is_the_senders_and_the_conversations_own(chat: Chat) -> None:
    pair, other = await chat.between("ada", "bob"), await chat.between("ada", "eve")

    sends = [(pair, "ada"), (pair, "bob"), (other, "ada")]
    answers = [await chat.send(to, sender, client_id="c1") for to, sender in sends]

    assert [answer.fresh for answer in answers] == [True, True, True]


async def test_retries_inside_one_batch_are_one_message(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    drafts = [chat.draft(pair, "ada", "Lunch?", client_id="c1") for _ in range(5)]

    first, *others = await chat.send_all(drafts)

    assert first.fresh
    assert others == [Written(first.message, fresh=False)] * 4
    assert chat.told_of(pair) == await stored_seqs(pair) == [1]


async def test_with_three_in_ten_sends_retried_each_message_is_there_once(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    sends = [f"c{number}" for number in range(700)]
    sends += random.sample(sends, 300)
    random.shuffle(sends)

    answers = await chat.send_all(
        chat.draft(pair, "ada", client_id, client_id=client_id) for client_id in sends
    )

    messages: dict[str, set[Message]] = {}
    for client_id, answer in zip(sends, answers, strict=True):
        messages.setdefault(client_id, set()).add(answer.message.id)
    assert all(len(ids) == 1 for ids in messages.values())
    assert sum(answer.fresh for answer in answers) == 700
    assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(700)


async def test_the_same_send_on_two_nodes_at_once_is_one_message(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    other = Chat(chat.database)

    answers = await asyncio.gather(
        *(node.send(pair, "ada", client_id=f"c{n}") for n in range(50) for node in (chat, other))
    )
    await other.writer.stop()

    assert sum(answer.fresh for answer in answers) == 50
    assert sorted(chat.told_of(pair) + other.told_of(pair)) == await stored_seqs(pair)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_two_busy_nodes_on_shared_conversations_never_deadlock(chat: Chat) -> None:
    pairs = await chat.groups(100)
    nodes = [Chat(chat.database) for _ in range(2)]

    async def shuffled(node: Chat, rounds: int) -> None:
        for _ in range(rounds):
            order = random.sample(pairs, len(pairs))
            answers = await node.send_all(node.draft(p, "ada", notify=False) for p in order)
            assert all(isinstance(answer, Written) for answer in answers)

    with capture_logs() as logged:
        await asyncio.gather(*(shuffled(node, 20) for node in nodes))
    for node in nodes:
        await node.writer.stop()

    # A deadlock would have been tried again, and logged.
    assert logged == []
    for pair in random.sample(pairs, 20):
        assert await stored_seqs(pair) == without_gaps(40)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_batch_that_waits_for_a_conversation_holds_none_above_it(chat: Chat) -> None:
    pairs = sorted(await chat.groups(10), key=lambda pair: pair.id)
    lowest, others = pairs[0], [pair.id for pair in pairs[1:]]

    async with in_transaction():
        await _locked(lowest.id)
        sends = asyncio.ensure_future(
            chat.send_all(chat.draft(pair, "ada") for pair in random.sample(pairs, len(pairs)))
        )
        while not await waiting_for_a_lock(chat):
            pass
        free = await Conversation.filter(id__in=others).select_for_update(skip_locked=True)
        assert len(free) == len(others)

    assert all(isinstance(answer, Written) for answer in await sends)


async def test_only_the_guilty_sender_hears_of_a_poisoned_row_in_a_full_batch(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    drafts = [chat.draft(pair, "ada", str(number)) for number in range(499)]
    drafts.insert(250, chat.draft(pair, "bob", "cut \ud83d"))

    answers = await chat.send_all(drafts)

    assert isinstance(answers.pop(250), InvalidText)
    assert [answer.message.seq for answer in answers] == without_gaps(499)
    assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(499)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_nul_is_the_senders_own_fault(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    good, bad = await chat.send_all(
        [chat.draft(pair, "ada", "fine"), chat.draft(pair, "bob", "nul \0")]
    )

    assert good.fresh
    assert isinstance(bad, InvalidText)


async def test_a_cut_emoji_in_an_attachment_is_refused(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    with pytest.raises(InvalidText):
        await chat.send(pair, "ada", attachments=(Attachment("/a", name="\ud83d"),))


async def test_a_row_that_the_database_cannot_take_is_a_fault_of_ours(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    taken = await chat.send(pair, "ada")
    draft = chat.draft(pair, "ada")
    object.__setattr__(draft, "id", taken.message.id)

    good, bad = await chat.send_all([chat.draft(pair, "bob"), draft])

    assert good.message.seq == 2
    assert isinstance(bad, StorageFailed)
    assert await stored_seqs(pair) == [1, 2]


async def test_a_conversation_that_is_gone_is_unknown(chat: Chat) -> None:
    pair, kept = await chat.between("ada", "bob"), await chat.between("ada", "eve")
    await Conversation.filter(id=pair.id).delete()

    gone, there = await chat.send_all([chat.draft(pair, "ada"), chat.draft(kept, "ada")])

    assert isinstance(gone, UnknownConversation)
    assert there.fresh


async def test_who_is_removed_during_a_thousand_sends_writes_nothing_after(chat: Chat) -> None:
    group = await chat.between("ada", "bob", "eve")

    async def remove() -> int:
        await chat.send(group, "bob", "Goodbye, Ada")
        async with in_transaction():
            conversation = await _locked(group.id)
            await Participant.filter(conversation=conversation, user_id="ada").delete()
            conversation.version += 1
            await conversation.save(update_fields=["version"])
            return conversation.last_seq

    async def keep_sending() -> list[Written | Exception]:
        waves = [[chat.draft(group, "ada") for _ in range(50)] for _ in range(20)]
        return [answer for wave in waves for answer in await chat.send_all(wave)]

    answers, last = await asyncio.gather(keep_sending(), remove())
    stored = [answer for answer in answers if isinstance(answer, Written)]
    refused = [answer for answer in answers if isinstance(answer, NotParticipant)]

    assert refused
    assert len(stored) + len(refused) == 1000
    assert all(answer.message.seq <= last for answer in stored)
    assert [person.id for person in chat.fresher[-1].people] == ["bob", "eve"]


async def test_others_still_write_with_a_stale_membership(chat: Chat) -> None:
    group = await chat.between("ada", "bob", "eve")
    await Participant.filter(conversation_id=group.id, user_id="eve").delete()
    await Conversation.filter(id=group.id).update(version=2)

    await chat.send(group, "ada")

    (told,) = chat.told
    assert [person.id for person in told.conversation.people] == ["ada", "bob"]
    assert [notification.user_id for notification in told.notifications] == ["bob"]


async def test_the_times_of_a_conversation_never_run_backwards(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    start = now()

    times = [start, start - timedelta(seconds=3), start + timedelta(seconds=1), start]
    answers = [await chat.send(pair, "ada", at=at) for at in times[:2]]
    answers += await chat.send_all(chat.draft(pair, "ada", at=at) for at in times[2:])

    later = start + timedelta(seconds=1)
    assert [answer.message.created_at for answer in answers] == [start, start, later, later]
    rows = await Row.filter(conversation_id=pair.id).order_by("seq")
    assert [row.created_at for row in rows] == [start, start, later, later]


async def test_a_sender_who_is_cancelled_in_any_await_has_sent_all_the_same(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    for nth in range(1, 100):
        steps = Steps(nth)
        await steps.run(chat.send(pair, "ada", f"Try {nth}"))
        if steps.finished:
            break

    after = await chat.send(pair, "bob", "Still here")

    assert after.message.seq == nth + 1 > 2
    assert chat.told_of(pair) == await stored_seqs(pair) == without_gaps(nth + 1)


async def test_stopping_commits_what_waits_and_takes_no_more(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    sends = [asyncio.ensure_future(chat.send(pair, "ada")) for _ in range(1200)]
    await asyncio.sleep(0)  # each has reached the writer

    await chat.writer.stop()

    assert len([await send for send in sends]) == len(await stored_seqs(pair)) == 1200
    with pytest.raises(StorageFailed):
        await chat.send(pair, "ada")


async def test_a_writer_that_was_never_started_says_so(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")
    writer = GroupWriter(chat.database, chat.joined, chat.told.append, chat.fresher.append)

    with pytest.raises(StorageFailed):
        await writer.write(chat.draft(pair, "ada"))


async def test_the_events_carry_what_was_answered(chat: Chat) -> None:
    pair = await chat.between("ada", "bob")

    written = await chat.send(pair, "ada", notify=False)

    assert chat.told == [MessageSent(written.message, pair, (), "ada-session")]


async def _locked(conversation_id: object) -> Conversation:
    return await Conversation.filter(id=conversation_id).select_for_update().get()
