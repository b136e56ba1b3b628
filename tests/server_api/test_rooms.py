"""Custom rooms: a name space of their own, for sockets of today and tomorrow."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenarios.steps import on_both_databases, once, talk


async def tell(backend, room):
    await backend.made("/emit", {"event": "cohort", "room": room, "data": room})


@on_both_databases
async def test_sockets_of_today_and_tomorrow_hear_a_room_until_they_leave(cluster, node, backend):
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    for _ in range(2):
        assert (await backend.post("/rooms/cohort-7/users/ada")).json == {"data": {}}
    late = await cluster.frontend(node, "ada", dialect="skilllink", namespace="/api")

    await tell(backend, "cohort-7")

    for socket in (ada, late):
        assert await socket.hears("cohort") == "cohort-7"
        await socket.hears_nothing("cohort")
    await bob.hears_nothing("cohort")

    assert (await backend.delete("/rooms/cohort-7/users/ada")).json == {"data": {}}
    later = await cluster.frontend(node, "ada")
    await tell(backend, "cohort-7")
    for socket in (ada, late, later):
        await socket.hears_nothing("cohort")


@once
async def test_a_user_who_is_not_here_yet_hears_her_rooms_when_she_comes(cluster, node, backend):
    for room in ("one", "two words/ü"):
        await backend.post(f"/rooms/{'two%20words%2F%C3%BC' if ' ' in room else room}/users/ada")
    ada = await cluster.frontend(node, "ada")

    await tell(backend, "one")
    await tell(backend, "two words/ü")

    assert [await ada.hears("cohort"), await ada.hears("cohort")] == ["one", "two words/ü"]


@once
async def test_many_who_come_at_once_all_hear_their_rooms(cluster, node, backend):
    users = [f"user-{number}" for number in range(20)]
    await asyncio.gather(*(backend.post(f"/rooms/{user}-room/users/{user}") for user in users))

    sockets = await asyncio.gather(*(cluster.frontend(node, user) for user in users))

    for user, socket in zip(users, sockets, strict=True):
        await tell(backend, f"{user}-room")
        assert await socket.hears("cohort") == f"{user}-room"


@once
async def test_a_custom_room_is_no_room_of_a_dialect(backend, ada, bob):
    conversation_id = await talk(ada, "bob")

    for room in ("*", "conversations/*", "conversations/user:ada", ada.sid, conversation_id):
        await tell(backend, room)

    await ada.hears_nothing("cohort")


@once
@pytest.mark.parametrize("room", ["user:bob", "conversation:1", "x" * 256])
async def test_a_room_of_the_documents_cannot_be_joined(backend, room):
    answer = await backend.post(f"/rooms/{room}/users/ada")

    assert (answer.status, answer["field"]) == (400, "room")
