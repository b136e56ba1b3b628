"""Each call is one line in the log: who called, what it was about, and no word of what was said."""

from __future__ import annotations

import structlog

from tests.scenarios.steps import once

pytestmark = once

WORDS = "between you and me"


async def test_a_write_is_logged_by_ids_and_never_by_texts(backend):
    with structlog.testing.capture_logs() as lines:
        body = {"senderId": "ada", "receiverId": "bob", "content": WORDS}
        message = await backend.made("/messages", body)
        notice = {"userId": "bob", "type": "X", "title": WORDS, "data": {"note": WORDS}}
        notification = await backend.made("/notifications", notice)
        await backend.post("/emit", event="x", userId="bob", data=WORDS)
        await backend.put("/users", [{"id": "bob", "name": WORDS}])
        await backend.get("/presence")

    calls = [line for line in lines if line["event"] == "server_call"]
    assert [(each["method"], each["status"]) for each in calls] == [
        ("POST", 201),
        ("POST", 201),
        ("POST", 202),
        ("PUT", 200),
    ]
    assert {each["caller"] for each in calls} == {"tests"}
    assert calls[0]["ids"] == ["ada", "bob", message["id"]]
    assert calls[1]["ids"] == ["bob", notification["id"]]
    assert WORDS not in str(lines)
    assert backend.token not in str(lines)


async def test_a_refusal_is_one_line_with_its_reason(backend):
    with structlog.testing.capture_logs() as lines:
        await backend.request("GET", "/presence", headers={"Authorization": "Bearer stolen"})
        await backend.post("/notifications", userId="ada", type="X", title=f"{WORDS}\x00")

    refused = [line["reason"] for line in lines if line["event"] == "refused_server_call"]
    assert refused == ["MissingKey", "Malformed"]
    assert WORDS not in str(lines)
    assert "stolen" not in str(lines)
