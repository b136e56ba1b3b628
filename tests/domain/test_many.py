"""What is asked about many users is asked in one call: each call may go to another machine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import pytest

from realtime.domain import journal, notifications, presence, users
from realtime.domain.events import NotificationCreated
from realtime.domain.records import Notice
from realtime.domain.steps import ROWS
from realtime.models import Notification, User
from tests.domain.world import World
from tests.statements import heard

CROWD = [f"user{number}" for number in range(300)]


@pytest.fixture
def calls(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often presence was asked, by what."""
    asked: Counter[str] = Counter()
    for name in ("online", "sockets"):
        method = getattr(world.node.presence, name)

        def counted(*args, name=name, method=method):
            asked[name] += 1
            return method(*args)

        monkeypatch.setattr(world.node.presence, name, counted)
    return asked


async def test_the_application_asks_who_is_there(world: World, calls: Counter[str]) -> None:
    await world.node.presence.connected("user7", "desk")

    found = await users.presence(world.node, CROWD)

    assert [each.user_id for each in found if each.online] == ["user7"]
    assert sum(each.sockets for each in found) == 1
    assert calls == {"online": 1, "sockets": 1}


async def test_a_user_asks_who_is_online(world: World, calls: Counter[str]) -> None:
    await world.node.presence.connected("user7", "desk")

    assert await presence.online(world.actor("ada"), CROWD) == {"user7"}

    assert calls == {"online": 1}


async def test_many_are_notified(world: World, calls: Counter[str]) -> None:
    await world.node.presence.connected("user7", "desk")

    await notifications.notify(world.node, CROWD, Notice("NEWS"))

    shown = await Notification.filter(shown_at__not_isnull=True)
    assert [row.user_id for row in shown] == ["user7"]
    assert calls == {"sockets": 1}


async def test_many_whose_numbers_differ_are_notified_in_as_few_statements(world: World) -> None:
    for number, user_id in enumerate(CROWD[:40]):
        await User.create(id=user_id, last_change=number)
    await world.node.people.all_known(CROWD[:40])

    with heard() as of_many:
        told = await notifications.notify(world.node, CROWD[:40], Notice("NEWS"))
    with heard() as of_one:
        await notifications.notify(world.node, CROWD[:1], Notice("NEWS"))

    assert len(of_many) == len(of_one)
    created = world.heard(NotificationCreated)[:40]
    assert [each.change for each in created] == list(range(1, 41))
    assert len(told) == 40


class Turns:
    """How much is made from one turn of others to the next."""

    def __init__(self) -> None:
        self.made: Counter[int] = Counter()
        self._turn = 0

    def counting(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            self.made[self._turn] += 1
            return make(*args, **named)

        return counted

    async def others(self) -> None:
        while True:
            self._turn += 1
            await asyncio.sleep(0)


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    turns = Turns()
    others = asyncio.create_task(turns.others())
    yield turns
    others.cancel()


MANY = [f"user{number}" for number in range(2 * ROWS + 50)]


@pytest.mark.parametrize(
    ("module", "makes"), [(notifications, "_row"), (notifications, "record"), (journal, "_entry")]
)
async def test_others_have_their_turn_while_many_are_notified(
    world: World, monkeypatch: pytest.MonkeyPatch, turns: Turns, module: ModuleType, makes: str
) -> None:
    monkeypatch.setattr(module, makes, turns.counting(getattr(module, makes)))

    await notifications.notify(world.node, MANY, Notice("NEWS"))

    assert turns.made.total() == len(MANY)
    assert max(turns.made.values()) <= ROWS


async def test_others_have_their_turn_while_many_are_made_known(
    world: World, monkeypatch: pytest.MonkeyPatch, turns: Turns
) -> None:
    monkeypatch.setattr(User, "__init__", turns.counting(User.__init__))

    await users.upsert(world.node, [(each, {"name": each}) for each in MANY])

    assert turns.made.total() == 2 * len(MANY)
    assert max(turns.made.values()) <= ROWS
