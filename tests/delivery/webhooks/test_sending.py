"""What reaches a backend that is well, down, slow, wrong, or gone; each signature is verified by
the public `standardwebhooks` package."""

from __future__ import annotations

import pytest

from realtime.delivery.outgoing import Outgoing
from realtime.delivery.webhooks.settings import Endpoint
from realtime.dialects.words import Words
from realtime.domain import conversations, messages, notifications, turns
from realtime.domain.ids import new_id
from realtime.domain.outbox import LIFE, WEBHOOK
from realtime.domain.records import Notice
from realtime.models import Outbox
from tests.delivery.webhooks.telling import Telling
from tests.servers.webhook_receiver import OLD_SECRET, SECRET, Answer, Receiver


async def test_a_backend_is_told_each_thing_once_signed(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair()
    await telling.say(conversation_id, "Lunch?")
    await telling.work()
    await telling.work()

    assert receiver.types() == ["conversation.created", "message.sent"]
    assert not receiver.bad
    said = receiver.taken[-1]
    assert (said.data["content"], said.data["seq"]) == ("Lunch?", 1)
    assert said.timestamp == "2026-01-05T12:00:00.000Z"
    assert said.id.startswith("msg_")
    assert not await telling.waiting()


async def test_while_a_secret_is_replaced_both_the_old_and_the_new_one_are_good(
    telling: Telling,
) -> None:
    strict = Receiver(SECRET, OLD_SECRET)
    await strict.start()
    await telling.use(Endpoint(url=strict.url, secrets=(SECRET, OLD_SECRET)))
    await telling.pair()
    await strict.stop()

    assert strict.types() == ["conversation.created"]


async def test_another_secret_is_refused_and_it_is_tried_again(
    telling: Telling, receiver: Receiver
) -> None:
    await telling.use(Endpoint(url=receiver.url, secrets=(OLD_SECRET,)))
    await telling.pair()

    assert receiver.bad
    assert (await telling.answer())["status"] == 401

    await telling.use(Endpoint(url=receiver.url, secrets=(SECRET,)))
    await telling.work(minutes=1)
    assert receiver.types() == ["conversation.created"]


async def test_ids_are_numbers_where_the_deployment_says_so(
    telling: Telling, receiver: Receiver
) -> None:
    await telling.use(Endpoint(url=receiver.url, secrets=(SECRET,)), words=Words(integer_ids=True))
    conversation_id = await telling.pair("7", "8")
    await telling.world.say("7", conversation_id, "Hi")
    await telling.work()

    created, said = receiver.taken
    assert created.data["participantIds"] == [7, 8]
    assert (said.data["senderId"], said.data["receiverId"]) == (7, 8)


async def test_what_is_said_in_one_conversation_comes_in_its_order(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair()
    texts = [str(n) for n in range(40)]
    await telling.say(conversation_id, *texts)
    receiver.answers = [Answer(after=0.05), Answer(), Answer(after=0.02)]
    await telling.work()

    assert receiver.texts() == texts
    assert receiver.most_at_once == 1


async def test_conversations_do_not_wait_for_one_another(
    telling: Telling, receiver: Receiver
) -> None:
    slow, quick = await telling.pair("ada", "bob"), await telling.pair("ada", "eve")
    receiver.answer = lambda asked: (
        Answer(422, "no words for it") if asked.data["conversationId"] == str(slow) else None
    )
    await telling.say(slow, "one", "two")
    await telling.say(quick, "three", "four")
    await telling.work()

    assert receiver.texts() == ["three", "four"]
    assert [row.attempts for row in await telling.waiting()] == [1, 0]
    assert (await telling.answer())["reason"] == "no words for it"


async def test_a_backend_that_was_down_hears_all_of_it_in_order_with_the_same_ids(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair()
    await receiver.stop()
    await telling.say(conversation_id, "one", "two")
    for _ in range(4):
        await telling.work(minutes=20)
        await telling.say(conversation_id, "more")
    assert not receiver.texts()
    ids = [f"msg_{row.id.hex}" for row in await telling.waiting()]

    await receiver.start()
    await telling.work(minutes=20)

    assert receiver.texts() == ["one", "two", *["more"] * 4]
    assert [each.id for each in receiver.taken[1:]] == ids


@pytest.mark.parametrize("status", [301, 307, 401, 404, 410, 429, 500, 503])
async def test_an_endpoint_in_trouble_is_left_alone_for_a_while(
    telling: Telling, receiver: Receiver, status: int
) -> None:
    first, second = await telling.pair("ada", "bob"), await telling.pair("ada", "eve")
    receiver.answers = [Answer(status, headers={"Location": receiver.url})]
    await telling.say(first, "one")
    await telling.work()
    await telling.say(second, "two")
    await telling.work()

    assert len(receiver.asked) == 3  # both conversations, and one try: a redirect is not followed
    assert not telling.sender.may_send()
    assert (await telling.answer())["status"] == status
    await telling.work(minutes=10)
    assert receiver.texts() == ([] if status == 410 else ["one", "two"])
    await telling.work(minutes=70)
    assert sorted(receiver.texts()) == ["one", "two"]


async def test_it_is_asked_again_when_it_says(telling: Telling, receiver: Receiver) -> None:
    conversation_id = await telling.pair()
    receiver.answers = [Answer(503, headers={"Retry-After": "300"})]
    await telling.say(conversation_id, "one")
    await telling.work()

    await telling.work(seconds=290)
    assert not receiver.texts()
    await telling.work(seconds=120)
    assert receiver.texts() == ["one"]


async def test_a_backend_that_does_not_answer_is_not_waited_for(
    telling: Telling, receiver: Receiver
) -> None:
    hasty = Outgoing(private=True, seconds=0.2)
    await telling.use(Endpoint(url=receiver.url, secrets=(SECRET,)), outgoing=hasty)
    receiver.answers = [Answer(after=5)]
    await telling.pair()

    assert (await telling.answer())["reason"] == "no answer in time"


async def test_a_long_answer_is_cut(telling: Telling, receiver: Receiver) -> None:
    receiver.answers = [Answer(500, "x" * 3_000_000)]
    await telling.pair()

    assert (await telling.answer())["reason"] == "x" * 200


async def test_what_is_not_taken_for_a_day_is_dead_and_the_next_has_its_turn(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair()
    receiver.answer = lambda asked: (
        Answer(422, "never") if asked.data.get("content") == "one" else None
    )
    await telling.say(conversation_id, "one", "two")
    tries = 0
    while not await telling.dead():
        assert not receiver.texts()
        await telling.work(minutes=11)
        tries += 1
    assert 100 < tries < 140
    await telling.work(minutes=15)  # more than the longest pause, with its chance
    assert receiver.texts() == ["two"]
    (dead,) = await telling.dead()
    assert dead.answer["reason"] == "never"

    receiver.answer = lambda _: None
    await telling.say(conversation_id, "three")
    assert await turns.resend(telling.world.now, [dead.id]) == 1
    await telling.work()
    assert receiver.texts() == ["two", "one", "three"]
    assert not await Outbox.exists()


async def test_what_cannot_be_said_is_dead_after_a_day_and_the_next_has_its_turn(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair("1", "2")
    await Outbox.bulk_create(
        [
            Outbox(
                id=new_id(),
                kind=WEBHOOK,
                target="crm",
                order_key=str(conversation_id),
                order_no=0,
                body={"type": "participant.added", "data": {"userId": "ada"}},
                due_at=telling.world.now,
                expires_at=telling.world.now + LIFE,
                created_at=telling.world.now,
            )
        ]
    )
    endpoint = Endpoint(url=receiver.url, secrets=(SECRET,))
    await telling.use(endpoint, words=Words(integer_ids=True))
    await telling.world.say("1", conversation_id, "Hi")

    await telling.work()
    assert (await telling.answer())["reason"] == "it cannot be said: ValueError"
    await telling.work(hours=25)

    assert [row.body["data"] for row in await telling.dead()] == [{"userId": "ada"}]
    await telling.work()
    assert receiver.texts() == ["Hi"]


async def test_one_that_refuses_whatever_it_is_told_is_left_alone(
    telling: Telling, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(400, "unknown field")
    for n in range(40):
        await conversations.start(telling.world.actor("ada"), f"bob-{n}")
    await telling.work()

    assert len(receiver.asked) < 40
    assert not telling.sender.may_send()
    receiver.answer = lambda _: None
    await telling.work(minutes=1)
    await telling.work(minutes=1)
    assert len(receiver.taken) == 40


async def test_a_worker_that_held_it_too_long_changes_nothing(
    telling: Telling, receiver: Receiver
) -> None:
    conversation_id = await telling.pair()
    await telling.say(conversation_id, "one", "two")
    rows = await turns.take("crm", "slow", 9, telling.world.now)
    telling.world.later(seconds=45)

    for work in telling.sender.works(rows):
        await work.doing

    assert not receiver.texts()
    assert [row.holder for row in await telling.waiting()] == [None, None]
    await telling.work()
    assert receiver.texts() == ["one", "two"]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/hooks", "https://[::1]/hooks", "https://10.0.0.7/hooks"]
)
async def test_our_own_network_is_not_called_unless_it_may_be(telling: Telling, url: str) -> None:
    await telling.use(Endpoint(url=url, secrets=(SECRET,)), outgoing=Outgoing())
    await telling.pair()

    assert (await telling.answer())["reason"] == "its address is not public"


async def test_a_name_that_leads_into_our_network_is_not_called(
    telling: Telling, receiver: Receiver
) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost").replace("http:", "https:")
    await telling.use(Endpoint(url=url, secrets=(SECRET,)), outgoing=Outgoing())
    await telling.pair()

    assert "no public address" in (await telling.answer())["reason"]
    assert not receiver.asked


async def test_notifications_of_one_user_come_in_their_order(
    telling: Telling, receiver: Receiver
) -> None:
    await telling.world.node.people.known("bob")
    for n in range(5):
        await notifications.notify(telling.world.node, ["bob"], Notice("LIKE", text=str(n)))
    await telling.work()

    assert [each.data["text"] for each in receiver.taken] == ["0", "1", "2", "3", "4"]


async def test_what_was_said_is_sent_as_it_was_then(telling: Telling, receiver: Receiver) -> None:
    conversation_id = await telling.pair()
    said = await telling.world.say("ada", conversation_id, "Lunch?")
    await messages.edit(telling.world.actor("ada"), said.id, "Dinner?")
    await telling.work()

    assert [each.data["content"] for each in receiver.taken[1:]] == ["Lunch?", "Dinner?"]
