"""Webhooks across processes, which die at the worst moment."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import pytest

from tests.scenarios.webhooks.house import House
from tests.servers.webhook_receiver import Answer, Receiver, Taken

Kill = Callable[[], None]


def before_it_answers(receiver: Receiver, text: str, kill: Kill) -> None:
    receiver.answers = [Answer(after=30)]
    receiver.before_answering = once_for(text, receiver, kill)


def after_it_took_it(receiver: Receiver, text: str, kill: Kill) -> None:
    receiver.after_answering = once_for(text, receiver, kill)


def once_for(text: str, receiver: Receiver, kill: Kill) -> Callable[[Taken], None]:
    def asked(given: Taken) -> None:
        if given.data.get("content") == text:
            receiver.before_answering = receiver.after_answering = lambda _: None
            kill()

    return asked


@pytest.mark.parametrize(
    ("database", "transports"), [("postgres", "websocket"), ("sqlite", "websocket")]
)
async def test_killed_at_any_step_each_is_told_in_its_order_under_one_id(
    house: House, receiver: Receiver
) -> None:
    house.lease = 1
    node = await house.node()
    ada = house.cluster.person(node, "ada")
    texts = []
    for die, text in ((before_it_answers, "one"), (after_it_took_it, "two")):
        sender = await house.another_sender(node) if texts else await house.sender(node)
        await receiver.until(lambda: receiver.texts()[-1:] == texts[-1:])
        die(receiver, text, lambda: sender.send(signal.SIGKILL))  # noqa: B023 - it dies in this turn
        for said in (text, f"{text} and more"):
            body = {"receiverId": "bob", "content": said}
            if house.alone and said != text:
                break  # who would take it is dead
            answer = await ada.post("/api/messages", body)
            assert answer.status == 201, answer.text
            texts.append(said)
        await asyncio.to_thread(sender.wait)
    await house.another_sender(node)
    await receiver.until(lambda: receiver.texts()[-1:] == texts[-1:])

    assert not receiver.bad
    first: dict[str, str] = {}
    for each in receiver.asked:
        if each.type == "message.sent":
            first.setdefault(each.id, each.data["content"])
    assert list(first.values()) == texts
    assert len({each.id for each in receiver.taken}) == len(texts) + 1 == len(first) + 1
    assert len(receiver.asked) > len(first) + 1


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_workers_and_nodes_that_write_at_once_tell_each_conversation_in_its_order(
    house: House, receiver: Receiver
) -> None:
    nodes = [await house.node(), await house.node()]
    for _ in range(2):
        await house.worker()

    async def talk(n: int) -> None:
        for text in map(str, range(5)):
            people = [house.cluster.person(node, "ada") for node in nodes]
            body = {"receiverId": f"bob-{n}", "content": text}
            await people[int(text) % 2].post("/api/messages", body)

    await asyncio.gather(*(talk(n) for n in range(8)))
    await receiver.until(lambda: len(receiver.texts()) >= 40)

    for n in range(8):
        said = [each for each in receiver.taken if each.data.get("receiverId") == f"bob-{n}"]
        assert [each.data["seq"] for each in said] == [1, 2, 3, 4, 5]
        assert [each.data["content"] for each in said] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
async def test_who_comes_and_goes_is_told(house: House, receiver: Receiver) -> None:
    node = await house.node()
    bob = await house.cluster.frontend(node, "bob")
    await receiver.until(lambda: "user.online" in receiver.types())
    await bob.disconnect()
    await receiver.until(lambda: "user.offline" in receiver.types())

    assert [each.data for each in receiver.taken] == [{"userId": "bob"}] * 2
