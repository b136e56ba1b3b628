"""What nodes know of one another: who is where, who has joined what, who is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from realtime.domain.ids import new_id
from realtime.stores import presence as presence_module
from realtime.stores import roster as module
from realtime.stores.roster import Roster
from tests.stores.nodes import Nodes, OneNode
from tests.transport.clients import until

ROOM = new_id()


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


@pytest.fixture
def one(nodes: Nodes) -> OneNode:
    return nodes.node("n1")


@pytest.fixture
def two(nodes: Nodes, one: OneNode) -> OneNode:
    return nodes.node("n2")


@pytest.fixture
def lingering() -> Iterator[Nodes]:
    """Nodes whose users have a long time to come back."""
    nodes = Nodes(grace=60.0)
    yield nodes
    for node in nodes.all:
        for timer in node.roster._burials.values():
            timer.cancel()
        for own in node.presence._own.values():
            if own.leaving is not None:
                own.leaving.cancel()


async def sees(node: OneNode, user: str) -> tuple[bool, int]:
    """Whether she looks online from there, and with how many sockets."""
    online = await node.presence.online([user])
    return user in online, (await node.presence.sockets([user]))[user]


async def joined(node: OneNode) -> set[str]:
    return set((await node.joined.users([ROOM]))[ROOM])


async def test_a_user_looks_the_same_from_everywhere(one: OneNode, two: OneNode) -> None:
    await one.presence.connected("ada", "phone")
    await two.presence.connected("ada", "laptop")
    assert await sees(one, "ada") == await sees(two, "ada") == (True, 2)
    assert (await one.presence.count(), await two.presence.count()) == (1, 1)

    await one.presence.disconnected("ada", "phone")
    assert await sees(one, "ada") == await sees(two, "ada") == (True, 1)

    await two.presence.disconnected("ada", "laptop")
    assert await sees(one, "ada") == await sees(two, "ada") == (False, 0)
    assert (await one.presence.count(), await two.presence.count()) == (0, 0)


async def test_each_change_is_told_by_one_node(one: OneNode, two: OneNode) -> None:
    await one.presence.connected("ada", "phone")
    await two.presence.connected("ada", "laptop")
    await one.presence.disconnected("ada", "phone")
    await two.presence.disconnected("ada", "laptop")

    assert (one.told, two.told) == ([("ada", True)], [("ada", False)])


async def test_hiding_on_one_node_hides_on_all(one: OneNode, two: OneNode) -> None:
    await one.presence.connected("ada", "phone")

    await two.presence.hide("ada")
    assert (await sees(one, "ada"))[0] is (await sees(two, "ada"))[0] is False
    assert (one.told, two.told) == ([("ada", True)], [("ada", False)])

    await two.presence.connected("ada", "laptop")  # a new connection shows her
    assert (await sees(one, "ada"))[0] is True


async def test_who_starts_knows_what_was_before(nodes: Nodes, one: OneNode) -> None:
    await one.presence.connected("ada", "phone")
    await one.presence.connected("bob", "phone")
    await one.presence.hide("bob")
    await one.joined.join(ROOM, "ada", "phone")

    late = nodes.node("n2")

    assert await sees(late, "ada") == (True, 1)
    assert await sees(late, "bob") == (False, 1)
    assert await joined(late) == {"ada"}
    assert late.told == []


async def test_joined_is_one_for_all(one: OneNode, two: OneNode) -> None:
    await one.joined.join(ROOM, "ada", "phone")
    await two.joined.join(ROOM, "ada", "laptop")
    await two.joined.join(ROOM, "bob", "b")
    assert await joined(one) == await joined(two) == {"ada", "bob"}

    await one.joined.leave(ROOM, "ada", "phone")
    assert await joined(one) == await joined(two) == {"ada", "bob"}
    await two.joined.drop("laptop")
    assert await joined(one) == await joined(two) == {"bob"}

    await one.joined.remove([(ROOM, "bob")])
    assert await joined(one) == await joined(two) == set()
    assert not await two.joined.leave(ROOM, "bob", "b")


async def test_who_was_on_a_dead_node_only_goes_offline_and_one_node_tells(
    nodes: Nodes, one: OneNode, two: OneNode
) -> None:
    three = nodes.node("n3")
    for user in ("ada", "bob"):
        await one.presence.connected(user, user)
        await one.joined.join(ROOM, user, user)
    await two.presence.connected("bob", "laptop")
    nodes.kill(one)

    two.roster._publish("gone", "n1")
    three.roster._publish("gone", "n1")
    assert await sees(three, "ada") == (True, 0)
    assert await joined(two) == await joined(three) == set()
    await until(lambda: two.told or three.told)

    assert await sees(two, "ada") == await sees(three, "ada") == (False, 0)
    assert await sees(three, "bob") == (True, 1)
    await asyncio.sleep(1.1)  # longer than any node's turn to bury
    assert two.told + three.told == [("ada", False)]
    assert two.gone == three.gone == ["n1", "n1"]


async def test_who_was_on_a_dead_node_goes_offline_though_one_that_started_then_would_bury_it_first(
    nodes: Nodes, one: OneNode, two: OneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one.presence.connected("ada", "phone")
    nodes.kill(one)
    started_again = nodes.node("n3")
    turns = [0.0, 0.2]  # n2 hears it first
    monkeypatch.setattr(module.random, "uniform", lambda _least, _most: turns.pop())

    two.roster._publish("gone", "n1")
    await until(lambda: two.told)

    assert (two.told, started_again.told) == ([("ada", False)], [])
    assert not started_again.roster._burials


async def test_a_dead_node_of_which_nobody_knows_all_is_buried_all_the_same(
    nodes: Nodes, one: OneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATER", 0.0)
    one.roster.hear(b'["change","n2",["presence",["at","ada",1]]]')
    assert await sees(one, "ada") == (True, 1)

    one.roster._publish("gone", "n2")
    await until(lambda: one.told)

    assert one.told == [("ada", False)]


async def test_who_comes_back_on_another_node_was_never_away(lingering: Nodes) -> None:
    one, two = lingering.node("n1"), lingering.node("n2")
    await one.presence.connected("ada", "phone")

    one.roster.stop()
    lingering.kill(one)
    await two.presence.connected("ada", "phone again")
    two.roster._publish("buried", "n1")

    assert await sees(two, "ada") == (True, 1)
    assert (one.told, two.told) == ([("ada", True)], [])


async def test_a_node_that_was_given_up_and_is_there_says_so(lingering: Nodes) -> None:
    one, two = lingering.node("n1"), lingering.node("n2")
    one.roster._beat_later()
    await one.presence.connected("ada", "phone")
    await one.joined.join(ROOM, "ada", "phone")

    two.roster._publish("gone", "n1")

    assert await sees(two, "ada") == (True, 1)
    assert await joined(two) == {"ada"}
    assert not two.roster._burials
    one.roster.stop()


async def test_a_node_that_was_buried_while_it_was_cut_off_comes_back(
    nodes: Nodes, one: OneNode, two: OneNode
) -> None:
    one.roster._beat_later()
    await one.presence.connected("ada", "phone")
    one.cut_off = True
    two.roster._publish("gone", "n1")
    await until(lambda: two.told)
    assert two.told == [("ada", False)]
    await one.presence.connected("bob", "phone")

    one.cut_off = False
    one.roster.back()

    assert await sees(two, "ada") == await sees(two, "bob") == (True, 1)
    one.roster.stop()


async def test_who_came_or_went_during_a_cut_is_told_on_each_node_that_missed_it(
    nodes: Nodes, one: OneNode, two: OneNode
) -> None:
    three = nodes.node("n3")  # where nobody is
    await one.presence.connected("ada", "phone")
    await two.presence.connected("eve", "phone")
    one.cut_off = True
    await one.presence.disconnected("ada", "phone")
    await one.presence.connected("bob", "phone")
    await two.presence.connected("carl", "phone")
    two.told.clear()

    one.cut_off = False
    one.roster.back()

    assert sorted(two.missed) == [("ada", False), ("bob", True)]
    assert (one.missed, three.missed) == ([("carl", True)], [])
    assert two.told == three.told == []


async def test_who_was_on_a_node_that_was_buried_during_a_cut_is_told_to_be_there_when_it_is_back(
    nodes: Nodes, one: OneNode, two: OneNode
) -> None:
    await one.presence.connected("ada", "phone")
    await two.presence.connected("eve", "phone")
    one.cut_off = True
    two.roster._publish("gone", "n1")
    await until(lambda: ("ada", False) in two.told)

    one.cut_off = False
    one.roster.back()

    assert (one.missed, two.missed) == ([], [("ada", True)])


async def test_a_node_that_was_buried_as_it_came_back_says_so(
    nodes: Nodes, one: OneNode, two: OneNode
) -> None:
    one.roster._beat_later()
    await one.presence.connected("ada", "phone")

    two.roster._publish("buried", "n1")  # said before it was heard that it is there

    assert await sees(one, "ada") == await sees(two, "ada") == (True, 1)
    assert (two.told, one.told[-1]) == ([("ada", False)], ("ada", True))
    one.roster.stop()


@pytest.mark.parametrize("hiding", [True, False])
async def test_who_hides_or_shows_herself_during_a_cut_looks_the_same_from_everywhere_after_it(
    nodes: Nodes, one: OneNode, two: OneNode, monkeypatch: pytest.MonkeyPatch, hiding: bool
) -> None:
    monkeypatch.setattr(presence_module, "SWITCH_EVERY", 0.0)
    await one.presence.connected("ada", "phone")
    if not hiding:
        await one.presence.hide("ada")
    one.cut_off = True
    await (one.presence.hide("ada") if hiding else one.presence.show("ada"))

    one.cut_off = False
    one.roster.back()

    assert await sees(one, "ada") == await sees(two, "ada") == (not hiding, 1)


async def test_a_wish_to_hide_that_is_on_its_way_is_in_what_the_node_says_of_all(
    one: OneNode, two: OneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one.presence.connected("ada", "phone")
    on_its_way: list[bytes] = []
    with monkeypatch.context() as slow:
        slow.setattr(one.roster, "_say", on_its_way.append)
        await one.presence.hide("ada")
        one.roster._call_roll()

    for body in on_its_way:
        one.say(body)

    assert (await sees(one, "ada"))[0] is (await sees(two, "ada"))[0] is False


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'["what","n1",null]', b'["roll"]', b'[["roll"],"n1",1]', b"\xff", b"7"],
)
async def test_what_no_node_says_is_refused(one: OneNode, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind: whoever asked for it logs it
        one.roster.hear(body)


async def test_silence_is_noticed_and_not_while_this_node_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)
    monkeypatch.setattr(module, "SILENCE", 0.2)
    said: list[bytes] = []
    well = False

    def say(body: bytes) -> None:
        said.append(body)
        roster.hear(body)

    roster = Roster("n1", say, grace=60)
    roster.start(lambda: well)
    roster.hear(b'["alive","n2",null]')
    await asyncio.sleep(0.3)
    assert roster.others == ["n2"]

    well = True
    await until(lambda: not roster.others)

    assert b'["gone","n1","n2"]' in said
    roster.stop()
    assert said[-1] == b'["bye","n1",null]'


async def test_a_node_that_stood_still_gives_nobody_up_before_it_has_read_what_they_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.05)
    monkeypatch.setattr(module, "SILENCE", 0.2)
    said: list[bytes] = []
    roster = Roster("n1", said.append, grace=60)
    roster.start(lambda: True)
    roster.hear(b'["alive","n2",null]')
    said.clear()

    time.sleep(0.3)  # noqa: ASYNC251 - as a machine that is suspended
    await until(lambda: b'["alive","n1",null]' in said)

    assert b'["gone","n1","n2"]' not in said[:2]
    roster.stop()
