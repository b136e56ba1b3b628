"""One rule in all four dialects: lists follow the newest message that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import on_both_databases, say, talk

Row = tuple[str, str | None, str | None]
"""Of a list: with whom, the last message's text where it is shown, and the row's date."""


async def conversations_list(person: Rest) -> list[Row]:
    answer = await person.get("/api/messages/conversations")
    rows: list[Row] = []
    for each in answer["data"]:
        last = each["lastMessage"] or {"content": None, "createdAt": None}
        assert last["createdAt"] == each["lastMessageAt"]
        rows.append((each["otherUser"]["id"], last["content"], each["lastMessageAt"]))
    return rows


async def jobs_list(person: Rest) -> list[Row]:
    answer = await person.get("/api/realtime/chat/conversations")
    rows = answer["conversations"]
    return [(each["userId"], each["lastMessage"], each["lastMessageAt"]) for each in rows]


async def skilllink_list(person: Rest) -> list[Row]:
    answer = await person.get("/api/messages/conversations")
    rows = [(each["partner"]["id"], each["lastMessage"]) for each in answer["data"]]
    return [(partner, last["content"], last["createdAt"]) for partner, last in rows]


async def linsta_list(person: Rest) -> list[Row]:
    rooms = (await person.get("/api/chat/rooms")).json
    return [(each["participants"][0]["_id"], None, each["updatedAt"]) for each in rooms]


LISTS: dict[str, Callable[[Rest], Any]] = {
    "conversations": conversations_list,
    "jobs": jobs_list,
    "skilllink": skilllink_list,
    "linsta": linsta_list,
}


async def say_later(person: Rest, room: str, content: str) -> dict[str, Any]:
    """A message whose time no earlier one has: times are whole milliseconds."""
    await asyncio.sleep(0.002)
    return await say(person, room, content)


@on_both_databases
@pytest.mark.parametrize("dialect", LISTS)
async def test_a_list_follows_the_newest_message_that_is_there(
    cluster: Cluster, node: InProcess, dialect: str
) -> None:
    ada, theirs = cluster.person(node, "ada"), cluster.person(node, "ada", dialect=dialect)
    bob, eve = await talk(ada, "bob"), await talk(ada, "eve")
    made = {each["id"]: each["createdAt"] for each in await overviews(ada)}
    first, second, third = [
        await say_later(ada, room, content)
        for room, content in ((bob, "One"), (eve, "Two"), (bob, "Three"))
    ]

    async def listed() -> list[Row]:
        return list(await LISTS[dialect](theirs))

    def row(partner: str, message: dict[str, Any]) -> Row:
        shown = None if dialect == "linsta" else message["content"]
        return (partner, shown, message["createdAt"])

    assert await listed() == [row("bob", third), row("eve", second)]

    await ada.delete(f"/api/messages/{third['id']}")
    assert await listed() == [row("eve", second), row("bob", first)]

    await ada.delete(f"/api/messages/{first['id']}")
    silent: dict[str, list[Row]] = {
        "conversations": [("bob", None, None)],
        "linsta": [("bob", None, made[bob])],
    }
    assert await listed() == [row("eve", second), *silent.get(dialect, [])]

    fourth = await say(ada, bob, "Four")
    assert await listed() == [row("bob", fourth), row("eve", second)]


async def overviews(person: Rest) -> list[dict[str, Any]]:
    return list((await person.get("/api/messages/conversations"))["data"])
