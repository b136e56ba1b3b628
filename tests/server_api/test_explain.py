"""`GET /api/server/explain`: why somebody was pushed something, or was not."""

from __future__ import annotations

from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import UNKNOWN, on_both_databases
from tests.server_api.conftest import Backend


@on_both_databases
async def test_it_says_why_and_refuses_what_it_cannot_know(
    backend: Backend, ada: Frontend, node: InProcess
) -> None:
    sent = await ada.post("/api/messages", receiverId="bob", content="Lunch?")
    path, id_ = "/explain", sent["data"]["id"]

    found = await backend.get(f"{path}?user=bob&message={id_}")
    refused = [
        await backend.get(f"{path}?{query}")
        for query in (
            f"message={id_}",
            "user=bob",
            f"user=bob&message={id_}&notification={id_}",
            f"user=nobody&message={id_}",
            f"user=bob&message={UNKNOWN}",
            "user=bob&notification=x",
        )
    ]

    assert found.status == 200
    assert found["data"]["decisions"] == []
    assert found["data"]["sentences"][0].startswith("ada wrote it at ")
    assert "VAPID keys are not set" in found["data"]["sentences"][-1]
    assert [each.status for each in refused] == [400, 400, 400, 404, 404, 404]
