"""What a message points to: which URLs pages may open, and how they come back."""

from __future__ import annotations

from typing import Any

from tests.frontend import Frontend
from tests.scenarios.steps import (
    on_both_databases,
    once,
    say,
)


@on_both_databases
async def test_attachments_come_back_with_what_was_given_of_them(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    given = [
        {"url": "https://files.example/a.png", "name": "a.png", "type": "image/png", "size": 7},
        {"url": "/files/b.pdf"},
        "http://files.example/c",
    ]

    message = await say(ada, room, "Look", attachments=given)

    shown = [*given[:2], {"url": given[2]}]
    assert message["attachments"] == shown
    assert (await bob.hears("message:new"))["attachments"] == shown
    history = await bob.get(f"/api/messages/conversations/{room}")
    assert history["messages"][0]["attachments"] == shown


ATTACHMENTS: list[Any] = [
    "https://files.example/a.png",
    {"url": "/a"},
    [{}],
    [{"name": "a"}],
    [7],
    [None],
    ["javascript:alert(1)"],
    [{"url": "JavaScript:alert(1)"}],
    [" javascript:alert(1)"],
    ["data:text/html,hi"],
    ["//evil.example/a"],
    ["/\\evil.example/a"],
    ["relative"],
    [""],
    ["https://a b"],
    ["/" + "x" * 2048],
    [{"url": "/a", "size": -1}],
    [{"url": "/a", "size": "7"}],
    [{"url": "/a", "size": 2**53}],
    [{"url": "/a", "name": 7}],
    ["/a"] * 11,
]


@once
async def test_attachments_that_no_page_may_open_are_refused(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    for attachments in ATTACHMENTS:
        body = {"conversationId": room, "content": "Look", "attachments": attachments}
        posted = await ada.post("/api/messages", body)
        sent = await ada.ask("message:send", body)

        assert posted.status == 400, attachments
        assert posted["error"] == posted["message"]
        assert sent["success"] is False, attachments
    await bob.hears_nothing("message:new", after=[ada])


@once
async def test_an_empty_list_of_attachments_is_none(ada: Frontend, room: str) -> None:
    assert (await say(ada, room, "Look", attachments=[]))["attachments"] is None
    assert (await say(ada, room, "Look", attachments=["/a"] * 10))["attachments"] is not None
