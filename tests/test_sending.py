"""When it is sent, and how much at once: a slow service never takes all that there is room for."""

from __future__ import annotations

import pytest

from realtime import sending
from realtime.config import Config
from realtime.delivery.pace import WorkersPace
from realtime.dialects.words import Words
from realtime.sending import BESIDE_CLIENTS, OF_A_WORKER, Leaving, Load
from realtime.stores.database import Database
from realtime.stores.workers import Workers
from realtime.transport import Server
from tests.domain.world import World
from tests.hub import Hub, HubBackplane


@pytest.mark.parametrize("load", [OF_A_WORKER, BESIDE_CLIENTS])
def test_two_slow_services_leave_room_for_others(load: Load) -> None:
    """Each has as many requests, and as many in line for them."""
    assert 2 * (load.to_one + load.to_one) <= load.held


def test_a_node_with_clients_has_less_under_way_than_a_worker() -> None:
    assert BESIDE_CLIENTS.held < OF_A_WORKER.held


def test_only_what_has_no_clients_stops_its_loop_to_rest() -> None:
    assert isinstance(OF_A_WORKER.pace(), WorkersPace)
    assert not isinstance(BESIDE_CLIENTS.pace(), WorkersPace)


class Wire(HubBackplane):
    """Says when it is cut."""

    def well(self) -> str | None:
        return "cut" if self._away else None


@pytest.mark.parametrize(("settling", "sends"), [(3600.0, False), (0.0, True)])
async def test_who_was_cut_off_hears_who_is_there_before_anybody_is_woken(
    monkeypatch: pytest.MonkeyPatch, settling: float, sends: bool
) -> None:
    monkeypatch.setattr(sending, "SETTLING", settling)
    wire = Wire(Hub())
    async with await Database.open("sqlite://:memory:") as database:
        world, server = World(database), Server(backplane=wire)
        workers = Workers(working=False, key="")
        leaving = Leaving(Config(), world.node, server, ({}, Words()), workers)
        before = leaving._may_send()

        wire.leave()
        meanwhile = leaving._may_send()
        wire.come_back()

        assert (before, meanwhile, leaving._may_send()) == (True, False, sends)
        await world.stop()
        await server.close()
