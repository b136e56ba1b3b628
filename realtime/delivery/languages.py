"""In which words somebody listens, on this node or another: in others nothing is said."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from realtime.dialects.base import Dialect

ROLL_SECONDS = 2.0
"""How long after its own roll a node still waits for those of the others."""

Spoken = Sequence[tuple[Dialect, tuple[str, ...]]]
"""Dialects, and for each the namespaces in which it is listened to."""


class Languages:
    """Counts the listeners of this node, by dialect and namespace, and knows of the other nodes'.

    A part of the roster where ``tell`` lets the other nodes hear a change; without it there are no
    others. Until they have said in what they are listened to, everything counts as spoken. Whoever
    has left may come back within ``kept`` seconds and is told what was said meanwhile.
    """

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        namespaces: Sequence[str],
        tell: Callable[[Any], None] | None = None,
        kept: float = 0.0,
    ) -> None:
        self._kept = kept
        self._going: dict[str, asyncio.TimerHandle] = {}
        self._dialects = dialects
        self._namespaces = namespaces
        self._tell = tell
        self._here: Counter[str] = Counter()
        self._of_node: dict[str, set[str]] = {}
        self._sure: asyncio.TimerHandle | None = None
        self._unsure = tell is not None
        self._understood: dict[str, bool] = {}
        self.spoken: Spoken = ()
        """What to speak now."""
        self.named: str | None = None
        """The languages of ``spoken`` in one text; None where every node would understand."""
        self._changed()

    def heard(self, dialect: Dialect, namespace: str) -> None:
        """One more socket of this node listens."""
        language = _name(dialect.name, namespace)
        self._here[language] += 1
        if self._here[language] == 1:
            self._changed()
            self._say("in", language)

    def left(self, dialect: Dialect, namespace: str) -> None:
        """One socket less."""
        language = _name(dialect.name, namespace)
        if self._kept:
            asyncio.get_running_loop().call_later(self._kept, self._less, language)
        else:
            self._less(language)

    def _less(self, language: str) -> None:
        self._here[language] -= 1
        if not self._here[language]:
            del self._here[language]
            self._changed()
            self._say("out", language)

    def understood(self, named: str) -> bool:
        """Whether everybody who listens here does so in one of these languages (see ``named``)."""
        known = self._understood.get(named)
        if known is None:
            known = self._understood[named] = self._here.keys() <= set(named.split())
        return known

    # As a part of the roster.

    def own(self) -> list[str]:
        """What is listened to here."""
        return list(self._here)

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        if mine:
            self._wait_for_others()
        else:
            self._stays(node)
            self._of_node[node] = set(state)
        self._changed()

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        kind, language = change
        if mine:
            return
        languages = self._of_node.setdefault(node, set())
        if kind == "in":
            languages.add(language)
        else:
            languages.discard(language)
        self._changed()

    def gone(self, node: str) -> None:
        """See ``Part``."""
        self._stays(node)
        if self._kept:
            loop = asyncio.get_running_loop()
            self._going[node] = loop.call_later(self._kept, self._forget, node)
        else:
            self._forget(node)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``: it is forgotten already."""

    def _stays(self, node: str) -> None:
        going = self._going.pop(node, None)
        if going is not None:
            going.cancel()

    def _forget(self, node: str) -> None:
        self._going.pop(node, None)
        self._of_node.pop(node, None)
        self._changed()

    def _say(self, kind: str, language: str) -> None:
        if self._tell is not None:
            self._tell((kind, language))

    def _wait_for_others(self) -> None:
        if self._sure is not None:
            self._sure.cancel()
        self._unsure = True
        self._sure = asyncio.get_running_loop().call_later(ROLL_SECONDS, self._are_sure)

    def _are_sure(self) -> None:
        self._unsure = False
        self._changed()

    def _changed(self) -> None:
        wanted = self._here.keys() | set[str]().union(*self._of_node.values())
        self.spoken = tuple(self._chosen(None if self._unsure else wanted))
        if self._tell is not None:
            self.named = " ".join(_name(d.name, each) for d, names in self.spoken for each in names)
        self._understood.clear()

    def _chosen(self, wanted: set[str] | None) -> Iterable[tuple[Dialect, tuple[str, ...]]]:
        for name, dialect in self._dialects.items():
            namespaces = tuple(
                each for each in self._namespaces if wanted is None or _name(name, each) in wanted
            )
            if namespaces:
                yield dialect, namespaces


def _name(dialect: str, namespace: str) -> str:
    return dialect + namespace
