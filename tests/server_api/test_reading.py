"""The application reads what there is, page by page."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from realtime.in_process import API
from tests.scenarios.steps import on_both_databases, once, say, talk

NONE = "0195d3f0-0000-7000-8000-000000000000"


async def every(backend: Any, path: str, **query: Any) -> list[list[Any]]:
    """All pages of a list."""
    pages, cursor = [], ""
    while cursor is not None:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        page = (await backend.get(f"{path}?{asked}{cursor and '&cursor=' + cursor}"))["data"]
        pages.append(page["items"])
        cursor = page["cursor"]
    return pages


@on_both_databases
async def test_users_come_page_by_page_without_those_who_are_gone(backend):
    await backend.put("/users", [{"id": f"u{n}", "name": f"No. {n}"} for n in range(5)])
    await backend.delete("/users/u3")

    pages = await every(backend, "/users", limit=2)

    assert [[each["id"] for each in page] for page in pages] == [["u0", "u1"], ["u2", "u4"]]
    one = (await backend.get("/users/u1"))["data"]
    assert one == pages[0][1]
    assert one | {"createdAt": ""} == {
        "id": "u1",
        "name": "No. 1",
        "email": None,
        "avatar": None,
        "createdAt": "",
        "lastSeenAt": None,
    }
    assert (await backend.get("/users/u3")).status == 404


async def test_the_page_behind_a_long_foreign_name_comes_too(backend):
    long = "猫" * 64
    await backend.put("/users", [{"id": "ada"}, {"id": long}, {"id": long[:-1] + "鸡"}])

    pages = await every(backend, "/users", limit=1)

    assert [each["id"] for (each,) in pages] == ["ada", long, long[:-1] + "鸡"]


@on_both_databases
async def test_conversations_are_all_or_somebodys(backend, ada):
    pair = await talk(ada, "bob")
    group = await backend.made(
        "/conversations", {"participantIds": ["cy", "bob"], "title": "Choir"}
    )

    everything = await every(backend, "/conversations", limit=1)

    assert [each["id"] for (each,) in everything] == [pair, group["id"]]
    assert everything[1] == [group]
    assert [each["id"] for each in (await every(backend, "/users/bob/conversations"))[0]] == [
        pair,
        group["id"],
    ]
    assert await every(backend, "/users/cy/conversations") == [[group]]
    assert (await backend.get(f"/conversations/{group['id']}"))["data"] == group
    assert await every(backend, "/users/nobody/conversations") == [[]]


@on_both_databases
async def test_messages_come_from_either_end_without_deleted_ones(backend, ada):
    conversation_id = await talk(ada, "bob")
    said = [await say(ada, conversation_id, f"No. {number}") for number in range(5)]
    await ada.delete(f"/api/messages/{said[2]['id']}")
    path = f"/conversations/{conversation_id}/messages"

    newest = await every(backend, path, limit=3)
    oldest = await every(backend, path, limit=3, order="oldest")

    assert [[each["content"] for each in page] for page in newest] == [
        ["No. 4", "No. 3", "No. 1"],
        ["No. 0"],
    ]
    assert [[each["seq"] for each in page] for page in oldest] == [[1, 2, 4], [5]]
    assert (await backend.get(f"/messages/{said[4]['id']}"))["data"] == newest[0][0]
    assert (await backend.get(f"/messages/{said[2]['id']}")).status == 404


@once
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users/nobody", 404),
        (f"/conversations/{NONE}", 404),
        ("/conversations/x", 404),
        ("/conversations/x/messages", 404),
        (f"/messages/{NONE}", 404),
        ("/messages/x", 404),
        ("/conversations?cursor=x", 400),
        ("/conversations?cursor=YQ==", 400),
        ("/users/a/conversations?cursor=4pyT4py", 400),
        (f"/users?cursor={'x' * 5000}", 400),
    ],
)
async def test_what_is_not_there_is_404_and_a_strange_cursor_400(backend, path, status):
    answer = await backend.get(path)

    assert (answer.status, "error" in answer.json) == (status, True)


@on_both_databases
async def test_a_name_that_nobody_can_have_is_no_cursor(backend):
    for name in (b"a\x00", b"\xff", b"", b"x" * 65):
        answer = await backend.get("/users?cursor=" + urlsafe_b64encode(name).decode())
        assert (answer.status, answer.json["field"]) == (400, "cursor")


@once
async def test_a_number_that_no_message_has_is_no_cursor(backend, ada):
    conversation_id = await talk(ada, "bob")
    path = f"/conversations/{conversation_id}/messages?cursor="

    for number in ("-1", "9" * 20):
        answer = await backend.get(path + urlsafe_b64encode(number.encode()).decode())
        assert (answer.status, answer.json["field"]) == (400, "cursor")


@once
async def test_the_same_is_read_by_name(node, ada):
    conversation_id = await talk(ada, "bob")
    sent = await say(ada, conversation_id, "Hi")
    calls = node.app[API]

    assert [each["id"] for each in (await calls.list_users())["items"]] == ["ada", "bob"]
    assert (await calls.get_user("ada"))["id"] == "ada"
    assert (await calls.list_conversations("ada"))["items"] == [
        await calls.get_conversation(conversation_id)
    ]
    assert (await calls.list_conversations(limit=1))["cursor"] is None
    (first,) = (await calls.list_messages(conversation_id, order="oldest"))["items"]
    assert first == await calls.get_message(sent["id"])
