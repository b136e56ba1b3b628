"""The one node there is dies, or stops, and starts again: pages miss nothing that was stored."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, Process
from tests.scenarios.kept import is_kept
from tests.scenarios.steps import BROWSER, everyone_joins, on_both_databases, say, talk

PAGES = 6

pytestmark = on_both_databases


async def killed(node: Process) -> None:
    await node.kill()


async def stopped(node: Process) -> None:
    assert await node.stop() == 0


class Speaker:
    """Bob goes on talking, and sends each message again until the server has it."""

    def __init__(self, page: Frontend, room: str) -> None:
        self.said: list[str] = []
        self._page = page
        self._room = room
        self._talks = True
        self._task = asyncio.create_task(self._talk())

    async def falls_silent(self) -> list[str]:
        """Everything that was stored, in its order."""
        self._talks = False
        await self._task
        await self._say("end")
        return self.said

    async def _talk(self) -> None:
        number = 0
        while self._talks:
            await self._say(f"message {number}")
            number += 1
            await asyncio.sleep(0.02)

    async def _say(self, text: str) -> None:
        message = {"conversationId": self._room, "content": text, "clientId": text}
        self.said.append(text)
        while True:
            try:
                answer = await self._page.ask("message:send", message, timeout=1)
            except AssertionError:  # the node died before it answered
                continue
            assert answer["success"], answer
            return


def contents(page: Frontend, room: str) -> list[Any]:
    heard = [body[0] for name, body in page.history if name == "message:new"]
    return [message["content"] for message in heard if message["conversationId"] == room]


async def test_what_was_stored_comes_once_and_in_order(cluster: Cluster) -> None:
    node = await cluster.process()
    bob = await cluster.frontend(node, "bob", reconnects=True)
    pages = await asyncio.gather(
        *(cluster.frontend(node, "ada", headers=BROWSER, reconnects=True) for _ in range(PAGES))
    )
    room = await talk(bob, "ada")
    await everyone_joins(room, *pages)
    await is_kept(cluster, room, *pages)

    speaker = Speaker(bob, room)
    for returns, ends in ((2, killed), (3, stopped)):
        for page in pages:
            await page.hears("message:new")
        await ends(node)
        await node.start()
        for page in pages:
            await page.is_connected(returns)
        await is_kept(cluster, room, *pages)
    said = await speaker.falls_silent()

    for page in pages:
        await page.hears("message:new", lambda body: body[0]["content"] == "end")
        assert contents(page, room) == said
        assert [each["recovered"] for each in page.connects] == [False, True, True]


async def test_of_the_second_before_it_was_killed_pages_say_themselves_what_they_heard(
    cluster: Cluster,
) -> None:
    """Nobody kept it, and the last that they heard was nothing stored, behind two conversations."""
    node = await cluster.process()
    bob = await cluster.frontend(node, "bob", reconnects=True)
    page = await cluster.frontend(node, "ada", headers=BROWSER, reconnects=True)
    rooms = [await talk(bob, "ada"), await group(cluster, node, "ada", "bob")]
    for room in rooms:
        await everyone_joins(room, bob, page)
    for room in rooms:
        await is_kept(cluster, room, page)

    for text in ("one", "two"):
        for room in rooms:
            await say(bob, room, text)
    await bob.emit("typing:start", {"conversationId": rooms[0]})
    await page.hears("typing:start")
    await node.kill()
    await node.start()
    await page.is_connected(2)
    await bob.is_connected(2)
    for room in rooms:
        await say(bob, room, "end")
        await page.hears("message:new", lambda body, r=room: ends_in(body[0], r))

    assert [each["recovered"] for each in page.connects] == [False, True]
    for room in rooms:
        assert contents(page, room) == ["one", "two", "end"]


async def test_while_one_process_takes_over_from_another_nothing_is_missed(
    cluster: Cluster,
) -> None:
    """Both are there for a moment; what the first has said is kept while its pages come over."""
    node = await cluster.process()
    bob = await cluster.frontend(node, "bob", reconnects=True)
    pages = await asyncio.gather(
        *(cluster.frontend(node, "ada", headers=BROWSER, reconnects=True) for _ in range(PAGES))
    )
    rooms = [await talk(bob, "ada"), await group(cluster, node, "ada", "bob")]
    for room in rooms:
        await everyone_joins(room, *pages)
    for room in rooms:
        await is_kept(cluster, room, *pages)

    speakers = [Speaker(bob, room) for room in rooms]
    for page in pages:
        await page.hears("message:new")
    await cluster.process("--replace", port=int(node.variables["REALTIME_PORT"]))
    for page in pages:
        await page.is_connected(2)
    said = [await speaker.falls_silent() for speaker in speakers]

    for page in pages:
        for room, expected in zip(rooms, said, strict=True):
            await page.hears("message:new", lambda body, r=room: ends_in(body[0], r))
            assert contents(page, room) == expected
        assert [each["recovered"] for each in page.connects] == [False, True]


def ends_in(message: Any, room: str) -> bool:
    return bool(message["content"] == "end" and message["conversationId"] == room)


async def group(cluster: Cluster, node: Process, *user_ids: str) -> str:
    """A group that the application makes."""
    application = cluster.person(node, "", token=SERVER_KEY)
    body = {"participantIds": list(user_ids), "title": "Choir"}
    answer = await application.post("/api/server/conversations", body)
    assert answer.status == 201, answer.text
    return str(answer["data"]["id"])
