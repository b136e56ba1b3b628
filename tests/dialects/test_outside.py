"""A dialect that lives outside our tree: found, configured, checked, and spoken both ways."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.config import ConfigError, load
from realtime.config.dialects import spoken
from realtime.dialects.loading import NoDialect
from realtime.dialects.loading import load as load_dialects
from realtime.dialects.names import dialect_names
from tests.cli.run import Shell
from tests.cluster import Cluster
from tests.dialects.corner import SHOP, written


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Commands run in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    return Shell(folder)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on Python's path with `corner/dialect.py` in it."""
    folder = written(tmp_path)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "corner"]:
        del sys.modules[name]


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
async def test_it_talks_to_the_others_and_they_to_it(outside: Path, cluster: Cluster) -> None:
    node = await cluster.node(
        dialects__modules="corner.dialect",
        dialects__origins={"https://shop.example": "shop"},
    )
    there = {"Origin": "https://shop.example"}
    ada = await cluster.frontend(node, "ada", headers=there)
    bob = await cluster.frontend(node, "bob")

    assert await ada.ask("ask:clerk", {"clerk": "bob", "words": "Any hats?"}) == "Hello"
    assert (await bob.hears("notification:new"))["message"] == "Any hats?"
    await bob.post("/api/messages", receiverId="ada", content="Many!")
    assert await ada.hears("clerk:answered") == {"words": "Many!"}
    assert (await ada.post("/api/shop/questions", clerk="bob")).json == {"error": "What words?"}


def test_it_has_a_section_of_its_own(outside: Path, tmp_path: Path) -> None:
    file = tmp_path / "realtime.toml"
    file.write_text('dialect = "shop"\ndialects.modules = ["corner.dialect"]\nshop.greeting = "Hi"')

    (shop,) = (each for each in spoken(load(file, {})).settings if hasattr(each, "greeting"))

    assert shop.greeting == "Hi"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("shop.greting = 1", 'Unknown setting "shop.greting" in {}: did you mean shop.greeting?'),
        ("shop.greeting = 1", "shop.greeting must be a text in quotes, not 1 ({})."),
        ('dialect = "shopp"', 'dialect names "shopp", which is no dialect: did you mean shop?'),
        ("jobs.x = 1", 'The dialect jobs has no setting "x" ({}).'),
        ("shops.x = 1", '[shops] names "shops", which is no dialect: did you mean shop?'),
    ],
)
def test_a_mistake_in_it_is_a_sentence(
    outside: Path, tmp_path: Path, line: str, sentence: str
) -> None:
    file = tmp_path / "realtime.toml"
    file.write_text(f'dialects.modules = ["corner.dialect"]\n{line}')

    with pytest.raises(ConfigError) as refused:
        spoken(load(file, {}))

    assert refused.value.problems == (sentence.replace("{}", str(file)),)


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("nowhere.at_all", "cannot be imported"),
        ("json", "has no dialect: it must define"),
        ("..", "is no name of a module"),
        ("", "is no name of a module"),
    ],
)
def test_a_module_without_a_dialect_is_a_sentence(module: str, reason: str) -> None:
    with pytest.raises(NoDialect, match=reason):
        load_dialects([module])


def test_two_of_one_name_are_refused(outside: Path) -> None:
    with pytest.raises(NoDialect, match=r'corner\.dialect is called "shop", as another dialect is'):
        load_dialects(["corner.dialect", "corner.dialect"])


def test_an_installed_package_may_bring_it(outside: Path) -> None:
    metadata = outside / "corner-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: corner\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[realtime.dialects]\nshop = corner.dialect\n")

    assert "shop" in dialect_names()
    assert "shop" in load_dialects()


def test_the_command_says_that_it_keeps_its_promises(outside: Path, shell: Shell) -> None:
    ended = shell.run("dialect", "check", "corner.dialect", PYTHONPATH=str(outside))

    assert (ended.code, ended.lines) == (0, ["shop keeps every promise."])


def test_the_command_says_what_was_forgotten(outside: Path, shell: Shell) -> None:
    file = outside / "corner" / "dialect.py"
    file.write_text(SHOP.replace('    errors.InvalidJson: (400, "What?"),\n', ""))

    ended = shell.run("dialect", "check", "corner.dialect", PYTHONPATH=str(outside))

    assert (ended.code, ended.lines) == (1, ["shop: refuses has no InvalidJson"])


def test_the_command_takes_a_wrong_name_for_a_mistake(shell: Shell) -> None:
    ended = shell.run("dialect", "check", "nowhere.at_all")

    assert ended.code == 1
    assert ended.lines[0].startswith("nowhere.at_all cannot be imported")
