"""Whose page is looked at, over several nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime.stores.roster import Roster
from realtime.stores.visible import SharedVisible


class Hall:
    """Nodes that hear one another at once."""

    def __init__(self) -> None:
        self.rosters: list[Roster] = []

    def node(self, name: str) -> tuple[SharedVisible, Roster]:
        roster = Roster(name, self._say, grace=0)
        visible = SharedVisible(roster.teller("visible"), name)
        roster.add("visible", visible)
        self.rosters.append(roster)
        return visible, roster

    def _say(self, body: bytes) -> None:
        for roster in tuple(self.rosters):
            roster.hear(body)


def always() -> Callable[[], bool]:
    return lambda: True


async def test_nodes_know_whose_pages_are_looked_at_anywhere() -> None:
    hall = Hall()
    here, mine = hall.node("one")
    mine.start(always())
    await here.report("bob", "tab 1", visible=True)

    there, theirs = hall.node("two")
    theirs.start(always())
    await there.report("eve", "tab 2", visible=True)

    everybody: list[Any] = ["bob", "eve", "ada"]
    assert await here.among(everybody) == await there.among(everybody) == {"bob", "eve"}

    await here.report("bob", "tab 3", visible=True)
    await here.report("bob", "tab 1", visible=False)
    assert await there.among(["bob"]) == {"bob"}
    await here.report("bob", "tab 3", visible=False)
    await here.report("bob", "tab 3", visible=False)
    assert await there.among(everybody) == {"eve"}

    theirs.stop()
    assert await here.among(everybody) == set()
    mine.stop()


async def test_alone_it_needs_nobody() -> None:
    visible = SharedVisible()

    await visible.report("bob", "tab", visible=True)

    assert await visible.among(["bob", "eve"]) == {"bob"}
