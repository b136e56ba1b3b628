"""What every REST answer has in common, whatever its dialect: the JSON types of ids, and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import notify, on_both_databases, say, talk

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

PEOPLE = {"userId", "senderId", "receiverId", "recipientId", "targetUserId", "relatedUserId"}
"""The keys whose values are always users' ids."""

CALLS: dict[str, list[tuple[str, dict[str, Any] | None]]] = {
    "conversations": [
        ("/api/messages", {"receiverId": 2, "content": "Hi"}),
        ("/api/messages/start-conversation", {"otherUserId": "2"}),
        ("/api/messages/conversations", None),
        ("/api/messages/conversations/{room}", None),
        ("/api/notifications", None),
        ("/api/notifications/centre", None),
    ],
    "jobs": [
        ("/api/realtime/chat/send", {"recipientId": "2", "message": "Hi"}),
        ("/api/realtime/chat/2", None),
        ("/api/realtime/chat/conversations", None),
        ("/api/realtime/notifications", None),
        ("/api/realtime/activity/log", {"action": "view_profile", "targetUserId": "2"}),
        ("/api/realtime/activity-feed", None),
    ],
    "skilllink": [
        ("/api/messages", {"receiverId": "2", "content": "Hi"}),
        ("/api/messages/conversations", None),
        ("/messages/conversation/2", None),
        ("/notifications", None),
        ("/health", None),
    ],
    "linsta": [
        ("/api/chat/rooms", {"otherUserId": "2"}),
        ("/api/chat/rooms", None),
        ("/api/chat/messages", {"chatRoomId": "{room}", "text": "Hi"}),
        ("/api/chat/messages/{room}", None),
        ("/api/users/status/2", None),
        ("/api/users/status/3", None),
        ("/api/notifications", None),
    ],
}
"""What user 1 asks, with a body where it is posted."""


def strays(value: Any, where: str = "") -> Iterator[str]:
    """Users' ids that are no numbers, and dates of another form."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            if where.endswith(".participants") and isinstance(each, str):
                yield f"{where}[{index}] is {each!r}"
            yield from strays(each, f"{where}[{index}]")
    if not isinstance(value, dict):
        return
    is_person = "name" in value
    for key, each in value.items():
        is_id = key in PEOPLE or (is_person and key in {"id", "_id"})
        is_date = key.endswith("At") or key in {"timestamp", "lastSeen"}
        if is_id and each is not None and not isinstance(each, int | dict):
            yield f"{where}.{key} is {each!r}"
        if is_date and each is not None and not DATE.fullmatch(str(each)):
            yield f"{where}.{key} is {each!r}"
        yield from strays(each, f"{where}.{key}")


async def answered(person: Rest, path: str, body: dict[str, Any] | None, room: str) -> Any:
    """What a call is answered; posted where it has a body."""
    if body is None:
        return await person.get(path.format(room=room))
    sent = {key: room if each == "{room}" else each for key, each in body.items()}
    return await person.post(path, sent)


async def something(node: InProcess, one: Rest, two: Rest) -> str:
    """The room of two people who know one another, with something in every list."""
    room = await talk(one, 2)
    await say(one, room, "Hello")
    await say(two, room, "Hi")
    await notify(node, "1", actor_id="2")
    viewed = {"action": "view_profile", "targetUserId": "1"}
    assert (await two.post("/api/realtime/activity/log", viewed)).status == 200
    await one.put("/api/blocks/3")
    return room


@on_both_databases
@pytest.mark.parametrize("dialect", CALLS)
async def test_ids_are_numbers_and_dates_are_dates_in_every_answer(
    cluster: Cluster, dialect: str
) -> None:
    node = await cluster.node(user_ids="integer")
    await cluster.frontend(node, "2")
    room = await something(node, cluster.person(node, 1), cluster.person(node, 2))
    one = cluster.person(node, 1, dialect=dialect)

    for path, body in [*CALLS[dialect], ("/api/blocks", None)]:
        answer = await answered(one, path, body, room)

        assert answer.status in {200, 201}, answer.text
        assert answer.json, path
        assert list(strays(answer.json, path)) == []
