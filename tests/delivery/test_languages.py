"""In which words nodes speak: those that somebody listens to, on any of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime.delivery import languages as module
from realtime.delivery.languages import Languages
from realtime.dialects.loading import load

DIALECTS = load()
SPACES = ("/", "/api")
LINSTA, SKILLLINK = DIALECTS["linsta"], DIALECTS["skilllink"]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROLL_SECONDS", 0)


def names(languages: Languages) -> set[str]:
    return {dialect.name + space for dialect, spaces in languages.spoken for space in spaces}


async def among_others(told: list[Any] | None = None) -> Languages:
    """A node that has heard who else there is."""
    languages = Languages(DIALECTS, SPACES, ([] if told is None else told).append)
    languages.replace("here", [], mine=True)
    await asyncio.sleep(0.01)
    return languages


def test_alone_it_speaks_what_its_sockets_listen_to() -> None:
    languages = Languages(DIALECTS, SPACES)
    assert names(languages) == set()
    languages.heard(LINSTA, "/")
    languages.heard(LINSTA, "/")
    languages.heard(SKILLLINK, "/api")
    assert names(languages) == {"linsta/", "skilllink/api"}
    languages.left(LINSTA, "/")
    assert names(languages) == {"linsta/", "skilllink/api"}
    languages.left(LINSTA, "/")
    assert names(languages) == {"skilllink/api"}
    assert languages.named is None


async def test_until_the_others_have_said_theirs_everything_is_spoken() -> None:
    languages = Languages(DIALECTS, SPACES, lambda _: None)
    everything = {name + space for name in DIALECTS for space in SPACES}
    assert names(languages) == everything
    languages.replace("here", [], mine=True)
    assert names(languages) == everything
    await asyncio.sleep(0.01)
    assert names(languages) == set()


async def test_what_is_listened_to_elsewhere_is_spoken_here() -> None:
    languages = await among_others()
    languages.replace("there", ["linsta/"], mine=False)
    languages.change("there", ("in", "jobs/"), mine=False)
    languages.change("yonder", ("in", "linsta/"), mine=False)
    assert names(languages) == {"linsta/", "jobs/"}
    languages.gone("there")
    assert names(languages) == {"linsta/"}
    languages.change("yonder", ("out", "linsta/"), mine=False)
    assert names(languages) == set()
    languages.replace("there", ["a dialect of tomorrow/"], mine=False)
    assert names(languages) == set()


async def test_the_first_listener_and_the_last_are_told_to_the_others() -> None:
    told: list[Any] = []
    languages = await among_others(told)
    for _ in range(2):
        languages.heard(LINSTA, "/")
    assert languages.own() == ["linsta/"]
    for _ in range(2):
        languages.left(LINSTA, "/")
    assert told == [("in", "linsta/"), ("out", "linsta/")]
    assert languages.own() == []


async def test_a_node_knows_what_its_sockets_would_not_understand() -> None:
    languages = await among_others()
    assert languages.understood("")
    languages.heard(LINSTA, "/")
    assert not languages.understood("")
    assert not languages.understood("skilllink/ linsta/api")
    assert languages.understood("skilllink/ linsta/")
    assert languages.named == "linsta/"
    languages.heard(SKILLLINK, "/")
    assert not languages.understood("linsta/")
