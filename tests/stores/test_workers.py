"""To whom the outbox is left: to workers that push with the key with which browsers subscribe."""

from __future__ import annotations

import pytest

from realtime.stores.workers import Workers
from tests.stores.nodes import Nodes


def told(nodes: Nodes, name: str, *, working: bool, key: str) -> Workers:
    """A node that is one of several."""
    workers = Workers(working=working, key=key)
    roster = nodes.node(name).roster
    roster.add("workers", workers)
    roster.add("subscribing", workers.subscribing)
    roster.back()
    return workers


@pytest.mark.parametrize(
    ("nodes_key", "workers_key", "left", "strange"),
    [
        ("a", "a", True, False),
        ("a", "b", False, True),
        ("a", "", False, True),
        ("", "a", True, False),
        ("", "", True, False),
    ],
)
def test_only_a_worker_with_the_nodes_key_is_one(
    nodes_key: str, workers_key: str, left: bool, strange: bool
) -> None:
    nodes = Nodes()
    node = told(nodes, "n1", working=False, key=nodes_key)
    worker = told(nodes, "w1", working=True, key=workers_key)

    assert (node.there, worker.strange, node.strange) == (left, strange, False)


async def test_while_nodes_have_different_keys_none_of_them_pushes() -> None:
    """A deployment changes its keys, node by node: the old ones would lose the new browsers."""
    nodes = Nodes()
    old, new = (told(nodes, f"n{key}", working=False, key=key) for key in "ab")
    silent = told(nodes, "n", working=False, key="")
    assert (old.strange, new.strange, silent.strange) == (True, True, False)

    nodes.all[0].roster.stop()
    assert not new.strange


async def test_who_has_gone_counts_no_more() -> None:
    nodes = Nodes()
    old, new = (told(nodes, f"n{key}", working=False, key=key) for key in "ab")
    worker = told(nodes, "w1", working=True, key="b")
    assert (old.there, new.there, worker.strange) == (False, True, True)

    nodes.all[0].roster.stop()
    assert not worker.strange
    nodes.all[2].roster.stop()
    assert not new.there


def test_a_worker_of_before_is_one() -> None:
    workers = Workers(working=False, key="a")

    workers.replace("w1", True, mine=False)

    assert workers.there
