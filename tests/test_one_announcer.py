"""Nobody but the announcer makes caches forget, empties `joined` or calls a listener."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "realtime"
ANNOUNCER = PACKAGE / "domain" / "announcing.py"

FORGETTING = {"forget", "forget_person", "forget_pairs"}
CACHES = {"memberships", "people", "_memberships", "_people"}
ANNOUNCING = {"node", "_node"}
"""Whose `announce` is the announcer's: `actor.node.announce(…)`."""


def breaches(source: str) -> list[str]:
    """The calls in a module that are the announcer's alone."""
    return [ast.unparse(call.func) for call in _calls(source) if _is_breach(call.func)]


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _is_breach(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return False
    whose, what = _last_name(called.value), called.attr
    return (
        (what in FORGETTING and whose in CACHES)
        or (what == "remove" and whose.strip("_") == "joined")
        or (what == "announce" and whose not in ANNOUNCING)
    )


def _last_name(value: ast.expr) -> str:
    return value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")


@pytest.mark.parametrize(
    "path", sorted(set(PACKAGE.rglob("*.py")) - {ANNOUNCER}), ids=lambda path: path.stem
)
def test_only_the_announcer_forgets_empties_and_calls_listeners(path: Path) -> None:
    assert breaches(path.read_text()) == []


def test_the_announcer_itself_does_all_of_it() -> None:
    done = {called.rpartition(".")[2] for called in breaches(ANNOUNCER.read_text())}
    assert done == {*FORGETTING, "remove"}


@pytest.mark.parametrize(
    "line",
    [
        "node.people.forget(user_id)",
        "self._memberships.forget_pairs(user_id)",
        "await actor.node.joined.remove(conversation_id, user_id)",
        "fanout.announce(event)",
        "self._fanout.announce(event)",
    ],
)
def test_a_breach_is_noticed(line: str) -> None:
    assert breaches(f"async def act():\n    {line}\n")


def test_what_everybody_may_do_is_none() -> None:
    assert breaches("actor.node.announce(event)\nself._rooms.forget(socket)\n") == []
