"""When and of what somebody wants no pushes: by REST, and by the application for her."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Rest
from tests.scenarios.steps import UNKNOWN, group, on_both_databases, once

PUSH = "/api/notifications/push"
MUTES = "/api/notifications/mutes"
NIGHT = {"from": "22:00", "to": "07:00", "timeZone": "Europe/Berlin"}


async def room(ada: Frontend) -> str:
    answer = await ada.post("/api/messages/start-conversation", otherUserId="bob")
    return str(answer["data"]["conversationId"])


def application(ada: Frontend) -> Rest:
    """The backend's calls."""
    return Rest(ada._http, ada.url, token=SERVER_KEY, dialect="server")


@on_both_databases
async def test_wishes_are_kept_and_each_is_changed_by_itself(ada: Frontend) -> None:
    before = await ada.get(PUSH)
    night = await ada.put(PUSH, quietHours=NIGHT)
    off = await ada.put(PUSH, off=["LIKE", "COMMENT", "LIKE"])
    ended = await ada.put(PUSH, quietHours=None, other=1)

    assert (before.status, before.json) == (200, {"quietHours": None, "off": []})
    assert night.json == {"quietHours": NIGHT, "off": []}
    assert off.json == {"quietHours": NIGHT, "off": ["LIKE", "COMMENT"]}
    assert ended.json == {"quietHours": None, "off": ["LIKE", "COMMENT"]}
    assert (await ada.get(PUSH)).json == ended.json
    preferences = await ada.get("/api/notifications/preferences")
    assert "off" not in preferences["preferences"]


@once
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quietHours": {**NIGHT, "from": "25:00"}}, "from"),
        ({"quietHours": {**NIGHT, "to": "7"}}, "to"),
        ({"quietHours": {**NIGHT, "to": "22:00"}}, "to"),
        ({"quietHours": {**NIGHT, "timeZone": "Europe/Nowhere"}}, "timeZone"),
        ({"quietHours": {**NIGHT, "timeZone": "../../etc/passwd"}}, "timeZone"),
        ({"quietHours": {**NIGHT, "timeZone": "Europe"}}, "timeZone"),
        ({"quietHours": {"from": "22:00"}}, "quietHours"),
        ({"quietHours": "22:00"}, "quietHours"),
        ({"off": "LIKE"}, "off"),
        ({"off": [7]}, "off"),
        ({"off": ["x" * 65]}, "off"),
        ({"off": [str(n) for n in range(300)]}, "off"),
        ({"off": ["a\0"]}, "off"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    ada: Frontend, body: dict[str, Any], field: str
) -> None:
    answer = await ada.put(PUSH, body)

    assert (answer.status, answer["error"]) == (400, f"Invalid {field}")
    assert (await ada.get(PUSH)).json == {"quietHours": None, "off": []}


@on_both_databases
async def test_a_conversation_is_muted_until_a_time_or_for_ever(
    ada: Frontend, bob: Frontend
) -> None:
    mine = f"{MUTES}/{await room(ada)}"

    until = await ada.put(mine, until="2099-01-05T12:00:00+02:00")
    listed = await ada.get(MUTES)
    for_ever = await ada.put(mine)
    over = await ada.put(mine, until="2020-01-05T12:00:00Z")
    none = await ada.get(MUTES)
    gone = await ada.delete(mine)
    again = await ada.delete(mine)

    entry = {"conversationId": mine.rpartition("/")[2], "until": "2099-01-05T10:00:00.000Z"}
    assert (until.status, until.json) == (200, {"data": entry})
    assert listed.json == {"data": [entry]}
    assert for_ever["data"]["until"] is None
    assert over.status == 200
    assert none.json == {"data": []}
    assert (gone.status, gone.json) == (200, {"message": "Conversation unmuted"})
    assert again.status == 200
    assert (await bob.get(MUTES)).json == {"data": []}


