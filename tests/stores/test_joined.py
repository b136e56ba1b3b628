"""Which sessions have joined what. Every implementation of Joined passes these."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from realtime.domain.ids import new_id
from realtime.domain.ports import Joined
from realtime.stores.joined import SharedJoined
from tests.stores.nodes import Nodes


def over_nodes() -> SharedJoined:
    """With others to hear from, who have nobody."""
    nodes = Nodes()
    nodes.node("n2")
    return nodes.node("n1").joined


MAKERS: dict[str, Callable[[], Joined]] = {"alone": SharedJoined, "among others": over_nodes}


@pytest.fixture(params=MAKERS)
def joined(request: pytest.FixtureRequest) -> Joined:
    return MAKERS[request.param]()


@pytest.fixture
def room() -> UUID:
    return new_id()


async def test_a_session_joins_once(joined: Joined, room: UUID) -> None:
    assert await joined.join(room, "ada", "phone")
    assert not await joined.join(room, "ada", "phone")
    assert await joined.join(room, "ada", "laptop")

    assert await joined.users([room]) == {room: {"ada"}}


async def test_a_user_is_there_until_her_last_session_leaves(joined: Joined, room: UUID) -> None:
    await joined.join(room, "ada", "phone")
    await joined.join(room, "ada", "laptop")

    assert await joined.leave(room, "ada", "phone")
    assert (await joined.users([room]))[room] == {"ada"}
    assert await joined.leave(room, "ada", "laptop")
    assert (await joined.users([room]))[room] == set()


async def test_who_has_not_joined_cannot_leave(joined: Joined, room: UUID) -> None:
    await joined.join(room, "ada", "phone")

    assert not await joined.leave(room, "ada", "laptop")
    assert not await joined.leave(room, "bob", "phone")
    assert not await joined.leave(new_id(), "ada", "phone")
    assert (await joined.users([room]))[room] == {"ada"}


async def test_a_dropped_session_is_nowhere(joined: Joined, room: UUID) -> None:
    other = new_id()
    for conversation_id in (room, other):
        await joined.join(conversation_id, "ada", "phone")
    await joined.join(other, "ada", "laptop")

    await joined.drop("phone")
    await joined.drop("phone")

    assert await joined.users([room, other]) == {room: set(), other: {"ada"}}
    assert await joined.join(room, "ada", "phone")


async def test_a_removed_user_is_gone_with_all_her_sessions(joined: Joined, room: UUID) -> None:
    other = new_id()
    for session in ("phone", "laptop"):
        await joined.join(room, "ada", session)
    await joined.join(room, "bob", "desk")
    await joined.join(other, "ada", "phone")

    await joined.remove([(room, "ada")])
    await joined.remove([(room, "ada")])

    assert await joined.users([room, other]) == {room: {"bob"}, other: {"ada"}}


async def test_many_are_removed_in_one_call(joined: Joined, room: UUID) -> None:
    other = new_id()
    for user in ("ada", "bob"):
        for conversation_id in (room, other):
            await joined.join(conversation_id, user, f"{user}'s phone")

    await joined.remove([(room, "ada"), (other, "bob"), (new_id(), "ada"), (room, "eve")])
    await joined.remove([])

    assert await joined.users([room, other]) == {room: {"bob"}, other: {"ada"}}


async def test_what_is_answered_does_not_change_later(joined: Joined, room: UUID) -> None:
    await joined.join(room, "ada", "phone")
    before = await joined.users([room])
    await joined.join(room, "bob", "desk")

    assert before == {room: {"ada"}}


async def test_memory_keeps_nothing_of_who_has_gone() -> None:
    joined = SharedJoined()
    for number in range(100):
        await joined.join(new_id(), "ada", f"session{number}")
        await joined.drop(f"session{number}")

    assert not joined._users
    assert not joined._conversations
