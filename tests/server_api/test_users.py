"""Users: known in bulk, there or not, sent away, handed out, forgotten."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from realtime import core
from realtime.app import NODE
from realtime.domain.ids import new_id
from realtime.domain.steps import ROWS
from realtime.models import Block, User
from tests.frontend import Refused
from tests.patience import PATIENCE
from tests.scenarios.steps import everyone_joins, on_both_databases, once, say, talk
from tests.statements import heard
from tests.tokens import token


@on_both_databases
async def test_profiles_replace_what_was_known_and_leave_what_they_do_not_name(backend, ada):
    await backend.put(
        "/users", [{"id": "bob", "name": "Bob", "email": "b@x.example"}, {"id": "cy"}]
    )

    answer = await backend.put(
        "/users",
        [
            {"id": "bob", "avatar": "/bob.png"},
            {"id": "cy", "name": "Cy"},
            {"id": "bob", "email": None},
        ],
    )

    assert (answer.status, answer.json) == (200, {"data": {"count": 2}})
    other = (await ada.post("/api/messages/start-conversation", otherUserId="bob"))["data"]
    assert other["otherUser"] == {"id": "bob", "name": "Bob", "email": None, "avatar": "/bob.png"}


@on_both_databases
async def test_a_name_changes_for_those_who_are_connected(backend, ada, bob):
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, bob)
    await say(ada, conversation_id, "Hi")
    assert (await bob.hears("message:new"))["sender"]["name"] == "Ada"

    await backend.put("/users", [{"id": "ada", "name": "Countess Lovelace"}])

    await say(ada, conversation_id, "Hi")
    assert (await bob.hears("message:new"))["sender"]["name"] == "Countess Lovelace"


@once
async def test_a_token_from_before_changes_nothing_and_a_later_one_does(cluster, node, backend):
    before = cluster.person(node, "ada", token=token("ada", name="Old", iat=time.time() - 60))
    after = cluster.person(node, "ada", token=token("ada", name="New", iat=time.time() + 60))
    await before.get("/api/notifications")
    await backend.put("/users", [{"id": "ada", "name": "Mine"}])

    for person, name in ((before, "Mine"), (after, "New"), (before, "New")):
        assert (await person.get("/api/notifications")).status == 200
        assert (await User.get(id="ada")).name == name


@once
async def test_many_users_are_known_at_once(backend):
    users = [{"id": f"user-{number}", "name": f"No. {number}"} for number in range(3_000)]

    answer = await backend.put("/users", users)

    assert answer["data"] == {"count": 3_000}
    assert (await backend.get("/users/user-2999/export"))["data"]["name"] == "No. 2999"


@once
@pytest.mark.parametrize(
    "users",
    [
        {"id": "ada"},
        [{"name": "nobody"}],
        [{"id": "ada"}, {"id": ""}],
        [{"id": "ada", "name": 7}],
        [{"id": "ada", "email": "a\x00@x.example"}],
        [{"id": "ada", "email": "x" * 321}],
        ["ada"],
    ],
)
async def test_a_bad_profile_changes_nobody(backend, users):
    answer = await backend.put("/users", users)

    assert answer.status == 400
    assert set(answer.json) == {"error", "field"}
    assert (await backend.get("/users/ada/export")).status == 404


@once
async def test_presence_counts_sockets_whatever_a_user_shows(cluster, node, backend):
    ada = await cluster.frontend(node, "ada", dialect="jobs")
    await cluster.frontend(node, "ada")
    await ada.ask("user_offline")

    there = await backend.get("/users/ada/presence")

    assert there["data"] == {"userId": "ada", "status": "online", "lastSeenAt": None, "sockets": 2}
    gone = (await backend.get("/users/bob/presence"))["data"]
    assert gone == {"userId": "bob", "status": "offline", "lastSeenAt": None, "sockets": 0}
    assert (await backend.get("/presence")).json == {"data": {"online": 1}}
    assert (await backend.get("/presence?userIds=ada,bob"))["data"] == {
        "online": 1,
        "users": [there["data"], gone],
    }
    repeated = await backend.get("/presence?userIds=a%2Cb&userIds=bob")
    assert [each["userId"] for each in repeated["data"]["users"]] == ["a,b", "bob"]
    nobody = await backend.request("GET", "/presence", json={"userIds": []})
    assert nobody["data"] == {"online": 1, "users": []}


@once
async def test_whoever_left_was_last_seen_then(cluster, backend_of):
    node = await cluster.node(presence__grace=0)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    await ada.disconnect()
    await bob.hears("user:status-changed", lambda told: told["status"] == "offline")

    gone = (await backend_of(node).get("/users/ada/presence"))["data"]

    assert (gone["status"], gone["sockets"]) == ("offline", 0)
    assert gone["lastSeenAt"].endswith("Z")


@once
async def test_a_user_who_is_disconnected_comes_back_by_herself(cluster, node, backend, bob):
    ada = await cluster.frontend(node, "ada", reconnects=True)
    alone = await cluster.frontend(node, "ada", namespace="/api", dialect="skilllink")

    answer = await backend.post("/users/ada/disconnect")

    assert answer.json == {"data": {"sockets": 2}}
    await ada.is_connected(times=2)
    assert await alone.is_disconnected() == "transport close"
    await bob.settled()
    assert bob.disconnects == []


@on_both_databases
@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
async def test_revoked_tokens_open_nothing_and_a_later_one_does(cluster, node, backend, unit):
    old = token("ada", iat=(time.time() - 5) * unit)
    ada = await cluster.frontend(node, "ada", token=old)

    answer = await backend.post("/users/ada/disconnect", revokeTokens=True)

    assert answer.json == {"data": {"sockets": 1}}
    await ada.is_disconnected()
    with pytest.raises(Refused, match="Invalid token"):
        await cluster.frontend(node, "ada", token=old)
    refused = await cluster.person(node, "ada", token=old).get("/api/notifications")
    assert (refused.status, refused["error"]) == (401, "Invalid or expired token")
    await cluster.frontend(node, "ada", token=token("ada", iat=(time.time() + 5) * unit))


@on_both_databases
async def test_tokens_revoked_on_one_node_open_nothing_on_another(cluster, node, backend):
    old = token("ada", iat=time.time() - 5)
    other = await cluster.process()
    ada = cluster.person(other, "ada", token=old)
    assert (await ada.get("/api/notifications")).status == 200

    await backend.post("/users/ada/disconnect", revokeTokens=True)

    async with asyncio.timeout(PATIENCE):
        while (await ada.get("/api/notifications")).status == 200:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.05)
    with pytest.raises(Refused, match="Invalid token"):
        await cluster.frontend(other, "ada", token=old)
    await cluster.frontend(other, "ada", token=token("ada", iat=time.time() + 5))


@on_both_databases
async def test_an_export_has_everything_of_hers(cluster, node, backend, ada, bob):
    jobs = cluster.person(node, "ada", dialect="jobs")
    conversation_id = await talk(ada, "bob")
    message = await say(ada, conversation_id, "My words")
    await say(bob, conversation_id, "Bob's words")
    await backend.put("/users", [{"id": "ada", "name": "Ada", "email": "a@x.example"}])
    told = {"userId": "ada", "type": "X", "title": "For Ada", "priority": "high"}
    put_away = (await backend.made("/notifications", told))["id"]
    await ada.put(f"/api/notifications/{put_away}", place="archived")
    await backend.post("/rooms/cohort-7/users/ada")
    await ada.put("/api/notifications/preferences", emailOnNewReview=False)
    await jobs.post("/api/realtime/activity/log", action="save_job", jobId=7)

    found = (await backend.get("/users/ada/export"))["data"]

    assert (found["id"], found["name"], found["email"]) == ("ada", "Ada", "a@x.example")
    assert [each["id"] for each in found["conversations"]] == [conversation_id]
    assert [(m["id"], m["content"]) for m in found["messages"]] == [(message["id"], "My words")]
    (hers,) = [each for each in found["notifications"] if each["title"] == "For Ada"]
    assert (hers["id"], hers["priority"], hers["archivedAt"]) == (put_away, "high", hers["readAt"])
    assert [hers[name] for name in ("dismissedAt", "snoozedUntil", "expiresAt")] == [None] * 3
    assert [(a["action"], a["jobId"]) for a in found["activities"]] == [("save_job", 7)]
    assert found["preferences"] == {"emailOnNewReview": False}
    assert found["rooms"] == ["cohort-7"]
    assert found["pushSubscriptions"] == []


@on_both_databases
async def test_however_much_is_hers_it_is_read_in_portions(backend, node):
    """Others would wait while thousands of rows are made."""
    users = [{"id": f"u{n}"} for n in range(2 * ROWS)]
    await backend.put("/users", [{"id": "ada"}, *users])
    now = core.now()
    made = [
        Block(id=new_id(), user_id="ada", blocked_id=each["id"], created_at=now) for each in users
    ]
    await Block.bulk_create(made, batch_size=ROWS)

    with heard() as asked:
        found = (await backend.get("/users/ada/export"))["data"]

    assert [each["userId"] for each in found["blocks"]] == [each["id"] for each in users]
    whole = [each for each in asked if '"blocks"' in each.text and '"created_at"' in each.text]
    assert [ROWS <= len(each.values) <= ROWS + 2 for each in whole] == [True, True]


@on_both_databases
async def test_a_deleted_user_leaves_nothing_but_her_id(cluster, node, backend, bob):
    old = token("ada", name="Ada Lovelace", email="a@x.example", iat=time.time() - 5)
    ada = await cluster.frontend(node, "ada", token=old)
    pair = await talk(ada, "bob")
    body = {"participantIds": ["ada", "bob"], "title": "Lunch"}
    group = (await backend.made("/conversations", body))["id"]
    await everyone_joins(pair, bob)
    for conversation_id in (pair, group):
        await say(ada, conversation_id, "My words")
    kept = await say(bob, group, "Bob's words")
    about = {"userId": "bob", "actorId": "ada", "type": "X", "title": "Ada Lovelace did"}
    await backend.made("/notifications", about)
    await backend.made("/notifications", {"userId": "ada", "type": "X", "title": "For Ada"})

    gone = await backend.delete("/users/ada")

    assert gone.status == 200
    assert gone["data"]["userId"] == "ada"
    assert (gone["data"]["conversations"], gone["data"]["messages"]) == (1, 2)
    await ada.is_disconnected()
    with pytest.raises(Refused):
        await cluster.frontend(node, "ada", token=old)
    listed = (await bob.get("/api/messages/conversations"))["data"]
    assert [each["id"] for each in listed] == [group]
    history = (await bob.get(f"/api/messages/conversations/{group}"))["messages"]
    assert [(each["id"], each["seq"]) for each in history] == [(kept["id"], 2)]
    assert (await bob.get("/api/notifications"))["data"] == []
    assert (await backend.get("/users/ada/export")).status == 404
    rows = json.dumps([dict(row) for row in await User.filter(id="ada").values()], default=str)
    assert "Lovelace" not in rows
    assert "example" not in rows
    again = await backend.delete("/users/ada")
    assert (again.status, again["data"]["conversations"]) == (200, 0)


@on_both_databases
async def test_a_groups_open_pages_drop_what_a_deleted_user_has_said(backend, ada, bob):
    body = {"participantIds": ["ada", "bob", "cy"], "title": "Lunch"}
    group = (await backend.made("/conversations", body))["id"]
    await everyone_joins(group, bob)
    said = [(await say(ada, group, text))["id"] for text in ("One", "Two")]

    await backend.delete("/users/ada")

    for message_id in said:
        told = await bob.hears("message:deleted")
        assert told == {"conversationId": group, "messageId": message_id}
    await say(bob, group, "Three")
    assert (await bob.hears("message:new", lambda told: told["content"] == "Three"))["seq"] == 3


@once
async def test_no_broadcast_is_for_who_was_deleted(backend, ada, bob):
    await backend.delete("/users/ada")

    await backend.made("/notifications", {"broadcast": True, "type": "X", "title": "All"})

    assert (await bob.hears("notification:new"))["title"] == "All"
    assert (await backend.get("/users/ada/notifications"))["data"] == []


@once
async def test_who_was_deleted_can_begin_anew(cluster, node, backend, bob):
    ada = cluster.person(node, "ada")
    before = await talk(ada, "bob")
    await backend.delete("/users/ada")

    again = cluster.person(node, "ada", token=token("ada", name="New Ada", iat=time.time() + 5))

    assert await talk(again, "bob") != before
    assert (await backend.get("/users/ada/export"))["data"]["name"] == "New Ada"


@once
async def test_who_was_deleted_is_known_again_when_the_application_names_her(backend):
    await backend.put("/users", [{"id": "ada", "name": "Ada"}])
    await backend.delete("/users/ada")

    await backend.put("/users", [{"id": "ada"}])

    found = (await backend.get("/users/ada/export"))["data"]
    assert (found["id"], found["name"]) == ("ada", None)


@once
async def test_deleting_nobody_deletes_nothing(node, backend):
    answer = await backend.delete("/users/nobody")

    assert answer.status == 200
    assert set(answer["data"].values()) == {"nobody", 0}
    assert await node.app[NODE].presence.count() == 0


@on_both_databases
async def test_a_deletion_that_is_retried_is_done_once(backend, ada, bob):
    before = await talk(ada, "bob")
    headers = {"Idempotency-Key": "forget ada"}

    first, again = [
        await backend.request("DELETE", "/users/ada", headers=headers) for _ in range(2)
    ]

    assert first["data"]["conversations"] == 1
    assert again.json == first.json
    await ada.is_disconnected()
    assert await talk(bob, "ada") != before