@once
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_only_who_takes_part_mutes(
    ada: Frontend, bob: Frontend, cluster: Cluster, node: InProcess, method: str
) -> None:
    eve = cluster.person(node, "eve")

    foreign = await eve.request(method, f"{MUTES}/{await room(ada)}", json={})
    unknown = await ada.request(method, f"{MUTES}/{UNKNOWN}", json={})
    malformed = await ada.request(method, f"{MUTES}/x", json={})

    assert (foreign.status, unknown.status, malformed.status) == (403, 404, 404)
    if method == "PUT":
        soon = await ada.put(f"{MUTES}/{await room(ada)}", until="soon")
        assert (soon.status, soon["error"]) == (400, "Invalid until")


@once
async def test_whoever_has_left_unmutes_what_she_muted(
    ada: Frontend, bob: Frontend, node: InProcess
) -> None:
    choir = await group(node, "ada", "bob")
    await ada.put(f"{MUTES}/{choir}")
    left = await application(ada).delete(f"/api/server/conversations/{choir}/participants/ada")
    assert left.status == 200

    unmuted = await ada.delete(f"{MUTES}/{choir}")

    assert unmuted.status == 200
    assert (await ada.get(MUTES)).json == {"data": []}
    assert (await ada.delete(f"{MUTES}/{choir}")).status == 403


@on_both_databases
async def test_the_application_says_it_for_her(ada: Frontend, bob: Frontend) -> None:
    backend, conversation = application(ada), await room(ada)
    hers = "/api/server/users/ada"

    put = await backend.put(f"{hers}/push", quietHours=NIGHT, off=["LIKE"])
    muted = await backend.put(f"{hers}/mutes/{conversation}", until=None)
    listed = await backend.get(f"{hers}/mutes")
    foreign = await backend.put(f"/api/server/users/eve/mutes/{conversation}")
    wrong = await backend.put(f"{hers}/push", quietHours={**NIGHT, "from": "x"})

    assert put.json == {"data": {"quietHours": NIGHT, "off": ["LIKE"]}}
    assert (await backend.get(f"{hers}/push")).json == put.json
    assert (await ada.get(PUSH)).json == put["data"]
    assert muted.json == {"data": {"conversationId": conversation, "until": None}}
    assert listed.json == {"data": [muted["data"]]} == (await ada.get(MUTES)).json
    assert (foreign.status, foreign["field"]) == (400, "userId")
    assert (wrong.status, wrong["field"]) == (400, "from")
    exported = (await backend.get(f"{hers}/export"))["data"]
    assert (exported["push"], exported["mutes"]) == (put["data"], listed["data"])
    unmuted = await backend.delete(f"{hers}/mutes/{conversation}")
    assert (unmuted.status, unmuted.json) == (200, {"data": {}})
    assert (await ada.get(MUTES)).json == {"data": []}


@once
@pytest.mark.parametrize("dialect", ["conversations", "jobs", "skilllink", "linsta"])
async def test_a_page_says_whether_it_is_looked_at(
    cluster: Cluster, node: InProcess, dialect: str
) -> None:
    from realtime.app import NODE

    assert node.app is not None
    visible = node.app[NODE].visible
    bob = await cluster.frontend(node, "bob", dialect)
    other = await cluster.frontend(node, "bob", dialect)

    assert await visible.among(["bob"]) == set()
    assert await bob.ask("client:visibility", {"visible": True}) == {"success": True}
    await other.ask("client:visibility", {"visible": False})
    assert await visible.among(["bob", "eve"]) == {"bob"}
    for wrong in ({}, {"visible": "yes"}, {"visible": 1}, None, "x"):
        refused = await bob.ask("client:visibility", wrong)
        assert refused["success"] is False

    await bob.ask("client:visibility", {"visible": False})
    assert await visible.among(["bob"]) == set()
    await bob.ask("client:visibility", {"visible": True})
    await bob.close()
    while await visible.among(["bob"]):
        await other.settled()


@once
async def test_saying_so_makes_nobody_a_speaker_of_another_dialect(
    cluster: Cluster, node: InProcess
) -> None:
    bob = await cluster.frontend(node, "bob", "jobs")
    ada = cluster.person(node, "ada")

    await bob.ask("client:visibility", {"visible": True})
    await ada.post("/api/messages", receiverId="bob", content="Hi")

    await bob.hears("message_received")
    await bob.hears_nothing("notification:new")
