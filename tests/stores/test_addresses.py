"""Where nodes find one another, whatever name and address they come back with."""

from __future__ import annotations

import pytest

from realtime.stores.addresses import Addresses


@pytest.fixture
def addresses() -> Addresses:
    return Addresses(lambda: None)


def test_a_node_is_found_by_its_name_until_it_is_gone(addresses: Addresses) -> None:
    addresses.replace("n1.a", ["n1", "10.0.0.1:3000"], mine=False)
    addresses.replace("n2.b", ["n2", "[::1]:3000"], mine=False)
    addresses.replace("n3.c", ["n3", "10.0.0.3:3000"], mine=True)

    assert addresses.find("n1") == ("10.0.0.1", 3000)
    assert addresses.find("n2") == ("::1", 3000)
    assert addresses.find("n3") is None
    addresses.gone("n1.a")
    assert addresses.find("n1") is None


@pytest.mark.parametrize("address", ["10.0.0.1:3000", "10.0.0.2:3000"], ids=["same", "another"])
def test_a_node_that_has_started_again_is_found_though_the_one_before_is_given_up_later(
    addresses: Addresses, address: str
) -> None:
    addresses.replace("n1.a", ["n1", "10.0.0.1:3000"], mine=False)
    addresses.replace("n1.b", ["n1", address], mine=False)

    addresses.gone("n1.a")

    assert addresses.find("n1") == (address.partition(":")[0], 3000)
    addresses.gone("n1.b")
    assert addresses.find("n1") is None


def test_a_node_that_cannot_be_reached_any_more_is_not_found(addresses: Addresses) -> None:
    addresses.replace("n1.a", ["n1", "10.0.0.1:3000"], mine=False)

    addresses.replace("n1.a", None, mine=False)

    assert addresses.find("n1") is None
