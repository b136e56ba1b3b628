"""What was acked is kept, whatever is killed, and a retry changes nothing."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, on_both_databases, talk


async def history(person: Rest, conversation_id: str) -> list[dict[str, Any]]:
    """All messages, page by page."""
    found: list[dict[str, Any]] = []
    path = f"/api/messages/conversations/{conversation_id}?limit=100"
    for number in itertools.count(1):
        page = (await person.get(f"{path}&page={number}"))["messages"]
        if not page:
            break
        found = [*page, *found]
    return found


@on_both_databases
async def test_what_was_acked_survives_a_kill_the_moment_after(cluster: Cluster) -> None:
    node = await cluster.process()
    ada = await cluster.frontend(node, "ada")
    room = await talk(ada, "bob")

    sent = await ada.ask("message:send", {"conversationId": room, "content": "Kept"})
    await node.kill()

    await node.start()
    bob = cluster.person(node, "bob")
    assert [message["id"] for message in await history(bob, room)] == [sent["data"]["id"]]
    (notification,) = (await bob.get("/api/notifications"))["data"]
    assert notification["data"]["messageId"] == sent["data"]["id"]


@on_both_databases
async def test_a_kill_in_the_middle_of_many_sends_loses_nothing_that_was_acked(
    cluster: Cluster,
) -> None:
    node = await cluster.process()
    ada = await cluster.frontend(node, "ada")
    room = await talk(ada, "bob")
    bodies = [
        {"conversationId": room, "content": str(number), "clientId": f"c-{number}"}
        for number in range(200)
    ]
    acked: dict[str, str] = {}

    async def send(body: dict[str, str]) -> None:
        answer = await ada.ask("message:send", body)
        acked[body["clientId"]] = answer["data"]["id"]

    sends = [asyncio.create_task(send(body)) for body in bodies]
    while len(acked) < 50:
        await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
        sends = [task for task in sends if not task.done()]
    for task in sends:
        task.cancel()
    await node.kill()
    before = dict(acked)

    await node.start()
    again = cluster.person(node, "ada")
    for body in bodies:  # as a client does that was not told
        answer = await again.post("/api/messages", body)
        assert answer.status == 201
        assert before.get(body["clientId"], answer["data"]["id"]) == answer["data"]["id"]

    kept = await history(again, room)
    assert sorted(int(message["content"]) for message in kept) == list(range(200))
    assert [message["seq"] for message in kept] == list(range(1, 201))


async def retrying(
    frontend: Frontend, room: str, number: int, chance: random.Random
) -> tuple[str, set[str]]:
    """One send; three in ten are sent again, at once or after the answer, here or over REST."""
    body = {"conversationId": room, "content": str(number), "clientId": f"c-{number}"}
    sends = [frontend.asked("message:send", body)]
    if chance.random() < 0.3:
        if chance.random() < 0.5:
            await sends[0]
        sends.append(frontend.asked("message:send", body))
        posted = await frontend.post("/api/messages", body)
        assert posted.status == 201
        return body["content"], {posted["data"]["id"], *[(await s)["data"]["id"] for s in sends]}
    return body["content"], {(await sends[0])["data"]["id"]}


@on_both_databases
async def test_three_in_ten_sent_again_are_told_and_kept_once(cluster: Cluster) -> None:
    node = await cluster.node(limits__events__burst=5000, limits__rest__burst=5000)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)
    chance = random.Random(7)

    sent = await asyncio.gather(*(retrying(ada, room, number, chance) for number in range(300)))
    await bob.settled()

    assert all(len(ids) == 1 for _, ids in sent), "each retry is answered with the first's message"
    heard = bob.heard("message:new")
    assert [message["seq"] for message in heard] == list(range(1, 301))
    assert {message["content"]: {message["id"]} for message in heard} == dict(sent)
    kept = await history(ada, room)
    assert [message["id"] for message in kept] == [message["id"] for message in heard]
