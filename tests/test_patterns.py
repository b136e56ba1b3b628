"""No pattern of ours takes more than linear time, whatever somebody sends."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import realtime

SIZE = 4_000
"""Characters of the smaller input: what is quadratic takes some 25 ms on it."""

TIMES = 4
"""How much longer the larger input is: what is linear takes 4 times as long on it, and what is
quadratic 16 times, so that a machine that is twice as slow at one of both misleads nobody."""

QUICK = 0.02
"""Seconds that are too few to compare."""

ATOMS = ["a", "A", "0", " ", "+", "-", ".", "/", ":", "%", "{", "=", "@", "\n", ",", "e", "eyJ"]
PUMPS = [*ATOMS, *("".join(pair) for pair in product(ATOMS[:9], repeat=2)), "a://", "bearer "]
"""What is repeated: letters, signs, and each two of them, as in `a+a+a+…`."""

HEADER = re.compile(r"\w[\w -]*:")
"""What a pattern may want to see before it looks at what is repeated: `origin:`."""

INLINE = re.compile(r"\bre\.(?:match|fullmatch|search|sub|split|findall|finditer)\(")


ROOT = Path(realtime.__file__).parent


@dataclass(frozen=True)
class Use:
    """One way in which a pattern is used."""

    pattern: re.Pattern[Any]
    how: str

    def __call__(self, text: str) -> object:
        given = text if isinstance(self.pattern.pattern, str) else text.encode()
        return getattr(self.pattern, self.how)(given)

    @property
    def text(self) -> str:
        """The pattern itself."""
        text = self.pattern.pattern
        return text if isinstance(text, str) else text.decode()


def patterns() -> Iterator[tuple[str, Use]]:
    """Each use of a pattern that a module of ours has, by the names of both."""
    everywhere = "\n".join(path.read_text() for path in ROOT.rglob("*.py"))
    for module in pkgutil.walk_packages(realtime.__path__, "realtime."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        own = Path(str(loaded.__file__)).read_text()
        for name, value in vars(loaded).items():
            text = own if name.startswith("_") else everywhere
            for pattern in compiled(value):
                for how in sorted(set(re.findall(rf"\b{name}\.(\w+)\(", text))) or ["fullmatch"]:
                    use = Use(pattern, how if how in {"match", "fullmatch"} else "search")
                    yield f"{module.name}.{name}.{how} {use.text}", use


def compiled(value: object) -> list[re.Pattern[Any]]:
    """A pattern, or those of a table."""
    if isinstance(value, tuple):
        return [each for row in value if isinstance(row, tuple) for each in compiled_in(row)]
    return [value] if isinstance(value, re.Pattern) else []


def compiled_in(row: tuple[object, ...]) -> list[re.Pattern[Any]]:
    """The patterns of a row."""
    return [each for each in row if isinstance(each, re.Pattern)]


FOUND = dict(patterns())


def seconds(use: Use, text: str) -> float:
    """CPU time of one use."""
    began = time.thread_time()
    use(text)
    return time.thread_time() - began


def times_longer(use: Use, short: str, long: str) -> float:
    """How much longer the larger input takes: measured in turns, for a machine that is slow for a
    while is so for both."""
    return median(seconds(use, long) / seconds(use, short) for _ in range(5))


def grows(use: Use) -> list[str]:
    """The pumps for which the larger input takes out of all proportion longer."""
    worse = []
    for head, pump in product(["", *(f"\r\n{name}" for name in HEADER.findall(use.text))], PUMPS):
        short, long = (head + pump * (n // len(pump)) + "\x00" for n in (SIZE, TIMES * SIZE))
        if seconds(use, long) > QUICK and times_longer(use, short, long) > 2 * TIMES:
            worse.append(pump)
    return worse


def test_every_pattern_is_made_where_it_can_be_found() -> None:
    inline = [path for path in ROOT.rglob("*.py") if INLINE.search(path.read_text())]

    assert inline == []


def test_patterns_are_found() -> None:
    assert len(FOUND) > 10


@pytest.mark.parametrize("use", FOUND.values(), ids=FOUND)
def test_a_pattern_takes_time_in_proportion_to_its_input(use: Use) -> None:
    assert grows(use) == []


def test_the_pattern_that_once_looked_for_passwords_in_urls_would_be_found() -> None:
    assert "a+" in grows(Use(re.compile(r"\b[a-z][a-z0-9+]*://"), "search"))
