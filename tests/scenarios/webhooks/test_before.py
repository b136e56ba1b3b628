"""A backend that is asked before each message: it allows, refuses, changes, or says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from realtime.models import Conversation, Message, Outbox
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Answer as Answered
from tests.rest import Rest
from tests.scenarios.steps import on_both_databases, once, talk
from tests.servers.webhook_receiver import SECRET, Answer, Receiver, Taken

NO_SPAM = "Please do not advertise here"


def moderates(asked: Taken) -> Answer:
    """Word rules, as a shop may have them."""
    content = asked.data["content"]
    if "casino" in content:
        return Answer(200, {"action": "refuse", "reason": NO_SPAM})
    if "darn" in content:
        return Answer(200, {"action": "change", "content": content.replace("darn", "****")})
    return Answer(200, {"action": "allow"})


@pytest.fixture
def moderator(receiver: Receiver) -> Receiver:
    receiver.answer = moderates
    return receiver


async def asking(cluster: Cluster, moderator: Receiver, **settings: Any) -> InProcess:
    """A node that asks it."""
    return await cluster.node(
        webhooks__allow_private=True,
        webhooks__before_message__url=moderator.url,
        webhooks__before_message__secrets=[SECRET],
        **{"webhooks__before_message__timeout": 5, **settings},
    )


Send = Callable[[Frontend, str, str], Awaitable[Answered | Any]]

REST: dict[str, tuple[str, Callable[[str, str], dict[str, Any]]]] = {
    "conversations": ("/api/messages", lambda _, text: {"receiverId": "bob", "content": text}),
    "jobs": ("/api/realtime/chat/send", lambda _, text: {"recipientId": "bob", "message": text}),
    "skilllink": ("/api/messages", lambda _, text: {"receiverId": "bob", "content": text}),
    "linsta": ("/api/chat/messages", lambda room, text: {"chatRoomId": room, "text": text}),
}


@on_both_databases
@pytest.mark.parametrize("dialect", REST)
async def test_over_rest_each_dialect_is_told_the_reason_and_given_the_change(
    cluster: Cluster, moderator: Receiver, dialect: str
) -> None:
    node = await asking(cluster, moderator)
    room = await talk(cluster.person(node, "ada"), "bob")
    ada = cluster.person(node, "ada", dialect=dialect)
    path, body = REST[dialect]

    refused = await ada.post(path, body(room, "Best casino"))
    changed = await ada.post(path, body(room, "Oh darn"))

    assert refused.status == 422, refused.text
    assert NO_SPAM in refused.text
    assert changed.status in (200, 201), changed.text
    assert "Oh ****" in changed.text
    assert [row.content for row in await Message.all()] == ["Oh ****"]
    assert moderator.asked[0].type == "message.before"
    assert moderator.asked[0].data["action"] == "send"
    assert not moderator.bad


@once
async def test_over_the_socket_each_dialect_is_told_the_reason(
    cluster: Cluster, moderator: Receiver
) -> None:
    node = await asking(cluster, moderator)
    room = await talk(cluster.person(node, "ada"), "bob")
    ada = await cluster.frontend(node, "ada")
    answer = await ada.ask("message:send", {"conversationId": room, "content": "casino"})
    assert answer == {"success": False, "error": NO_SPAM}
    jobs = await cluster.frontend(node, "ada", dialect="jobs")
    answer = await jobs.ask("send_message", {"recipientId": "bob", "message": "casino"})
    assert NO_SPAM in str(answer)
    linsta = await cluster.frontend(node, "ada", dialect="linsta")
    await linsta.emit("send_message", {"chatRoomId": room, "text": "casino"})
    assert (await linsta.hears("error"))["message"] == NO_SPAM
    answer = await ada.ask("message:send", {"conversationId": room, "content": "Oh darn"})
    assert answer["data"]["content"] == "Oh ****"

    assert await Message.all().count() == 1


@once
async def test_edits_are_asked_for_too(cluster: Cluster, moderator: Receiver) -> None:
    node = await asking(cluster, moderator)
    ada = cluster.person(node, "ada")
    said = (await ada.post("/api/messages", {"receiverId": "bob", "content": "Hi"}))["data"]
    path = f"/api/messages/{said['id']}"

    refused = await ada.put(path, {"content": "casino"})
    changed = await ada.put(path, {"content": "darn"})

    assert (refused.status, NO_SPAM in refused.text) == (422, True)
    assert changed["data"]["content"] == "****"
    asked = moderator.asked[-1].data
    assert (asked["action"], asked["messageId"], asked["receiverId"]) == ("edit", said["id"], "bob")


@once
async def test_the_application_is_asked_about_what_it_sends_and_a_retry_is_no_question(
    cluster: Cluster, moderator: Receiver
) -> None:
    node = await asking(cluster, moderator)
    ada = cluster.person(node, "ada")
    door = Rest(ada._http, node.url, token=SERVER_KEY, dialect="server")
    body = {"senderId": "ada", "receiverId": "bob", "content": "casino"}

    refused = await door.post("/api/server/messages", body)
    assert (refused.status, refused["error"]) == (422, NO_SPAM)
    assert not await Conversation.exists()  # what is refused makes none
    again = {"content": "Hi", "clientId": "one"}
    for _ in range(2):
        sent = await door.post("/api/server/messages", body | again)
        assert sent.status == 201
    assert len(moderator.asked) == 2
    relayed = await door.post("/api/server/messages", body | {"store": False})
    assert relayed.status == 201  # the application keeps it, and has decided
    assert len(moderator.asked) == 2


@once
async def test_a_first_message_that_is_sent_again_while_it_is_asked_about_is_no_second_question(
    cluster: Cluster, moderator: Receiver
) -> None:
    """A page whose ack did not come in time."""
    node = await asking(cluster, moderator)
    ada = cluster.person(node, "ada")
    moderator.answers = [Answer(after=1), Answer(200, {"action": "refuse", "reason": "Twice"})]
    moderator.answer = lambda _: None
    body = {"receiverId": "bob", "content": "Hi", "clientId": "one"}

    both = await asyncio.gather(*(ada.post("/api/messages", body) for _ in range(2)))

    assert [answer.status for answer in both] == [201, 201], both
    assert both[0]["data"]["id"] == both[1]["data"]["id"]
    assert len(moderator.asked) == 1


@once
async def test_one_senders_messages_keep_their_order_however_long_each_answer_takes(
    cluster: Cluster, moderator: Receiver
) -> None:
    node = await asking(cluster, moderator)
    ada = cluster.person(node, "ada")
    room = await talk(ada, "bob")
    moderator.answers = [Answer(after=0.3), Answer(after=0.1), Answer()]
    moderator.answer = lambda _: None
    sends = []
    for text in ("one", "two", "three"):
        body = {"conversationId": room, "content": text}
        sends.append(asyncio.ensure_future(ada.post("/api/messages", body)))
    await asyncio.gather(*sends)

    asked = [each.data["content"] for each in moderator.asked]
    assert sorted(asked) == ["one", "three", "two"]
    assert [row.content for row in await Message.all().order_by("seq")] == asked
    assert moderator.most_at_once == 1


@once
async def test_while_the_backend_thinks_nobody_else_waits(
    cluster: Cluster, moderator: Receiver
) -> None:
    """SQLite has one writer: an open transaction would stop everybody."""
    node = await asking(cluster, moderator)
    ada, eve = cluster.person(node, "ada"), cluster.person(node, "eve")
    room = await talk(ada, "bob")
    heard = asyncio.Event()

    def thinks(asked: Taken) -> Answer | None:
        heard.set()
        return Answer(after=2) if asked.data["senderId"] == "ada" else None

    moderator.answer = thinks
    slow = asyncio.ensure_future(
        ada.post("/api/messages", {"conversationId": room, "content": "Hi"})
    )
    await heard.wait()
    quick = await eve.post("/api/messages", {"receiverId": "bob", "content": "Ho"})

    assert (quick.status, slow.done()) == (201, False)
    assert (await slow).status == 201


@once
@pytest.mark.parametrize(
    "answer",
    [
        Answer(after=9),
        Answer(200, {"action": "allow"}, {"Content-Length": "99"}, after=0.01),
        Answer(500),
        Answer(302, headers={"Location": "/hooks"}),
        Answer(200, "no json"),
        Answer(200, {"action": "sing"}),
        Answer(200, {"action": "change"}),
        Answer(200, {"action": "change", "content": "  "}),
        Answer(200, {"action": "change", "content": "x" * 10_001}),
        Answer(200, '{"action": "change", "content": "\\ud83d"}'),
    ],
    ids=str,
)
@pytest.mark.parametrize("policy", ["allow", "refuse"])
async def test_without_a_good_answer_in_time_the_setting_holds(
    cluster: Cluster, moderator: Receiver, answer: Answer, policy: str
) -> None:
    node = await asking(
        cluster,
        moderator,
        webhooks__before_message__on_timeout=policy,
        webhooks__before_message__timeout=0.2 if answer.after else 5,
    )
    ada = cluster.person(node, "ada")
    moderator.answer = lambda _: answer

    sent = await ada.post("/api/messages", {"receiverId": "bob", "content": "Hi"})

    assert sent.status == {"allow": 201, "refuse": 422}[policy], sent.text
    assert ("could not be checked" in sent.text) == (policy == "refuse")
    assert len(moderator.asked) == 1


@once
async def test_one_who_sends_faster_than_the_backend_answers_is_slowed_down(
    cluster: Cluster, moderator: Receiver
) -> None:
    node = await asking(cluster, moderator)
    ada = cluster.person(node, "ada")
    room = await talk(ada, "bob")
    moderator.answer = lambda _: Answer(after=0.05)
    body = {"conversationId": room, "content": "Hi"}

    answers = await asyncio.gather(*(ada.post("/api/messages", body) for _ in range(80)))

    statuses = [answer.status for answer in answers]
    assert statuses.count(201) >= 64
    assert set(statuses) == {201, 429}


@once
async def test_nobody_is_asked_or_told_where_nothing_is_set(cluster: Cluster) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada")

    await ada.post("/api/messages", {"receiverId": "bob", "content": "casino"})

    assert await Message.all().count() == 1
    assert not await Outbox.exists()
