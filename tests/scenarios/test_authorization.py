"""Every event and call of every dialect, for everybody: who takes part, a stranger, nobody.

Nobody leaves a conversation of two; who left a group is in ``conversations/test_membership.py``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from realtime.dialects.base import Route
from realtime.dialects.loading import load
from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
from tests.scenarios.rows import CALLS, EVENTS, OWN, Heard
from tests.scenarios.steps import notify, once, say, talk
from tests.tokens import token

LOADED = load()

SECRET = "What only Ada may know by now"

PRIVATE = generate_private_key(SECP256R1())


def b64(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


POINT = b64(PRIVATE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

NO_TOKENS = {
    "no token": "",
    "an expired token": token("ada", expires=-60),
    "a token of another key": token("ada", secret="the secret of some other application"),
    "a token without a signature": token("ada").rpartition(".")[0] + ".",
}


@dataclass
class World:
    """Ada has a conversation with Fay; Eve is a stranger to both."""

    node: InProcess
    names: dict[str, str]

    def filled(self, value: Any, user: str) -> Any:
        """A payload with the ids of Ada's things."""
        if isinstance(value, dict):
            return {key: self.filled(each, user) for key, each in value.items()}
        if isinstance(value, str):
            return value.format(user=user, token=token(user), **self.names)
        return value

    def path(self, route: Route) -> str:
        """The path that names Ada's thing, or somebody."""
        thing = next((thing for word, thing in THINGS if word in route.path), "")
        ids = dict.fromkeys(("id", "messageId", "chatRoomId"), self.names.get(thing, ""))
        ids["conversationId"] = self.names["room"]
        people = {"recipientId": "ada", "partnerId": "ada", "userId": "bob"}
        return route.path.format(**ids, **people)


THINGS = (
    ("notifications", "notification"),
    ("conversations", "room"),
    ("rooms", "room"),
    ("chatRoomId", "room"),
    ("messages", "message"),
    ("messageId", "message"),
)
"""What the id in a path names, by what else is in the path."""


@pytest.fixture
async def world(cluster: Cluster) -> World:
    node = await cluster.node(
        linsta__delete_messages=True,
        push__vapid_public_key=POINT,
        push__vapid_private_key=b64(PRIVATE.private_numbers().private_value.to_bytes(32, "big")),
        push__vapid_subject="mailto:push@example.com",
    )
    ada = cluster.person(node, "ada")
    room = await talk(ada, "fay")
    message = (await say(ada, room, SECRET))["id"]
    notification = await notify(node, "ada", title=SECRET)
    names = {"room": room, "message": message, "notification": notification, "point": POINT}
    return World(node, names)


async def nothing_has_changed(cluster: Cluster, world: World) -> None:
    """Ada's message and notification are there as they were, and nothing beside them."""
    ada = cluster.person(world.node, "ada")
    history = await ada.get(f"/api/messages/conversations/{world.names['room']}")
    assert [each["content"] for each in history["messages"]] == [SECRET]
    assert history["messages"][0]["isRead"] is False
    listed = (await ada.get("/api/notifications"))["data"]
    assert [(each["title"], each["isRead"]) for each in listed] == [(SECRET, False)]


def test_the_tables_name_every_row() -> None:
    assert {name: set(rows) for name, rows in EVENTS.items()} == {
        name: set(dialect.hears) for name, dialect in LOADED.items()
    }
    assert {name: set(rows) for name, rows in CALLS.items()} == {
        name: {f"{route.method} {route.path}" for route in dialect.routes}
        for name, dialect in LOADED.items()
    }


def every_call() -> list[Any]:
    return [
        pytest.param(name, route, id=f"{name} {route.method} {route.path}")
        for name, dialect in LOADED.items()
        for route in dialect.routes
    ]


@once
@pytest.mark.parametrize(("name", "route"), every_call())
async def test_a_call_is_answered_to_whom_it_concerns(
    cluster: Cluster, world: World, name: str, route: Route
) -> None:
    row = CALLS[name][f"{route.method} {route.path}"]
    path = world.path(route)

    async def call(user: str, **options: Any) -> Any:
        person = cluster.person(world.node, user, dialect=name, **options)
        return await person.request(route.method, path, json=world.filled(row.body, user))

    if row.needs is not None:
        needed = CALLS[name][row.needs]
        method, address = row.needs.split()
        ada = cluster.person(world.node, "ada", dialect=name)
        await ada.request(method, address, json=world.filled(needed.body, "ada"))
    for bearer in NO_TOKENS.values():
        answer = await call("ada", token=bearer)
        assert answer.status == (401 if route.token else 200), answer.text
    answer = await call("eve")
    assert answer.status == row.refused or (row.refused == OWN and answer.status < 300)
    assert SECRET not in answer.text
    await nothing_has_changed(cluster, world)
    assert (await call("ada")).status in route.statuses


def every_event() -> list[Any]:
    return [
        pytest.param(name, event, row, id=f"{name} {event}")
        for name, rows in EVENTS.items()
        for event, row in rows.items()
    ]


def succeeded(ack: Any, row: Heard) -> bool:
    """Whether an ack says that it was done."""
    return isinstance(ack, list) or row.answers_list or ack.get("success") is not False


@once
@pytest.mark.parametrize(("name", "event", "row"), every_event())
async def test_an_event_is_heeded_from_whom_it_concerns(
    cluster: Cluster, world: World, name: str, event: str, row: Heard
) -> None:
    async def emits(user: str, as_user: str = "") -> tuple[Frontend, Any]:
        frontend = await cluster.frontend(world.node, user, dialect=name)
        payload = world.filled(row.payload, as_user or user)
        return frontend, await frontend.ask(event, *([] if payload is None else [payload]))

    frontend, ack = await emits("eve", as_user="ada" if row.refused else "")
    if row.answers_list:
        assert ack == []
    elif row.refused:
        assert ack["success"] is False
    assert SECRET not in str(frontend.history)
    await nothing_has_changed(cluster, world)
    _, ack = await emits("ada")
    assert succeeded(ack, row)


@once
@pytest.mark.parametrize("namespace", ["", "/api"])
@pytest.mark.parametrize("name", LOADED)
@pytest.mark.parametrize("bearer", NO_TOKENS.values(), ids=NO_TOKENS)
async def test_a_socket_without_a_good_token_is_refused_and_never_connected(
    cluster: Cluster, node: InProcess, name: str, namespace: str, bearer: str
) -> None:
    words = LOADED["skilllink" if namespace else name].connect_refuses

    with pytest.raises(Refused) as refused:
        await cluster.frontend(node, "ada", dialect=name, namespace=namespace, token=bearer)

    assert refused.value.message in words.values()
    assert not refused.value.transport
