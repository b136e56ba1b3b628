"""What an event says can be asked for without being sent: that is how a gap is closed."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from realtime.delivery.fanout import FanOut
from realtime.delivery.languages import Languages
from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain.events import (
    CustomEvent,
    Event,
    MessageDeleted,
    MessageSent,
    ParticipantRemoved,
    RoomJoined,
    StatusChanged,
    UserDisconnected,
)
from realtime.domain.ids import new_id
from realtime.domain.records import NEW_MESSAGE, Conversation, Message, Notification, Person
from realtime.transport import Emission, Server
from realtime.transport.backplane import Unit
from realtime.transport.socketio import ordering
from tests.hub import Hub
from tests.patience import PATIENCE
from tests.stores.nodes import Nodes
from tests.transport.clients import until

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ADA, BOB = Person("ada", "Ada"), Person("bob", "Bob")
TALK = Conversation(new_id(), 1, (ADA, BOB), True, None, NOW)
HI = Message(new_id(), TALK.id, 1, ADA, BOB, "text", "Hi", None, None, NOW, NOW)
TOLD = Notification(
    new_id(), "bob", NEW_MESSAGE, None, "Hi", NOW, ADA, HI.id, TALK.id, data={"senderId": "ada"}
)
SENT = MessageSent(HI, TALK, (TOLD,), "desk")
DELETED = MessageDeleted(TALK.id, HI.id, "ada", TALK, NOW)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def server(hub: Hub) -> Server:
    server = Server(namespaces=("/", "/api"), backplane=hub.node())
    await server.start()
    return server


@pytest.fixture
def fanout(server: Server) -> FanOut:
    spoken, namespaces = load(), ("/", "/api")
    return FanOut(
        server, spoken, Words(), namespaces, Languages(spoken, namespaces, tell=lambda _: None)
    )


async def test_what_few_are_told_of_somebody_comes_after_what_all_were_told(
    hub: Hub, fanout: FanOut
) -> None:
    """She has come with a crowd, and blocks Ada at once: to Ada she looks offline."""
    fanout.announce(StatusChanged("eve", True, NOW))
    fanout.announce(StatusChanged("bob", True, NOW))

    fanout.announce(StatusChanged("bob", False, NOW, ("ada",)))

    said = "".join(repr(unit.deliveries) for unit in hub.said if isinstance(unit, Unit))
    heard = re.findall(r'"userId":"bob","status":"(\w+)"', said)
    assert "offline" in heard
    assert heard[0] == "online"
    assert heard == sorted(heard, reverse=True)


@pytest.mark.parametrize(
    "event", [SENT, DELETED, CustomEvent("sale", ({"off": 10},), user_ids=("bob",))]
)
def test_what_is_said_is_what_would_be_sent(
    hub: Hub, server: Server, fanout: FanOut, event: Event
) -> None:
    emissions = fanout.steps(event)
    assert emissions
    assert hub.said == []

    server.publish(emissions)
    fanout.announce(event)

    loaded, sent = hub.said
    assert isinstance(loaded, Unit)
    assert isinstance(sent, Unit)
    assert loaded.deliveries == sent.deliveries


@pytest.mark.parametrize(
    "event",
    [RoomJoined("choir", "ada"), UserDisconnected("ada")],
)
def test_what_is_done_to_sockets_says_nothing(hub: Hub, fanout: FanOut, event: Event) -> None:
    assert fanout.steps(event) == []
    assert hub.said == []


def test_leaving_is_a_step_of_the_conversations_order(hub: Hub, fanout: FanOut) -> None:
    fanout.announce(ParticipantRemoved(TALK.id, "bob", 7))

    (unit,) = hub.said
    assert isinstance(unit, Unit)
    assert unit.order == (str(TALK.id), 7)
    assert unit.commands
    assert {each.action for each in unit.commands} == {"leave"}
    assert {each.room.partition("/")[2] for each in unit.commands} == {f"conversation:{TALK.id}"}
    assert tuple(fanout.steps(ParticipantRemoved(TALK.id, "bob", 7))) == unit.commands


async def test_who_is_back_on_another_node_before_it_could_be_told_that_she_left_does_not_look_it(
    hub: Hub, fanout: FanOut
) -> None:
    def tell(user_id: str, online: bool) -> None:
        fanout.announce(StatusChanged(user_id, online, NOW))

    nodes = Nodes()
    here, there = nodes.node("n1", tell).presence, nodes.node("n2").presence
    fanout.believe(here.looks_online)
    await here.connected("eve", "phone")  # told at once; others wait for a moment
    await here.connected("ada", "phone")
    await here.disconnected("ada", "phone")
    await there.connected("ada", "phone")
    await here.connected("bob", "phone")

    def said(words: bytes) -> bool:
        units = [each for each in hub.said if isinstance(each, Unit)]
        return any(words in each.frames for unit in units for each in unit.deliveries)

    await until(lambda: said(b'"bob"'))

    assert said(b"online")
    assert not said(b"offline")


async def test_a_message_that_never_came_is_loaded_and_told_in_its_place(
    hub: Hub, server: Server, fanout: FanOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "GAP_SECONDS", 0.001)
    given: list[int] = []
    third = asyncio.Event()

    def give(unit: Unit) -> None:
        assert unit.order is not None
        assert unit.deliveries
        given.append(unit.order[1])
        if unit.order[1] == 3:
            third.set()

    async def load(key: str, first: int, last: int) -> dict[int, list[Emission]]:
        assert key == str(TALK.id)
        return {seq: fanout.steps(_numbered(seq)) for seq in range(first, last + 1)}

    server.load_missing_with(load)
    monkeypatch.setattr(server._publisher._sequencer, "_deliver", give)
    for seq in (1, 3):
        fanout.announce(_numbered(seq))

    await asyncio.wait_for(third.wait(), PATIENCE)
    assert given == [1, 2, 3]


def _numbered(seq: int) -> MessageSent:
    return replace(SENT, message=replace(HI, seq=seq, change=seq))
