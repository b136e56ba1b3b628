"""Which dialect an event belongs to: every socket understands the events of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.dialects.base import Dialect, Hears


@dataclass(frozen=True, slots=True)
class Heard:
    """An event's row and the dialect whose words it is answered in."""

    dialect: Dialect
    row: Hears


class Vocabulary:
    """Every event that any dialect hears, by its name."""

    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self._entries: dict[str, list[Heard]] = {}
        for dialect in dialects.values():
            for event, row in dialect.hears.items():
                self._entries.setdefault(event, []).append(Heard(dialect, row))

    def find(self, event: str, payload: Any, own: Dialect) -> Heard | None:
        """The row that is meant; of several with one name, the one whose keys the payload has.

        With the keys of several or of none it is the socket's own dialect that refuses it. One that
        no keys tell from others is the own dialect's, if that has it.
        """
        entries = self._entries.get(event)
        if entries is None:
            return None
        if len(entries) == 1:
            return entries[0]
        meant = _meant(entries, payload)
        if len(meant) == 1:
            return meant[0]
        return self._of(own, entries) or Heard(own, entries[0].row)

    def names(self) -> frozenset[str]:
        """The names of all events."""
        return frozenset(self._entries)

    def is_ambiguous(self, entry: Heard, payload: Any) -> bool:
        """Whether a payload has the keys of several rows of that name, or of none."""
        entries = self._entries[entry.row.event]
        return bool(entry.row.keys) and len(entries) > 1 and len(_meant(entries, payload)) != 1

    @staticmethod
    def _of(own: Dialect, entries: list[Heard]) -> Heard | None:
        return next((entry for entry in entries if entry.dialect is own), None)


def _meant(entries: list[Heard], payload: Any) -> list[Heard]:
    """Those whose keys the payload has."""
    keys = payload.keys() if isinstance(payload, dict) else frozenset()
    return [entry for entry in entries if not entry.row.keys.isdisjoint(keys)]
