"""What a backend is told and asked is what OpenAPI says."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from realtime.dialects.loading import load
from realtime.domain import (
    announcements,
    conversations,
    messages,
    notifications,
    presence,
    receipts,
    webhooks,
)
from realtime.domain.happened import Happened
from realtime.domain.ids import new_id
from realtime.domain.messages import Content
from realtime.domain.records import Attachment, Notice
from realtime.gateway.descriptions.openapi import openapi
from realtime.models import Outbox
from tests.delivery.webhooks.telling import Telling
from tests.servers.webhook_receiver import Receiver


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi(load().values(), "0", cookie="accessToken")


def conforms(document: dict[str, Any], kind: str, data: Any) -> None:
    """Whether it is as the document has it, with every key."""
    body = document["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]
    schema = {"components": document["components"], **body["schema"]["properties"]["data"]}
    jsonschema.Draft202012Validator(schema).validate(data)


def test_every_event_is_described_and_none_besides(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == {*Happened, "message.before"}


async def test_what_is_told_is_what_is_described(
    telling: Telling, receiver: Receiver, document: dict[str, Any]
) -> None:
    ada, bob, node = telling.world.actor("ada"), telling.world.actor("bob"), telling.world.node
    conversation_id = await telling.pair()
    attached = Content("Hi", attachments=(Attachment("/a.png", size=3),))
    said = await messages.send(ada, conversation_id, attached)
    await messages.edit(ada, said.id, "Ho")
    await receipts.mark_read(bob, conversation_id)
    await messages.delete(ada, said.id)
    group = await telling.world.group("ada", "bob")
    await conversations.add(ada, group.id, "eve")
    await conversations.remove(ada, group.id, "eve")
    await notifications.notify(node, ["bob"], Notice("LIKE", text="Nice", data={"n": 1}))
    await announcements.broadcast(node, Notice("NEWS", title="We moved"))
    await node.presence.connected("ada", "tab")
    await presence.changed(node, "ada", is_online=True)
    await node.presence.disconnected("ada", "tab")
    await presence.changed(node, "ada", is_online=False)
    push = Outbox(user_id="bob", notification_id=new_id(), subscription_id=new_id())
    detail = {"service": "fcm.googleapis.com", "status": 410}
    await webhooks.push_failed(node, push, "gone_browser", detail, telling.world.now)
    await telling.work()

    assert set(receiver.types()) == set(Happened)
    for each in receiver.taken:
        conforms(document, each.type, each.data)


async def test_what_is_asked_is_what_is_described(
    telling: Telling, document: dict[str, Any]
) -> None:
    conversation_id = await telling.pair()
    asked: list[Any] = []

    class Asked:
        """Remembers what it is asked."""

        def turn(self, _: str) -> Any:

            return nullcontext()

        async def ask(self, proposal: Any, _: Any) -> str:
            asked.append(proposal)
            return str(proposal["content"])

    node = replace(telling.world.node, before=Asked())
    ada = replace(telling.world.actor("ada"), node=node)
    said = await messages.send(ada, conversation_id, Content("Hi"))
    await messages.edit(ada, said.id, "Ho")
    await messages.send_to(ada, "eve", Content("Hello"))

    assert [each["action"] for each in asked] == ["send", "edit", "send"]
    assert asked[2]["conversationId"] is None
    for each in asked:
        conforms(document, "message.before", each)
