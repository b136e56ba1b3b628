"""A tab and what it costs, however much it has open."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from realtime.dialects.words import Words
from realtime.domain.actor import Actor
from realtime.gateway.settings import RecoverySection
from realtime.gateway.tabs import MOST_NOTED, Expiry, Means, Tab
from realtime.transport import Server


class Spelled(UUID):
    """An id that counts how often it, or another, is written out."""

    times: ClassVar[int] = 0

    def __str__(self) -> str:
        Spelled.times += 1
        return super().__str__()


async def test_one_more_conversation_costs_what_the_one_before_did() -> None:
    nobody: Any = None
    means = Means(Server(), nobody, Words(), Expiry(), nobody, RecoverySection())
    tab = Tab(means, "sid", "/", Actor("ada", nobody))
    for _ in range(3 * MOST_NOTED):
        tab.joined = {*tab.joined, Spelled(int=uuid4().int)}

    Spelled.times = 0
    tab.enter(Spelled(int=uuid4().int))

    assert Spelled.times <= MOST_NOTED
