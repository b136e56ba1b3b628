"""How much is sent at once: a slow service never takes all that there is room for."""

from __future__ import annotations

import pytest

from realtime.delivery.pace import WorkersPace
from realtime.sending import BESIDE_CLIENTS, OF_A_WORKER, Load


@pytest.mark.parametrize("load", [OF_A_WORKER, BESIDE_CLIENTS])
def test_two_slow_services_leave_room_for_others(load: Load) -> None:
    """Each has as many requests, and as many in line for them."""
    assert 2 * (load.to_one + load.to_one) <= load.held


def test_a_node_with_clients_has_less_under_way_than_a_worker() -> None:
    assert BESIDE_CLIENTS.held < OF_A_WORKER.held


def test_only_what_has_no_clients_stops_its_loop_to_rest() -> None:
    assert isinstance(OF_A_WORKER.pace(), WorkersPace)
    assert not isinstance(BESIDE_CLIENTS.pace(), WorkersPace)
