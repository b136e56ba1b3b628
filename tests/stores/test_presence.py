"""Who looks online, and when others are told. Every implementation of Presence passes these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from realtime.domain.ports import Presence
from realtime.stores import left
from realtime.stores import presence as memory
from realtime.stores.presence import SharedPresence
from tests.patience import PATIENCE
from tests.stores.nodes import Nodes

Changed = Callable[[str, bool], None]


def over_nodes(grace: float, changed: Changed) -> SharedPresence:
    """With others to hear from, who have nobody."""
    nodes = Nodes(grace)
    nodes.node("n2")
    return nodes.node("n1", changed).presence


MAKERS: dict[str, Callable[[float, Changed], Any]] = {
    "alone": SharedPresence,
    "among others": over_nodes,
}


class Told:
    """What an implementation told, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[str, bool]] = []
        self._came = asyncio.Event()

    def __call__(self, user_id: str, online: bool) -> None:
        self.all.append((user_id, online))
        self._came.set()

    async def times(self, count: int) -> list[tuple[str, bool]]:
        """All that was told, once it is this many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.all) < count:
                self._came.clear()
                await self._came.wait()
        return self.all


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def grace() -> float:
    return 0.0


@pytest.fixture(params=MAKERS)
async def presence(
    request: pytest.FixtureRequest, told: Told, grace: float
) -> AsyncIterator[Presence]:
    made = MAKERS[request.param](grace, told)
    yield made
    await made.close()


async def test_the_first_and_the_last_session_are_told(presence: Presence, told: Told) -> None:
    await presence.connected("ada", "phone")
    await presence.connected("ada", "laptop")
    await presence.disconnected("ada", "phone")
    assert told.all == [("ada", True)]

    await presence.disconnected("ada", "laptop")
    assert told.all == [("ada", True), ("ada", False)]
    assert await presence.online(["ada"]) == set()


async def test_a_session_counts_once(presence: Presence, told: Told) -> None:
    await presence.connected("ada", "phone")
    await presence.connected("ada", "phone")
    assert await presence.sockets(["ada"]) == {"ada": 1}

    await presence.disconnected("ada", "laptop")
    await presence.disconnected("bob", "phone")
    assert await presence.online(["ada"]) == {"ada"}

    await presence.disconnected("ada", "phone")
    await presence.disconnected("ada", "phone")
    assert told.all == [("ada", True), ("ada", False)]


async def test_online_answers_for_those_who_were_asked_about(presence: Presence) -> None:
    await presence.connected("ada", "a")
    await presence.connected("bob", "b")

    assert await presence.online(["ada", "eve"]) == {"ada"}
    assert await presence.online([]) == set()


async def test_sockets_and_users_are_counted(presence: Presence) -> None:
    for user, session in [("ada", "a1"), ("ada", "a2"), ("bob", "b1")]:
        await presence.connected(user, session)

    assert await presence.sockets(["ada", "eve", "bob"]) == {"ada": 2, "eve": 0, "bob": 1}
    assert await presence.sockets([]) == {}
    assert await presence.count() == 2


async def test_hiding_looks_offline_to_others_only(presence: Presence, told: Told) -> None:
    await presence.connected("ada", "phone")
    await presence.hide("ada")

    assert told.all == [("ada", True), ("ada", False)]
    assert await presence.online(["ada"]) == set()
    assert (await presence.sockets(["ada"]), await presence.count()) == ({"ada": 1}, 1)


async def test_who_hides_and_leaves_is_not_told_offline_twice(
    presence: Presence, told: Told
) -> None:
    await presence.connected("ada", "phone")
    await presence.hide("ada")
    await presence.disconnected("ada", "phone")

    assert told.all == [("ada", True), ("ada", False)]


async def test_a_new_connection_ends_hiding(presence: Presence, told: Told) -> None:
    await presence.connected("ada", "phone")
    await presence.hide("ada")
    await presence.connected("ada", "laptop")

    assert told.all[2:] == [("ada", True)]
    assert await presence.online(["ada"]) == {"ada"}


async def test_hiding_twice_is_told_once(presence: Presence, told: Told) -> None:
    await presence.connected("ada", "phone")
    await presence.hide("ada")
    await presence.hide("ada")

    assert told.all == [("ada", True), ("ada", False)]


async def test_who_is_not_there_cannot_hide_or_show(presence: Presence, told: Told) -> None:
    await presence.hide("ada")
    await presence.show("ada")

    assert told.all == []
    assert await presence.online(["ada"]) == set()


async def test_of_many_changes_in_a_second_the_last_one_wins(
    presence: Presence, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SWITCH_EVERY", 0.4)
    await presence.connected("ada", "phone")
    await presence.hide("ada")
    for _ in range(5):
        await presence.show("ada")
        await presence.hide("ada")
    await presence.show("ada")
    assert told.all == [("ada", True), ("ada", False)]

    assert (await told.times(3))[2:] == [("ada", True)]
    assert await presence.online(["ada"]) == {"ada"}


async def test_changes_that_cancel_each_other_out_are_not_told(
    presence: Presence, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SWITCH_EVERY", 0.4)
    await presence.connected("ada", "phone")
    await presence.hide("ada")
    await presence.show("ada")
    await presence.hide("ada")

    await presence.connected("bob", "phone")
    await presence.hide("bob")
    await presence.show("bob")
    assert (await told.times(5))[2:] == [("bob", True), ("bob", False), ("bob", True)]


class TestGrace:
    """A page that reloads does not flap."""

    @pytest.fixture
    def grace(self) -> float:
        return 0.1

    async def test_a_quick_return_is_not_told(self, presence: Presence, told: Told) -> None:
        await presence.connected("ada", "before")
        await presence.disconnected("ada", "before")
        assert await presence.online(["ada"]) == {"ada"}

        await presence.connected("ada", "after")
        await presence.connected("bob", "phone")
        await presence.disconnected("bob", "phone")

        assert await told.times(3) == [("ada", True), ("bob", True), ("bob", False)]

    async def test_offline_is_told_when_the_grace_ends(
        self, presence: Presence, told: Told
    ) -> None:
        await presence.connected("ada", "phone")
        await presence.disconnected("ada", "phone")
        assert told.all == [("ada", True)]
        assert (await presence.sockets(["ada"]), await presence.count()) == ({"ada": 0}, 0)

        assert await told.times(2) == [("ada", True), ("ada", False)]
        assert await presence.online(["ada"]) == set()

    async def test_hiding_in_the_grace_is_at_once(self, presence: Presence, told: Told) -> None:
        await presence.connected("ada", "phone")
        await presence.disconnected("ada", "phone")
        await presence.hide("ada")

        assert told.all == [("ada", True), ("ada", False)]


async def test_memory_keeps_nothing_of_who_has_gone(told: Told) -> None:
    presence = SharedPresence(0.0, told)
    for number in range(100):
        await presence.connected(f"user{number}", "phone")
        await presence.hide(f"user{number}")
        await presence.show(f"user{number}")
        await presence.disconnected(f"user{number}", "phone")

    assert not presence._own
    assert not presence._seen
    assert not presence._of_node


async def test_who_has_left_lately_is_expected(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(left.time, "monotonic", lambda: now)
    presence = SharedPresence(0.0, told, expected=60)
    for user in ("ada", "bob"):
        await presence.connected(user, "phone")
    await presence.disconnected("bob", "phone")
    assert {*await presence.expected()} == {"ada", "bob"}
    assert {*await presence.present()} == {"ada"}

    await presence.connected("bob", "phone")
    now += 30
    await presence.disconnected("ada", "phone")
    now += 59
    assert {*await presence.expected()} == {"ada", "bob"}
    now += 2
    assert {*await presence.expected()} == {"bob"}
    assert not presence._lately._users


async def test_who_has_left_another_node_is_expected_here_even_by_one_that_is_new() -> None:
    nodes = Nodes(expected=60)
    one, other = nodes.node("n1"), nodes.node("n2")
    await one.presence.connected("ada", "phone")
    await one.presence.disconnected("ada", "phone")
    late = nodes.node("n3")

    for node in (one, other, late):
        assert {*await node.presence.expected()} == {"ada"}
    await late.presence.connected("ada", "laptop")
    await late.presence.disconnected("ada", "laptop")
    assert {*await one.presence.expected()} == {"ada"}
