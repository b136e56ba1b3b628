"""`typing:start` and `typing:stop`, and whatever else ends typing."""

from __future__ import annotations

import pytest

from realtime import core
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import UNKNOWN, everyone_joins, group, once, say


async def test_typing_is_told_to_the_others_in_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.emit("typing:start", {"conversationId": room})
    assert await bob.hears("typing:start") == {"conversationId": room, "userId": "ada"}

    await ada.emit("typing:stop", {"conversationId": room})
    assert await bob.hears("typing:stop") == {"conversationId": room, "userId": "ada"}

    await ada.hears_nothing("typing:start", "typing:stop", after=[bob])


@once
async def test_a_bare_id_will_do_and_an_ack_says_so(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    assert await ada.ask("typing:start", room) == {"success": True}
    assert await ada.ask("typing:stop", room) == {"success": True}

    assert (await bob.hears("typing:start"))["userId"] == "ada"
    assert (await bob.hears("typing:stop"))["userId"] == "ada"


async def test_the_typists_other_device_hears_it_too(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    phone = await cluster.frontend(node, "ada")
    await everyone_joins(room, phone)

    await ada.emit("typing:start", {"conversationId": room})

    assert (await phone.hears("typing:start"))["userId"] == "ada"
    await ada.hears_nothing("typing:start", after=[phone])


async def test_who_has_not_joined_hears_nobody_type(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await ada.emit("typing:start", {"conversationId": conversation})

    await bob.hears_nothing("typing:start", after=[ada])


@once
async def test_a_member_who_has_not_joined_may_type(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await everyone_joins(conversation, bob)

    await ada.emit("typing:start", {"conversationId": conversation})

    assert (await bob.hears("typing:start"))["userId"] == "ada"


@pytest.mark.parametrize("event", ["typing:start", "typing:stop"])
async def test_a_stranger_cannot_type(ada: Frontend, eve: Frontend, room: str, event: str) -> None:
    refused = {"success": False, "error": "Access denied to this conversation"}

    assert await eve.ask(event, {"conversationId": room}) == refused
    await eve.emit(event, {"conversationId": room})

    await ada.hears_nothing(event, after=[eve])


@once
@pytest.mark.parametrize("event", ["typing:start", "typing:stop"])
async def test_nobody_types_in_an_unknown_conversation(eve: Frontend, event: str) -> None:
    unknown = {"success": False, "error": "Conversation not found"}

    assert await eve.ask(event, {"conversationId": UNKNOWN}) == unknown
    assert await eve.ask(event, "not an id") == unknown


async def test_typing_stops_when_the_typist_leaves(ada: Frontend, bob: Frontend, room: str) -> None:
    await ada.emit("typing:start", {"conversationId": room})
    await ada.emit("leave:conversation", room)

    assert await bob.hears("typing:stop") == {"conversationId": room, "userId": "ada"}
    await ada.hears_nothing("typing:stop")


async def test_typing_stops_when_the_typist_disconnects(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.ask("typing:start", {"conversationId": room})

    await ada.disconnect()

    assert await bob.hears("typing:stop") == {"conversationId": room, "userId": "ada"}


@once
async def test_typing_stops_when_the_wire_is_cut(ada: Frontend, bob: Frontend, room: str) -> None:
    await ada.ask("typing:start", {"conversationId": room})

    await ada.cut()

    assert (await bob.hears("typing:stop"))["userId"] == "ada"


async def test_typing_stops_when_the_message_is_sent_over_rest(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.ask("typing:start", {"conversationId": room})

    await say(ada, room, "Done")

    assert await bob.hears("typing:stop") == {"conversationId": room, "userId": "ada"}
    await ada.hears_nothing("typing:stop")


async def test_typing_stops_when_the_message_is_sent_over_the_socket(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.emit("typing:start", {"conversationId": room})
    await ada.ask("message:send", {"conversationId": room, "content": "Done"})

    assert await bob.hears("typing:stop") == {"conversationId": room, "userId": "ada"}
    await ada.hears_nothing("typing:stop")


async def test_typing_stops_by_itself_when_it_goes_quiet(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.core.TYPING_TIMEOUT", 0.05)
    node = await cluster.node()
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    room = await group(node, "ada", "bob")
    await everyone_joins(room, ada, bob)

    await ada.emit("typing:start", {"conversationId": room})

    assert (await bob.hears("typing:start"))["userId"] == "ada"
    assert (await bob.hears("typing:stop"))["userId"] == "ada"
    await ada.hears_nothing("typing:stop")


def test_the_quiet_time_is_ten_seconds() -> None:
    assert core.TYPING_TIMEOUT == 10.0


@once
async def test_whoever_was_not_typing_does_not_stop(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await say(ada, room, "Pasted")
    await ada.ask("leave:conversation", room)

    await bob.hears("message:new")
    await bob.hears_nothing("typing:stop", after=[ada])


@once
async def test_typing_that_was_stopped_does_not_stop_again(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.emit("typing:start", {"conversationId": room})
    await ada.emit("typing:stop", {"conversationId": room})
    await ada.ask("leave:conversation", room)

    await bob.hears("typing:stop")
    await bob.hears_nothing("typing:stop", after=[ada])
