"""What one node's events make void is forgotten on every node, at once."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass

import pytest

from realtime.delivery import notices
from realtime.delivery.notices import CROSSING, decode, encode
from realtime.domain import conversations, deletion, events, groups, users
from realtime.domain.errors import InvalidToken
from realtime.domain.events import Event, MembershipChanged, PeopleChanged, UserDeleted
from realtime.domain.ids import new_id
from realtime.domain.people import Profile
from realtime.models import User
from realtime.stores.database import Database
from realtime.transport import Emission, Server
from realtime.transport.backplane import Notice
from realtime.transport.socketio import anew
from tests.domain.world import World
from tests.hub import Hub
from tests.transport.clients import until


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def nodes(hub: Hub) -> AsyncIterator[list[World]]:
    """Two nodes on one database, whose clocks stand still."""
    async with await Database.open("sqlite://:memory:") as database:
        await database.create_tables()
        worlds, servers = [], []
        for _ in range(2):
            world, server = World(database), Server(backplane=hub.node())
            world.node.people._now = lambda: 0.0
            notices.connect(world.announcer, server)
            await server.start()
            worlds.append(world)
            servers.append(server)
        yield worlds
        for world, server in zip(worlds, servers, strict=True):
            await world.stop()
            await server.close()


async def test_what_one_tells_by_itself_makes_nobody_forget(hub: Hub, nodes: list[World]) -> None:
    """Of that it warns those to whom its clients may come, not those who remember something."""
    here, there = nodes
    await users.upsert(here.node, [("ada", {"name": "Ada"})])
    before = await there.node.people.known("ada")
    await User.filter(id="ada").update(name="Ada Lovelace")  # of which nobody is told
    busy = Server(backplane=hub.node())
    await busy.start()

    async def found(_key: str, first: int, last: int) -> dict[int, list[Emission]]:
        return {number: [] for number in range(first, last + 1)}

    busy.load_missing_with(found)
    hub.said.clear()
    busy.publish([], order=("order", 1))
    busy.publish([], order=("order", anew.MOST + 3))
    await until(lambda: any(isinstance(said, Notice) for said in hub.said))
    await busy.close()

    assert await there.node.people.known("ada") == before


async def test_what_changed_while_nodes_did_not_hear_one_another_is_forgotten_when_they_do(
    hub: Hub, nodes: list[World]
) -> None:
    here, there = nodes
    await users.upsert(here.node, [("ada", {"name": "Ada"})])
    talk = await here.group("ada", "bob")
    await there.node.memberships.get(talk.id)
    await there.node.people.known("ada")
    away = hub.nodes[0]
    away.leave()
    await users.upsert(here.node, [("ada", {"name": "Ada Lovelace"})])
    assert (await there.node.people.known("ada")).name == "Ada"

    away.come_back()

    assert (await there.node.people.known("ada")).name == "Ada Lovelace"
    remembered = await there.node.memberships.get(talk.id)
    assert [each.name for each in remembered.people if each.id == "ada"] == ["Ada Lovelace"]


async def test_tokens_that_are_revoked_here_are_refused_there_at_once(nodes: list[World]) -> None:
    here, there = nodes
    old = Profile("ada", "Ada", issued_at=here.now.timestamp() - 5)
    await there.node.people.seen(old)

    await users.disconnect(here.node, "ada", revoke=True)

    with pytest.raises(InvalidToken):
        await there.node.people.seen(old)


async def test_who_is_renamed_here_has_her_new_name_there(nodes: list[World]) -> None:
    here, there = nodes
    choir = await here.group("ada", "bob")
    await there.node.memberships.get(choir.id)

    await users.upsert(here.node, [("ada", {"name": "Countess"})])

    assert (await there.node.memberships.get(choir.id)).person("ada").name == "Countess"


async def test_who_is_removed_here_is_not_remembered_there(nodes: list[World]) -> None:
    here, there = nodes
    choir = await here.group("ada", "bob")
    await there.node.memberships.get(choir.id)

    await groups.remove(here.node, choir.id, "bob")

    assert (await there.node.memberships.get(choir.id)).person("bob") is None


async def test_who_is_deleted_here_can_be_written_to_anew_there(nodes: list[World]) -> None:
    here, there = nodes
    before = await conversations.direct_with(there.actor("bob"), "ada")

    await deletion.delete(here.node, "ada")

    assert await conversations.direct_with(there.actor("bob"), "ada") != before


async def test_the_other_node_forgets_and_tells_nobody(nodes: list[World]) -> None:
    here, there = nodes

    here.node.announce(PeopleChanged(("ada",)))

    assert here.told == [PeopleChanged(("ada",))]
    assert there.told == []


@pytest.mark.parametrize(
    "event",
    [
        MembershipChanged(new_id()),
        PeopleChanged(("ada", "böb", "")),
        PeopleChanged(()),
        UserDeleted("ada"),
    ],
)
def test_an_event_crosses_as_it_is(event: Event) -> None:
    (name,) = [name for name, kind in CROSSING.items() if kind is type(event)]

    assert decode(name, encode(name, event)) == event


def test_all_that_caches_forget_crosses() -> None:
    """What is only forgotten where it happened would be remembered elsewhere."""
    world_forgets = {kind for kind, _ in _caches()}

    assert world_forgets == set(CROSSING.values())
    for kind in CROSSING.values():
        assert is_dataclass(kind)
        assert fields(kind)
        assert inspect.getmodule(kind) is events


def _caches() -> list[tuple[type[Event], object]]:
    from realtime.domain.announcing import Announcer, connect_caches
    from realtime.domain.memberships import Memberships
    from realtime.domain.people import People
    from realtime.stores.joined import SharedJoined

    announcer = Announcer()
    connect_caches(announcer, Memberships(), People(), SharedJoined(), lambda call: call.close())
    return list(announcer._caches)


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"{}", b'{"user_ids":"ada"}', b'{"user_ids":[1]}', b"\xff"]
)
async def test_a_notice_that_says_nothing_is_logged_and_hurts_nobody(
    nodes: list[World], hub: Hub, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    here, there = nodes
    await there.node.people.known("ada")

    with caplog.at_level(logging.ERROR, logger="realtime.transport"):
        hub.tell(Notice("people_changed", body))

    assert len(caplog.records) == 2
    assert "people_changed" in caplog.text
    here.node.announce(PeopleChanged(("ada",)))
    assert "ada" not in there.node.people._known


async def test_a_newer_nodes_notice_is_passed_over(nodes: list[World], hub: Hub) -> None:
    hub.tell(Notice("something_new", b"?"))
    hub.tell(Notice("user_deleted", b'{"user_id":"ada","why":"new here"}'))
