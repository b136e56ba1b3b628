"""Which dialect an event belongs to, where several have it."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.dialects.base import Connection, Dialect
from realtime.gateway.vocabulary import Vocabulary


def dialect(name: str, **events: list[str]) -> Dialect:
    made = Dialect(name)
    for event, keys in events.items():

        @made.on(event, dict[str, Any], keys=keys)
        async def handler(socket: Connection, data: dict[str, Any]) -> None: ...

    return made


ONE = dialect("one", send=["to"], greet=[])
TWO = dialect("two", send=["room"])
NEITHER = dialect("neither")
WORDS = Vocabulary({each.name: each for each in (ONE, TWO, NEITHER)})


@pytest.mark.parametrize("own", [ONE, TWO, NEITHER], ids=lambda own: own.name)
def test_an_event_of_one_dialect_is_its_own_whoever_says_it(own: Dialect) -> None:
    entry = WORDS.find("greet", 7, own)

    assert entry is not None
    assert entry.dialect is ONE
    assert not WORDS.is_ambiguous(entry, 7)


@pytest.mark.parametrize("own", [ONE, TWO, NEITHER], ids=lambda own: own.name)
@pytest.mark.parametrize(("payload", "meant"), [({"to": 1}, ONE), ({"room": 1, "x": 2}, TWO)])
def test_an_event_of_several_is_told_apart_by_its_keys(
    own: Dialect, payload: Any, meant: Dialect
) -> None:
    entry = WORDS.find("send", payload, own)

    assert entry is not None
    assert entry.dialect is meant
    assert not WORDS.is_ambiguous(entry, payload)


@pytest.mark.parametrize("payload", [{"to": 1, "room": 2}, {}, None, "to", ["to"]], ids=repr)
def test_with_both_keys_or_none_the_sockets_own_dialect_refuses(payload: Any) -> None:
    for own in (ONE, TWO):
        entry = WORDS.find("send", payload, own)
        assert entry is not None
        assert entry.dialect is own
        assert WORDS.is_ambiguous(entry, payload)


def test_an_event_that_nobody_has_is_unknown() -> None:
    assert WORDS.find("nothing", {}, ONE) is None
