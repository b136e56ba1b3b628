"""The latest warnings and errors of this process, for whoever looks after it.

A stage of the log, behind the one that hides: what is kept here could have been read there.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from structlog.typing import EventDict, WrappedLogger

KEPT: Final = 100
"""Lines of each level. Warnings, which strangers can cause, push out no errors."""

WARNING: Final = "warning"
ERROR: Final = "error"

_ERRORS: Final = frozenset((ERROR, "critical", "exception"))

Line = dict[str, Any]


class Troubles:
    """Keeps a line and hands it on; the newest are there when somebody asks."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = {level: deque[tuple[int, Line]](maxlen=kept) for level in (WARNING, ERROR)}
        self._seen = 0

    def __call__(self, _: WrappedLogger, __: str, line: EventDict) -> EventDict:
        """As a stage of the log."""
        level = ERROR if line.get("level") in _ERRORS else line.get("level")
        if level in self._kept:
            self._seen += 1
            kept = {key: value for key, value in line.items() if not key.startswith("_")}
            self._kept[level].append((self._seen, kept))
        return line

    def __iter__(self) -> Iterator[tuple[int, str, Line]]:
        """Each line that is kept: its number in this process, its level, its facts."""
        for level, lines in self._kept.items():
            for number, line in lines:
                yield number, level, line


TROUBLES: Final = Troubles()
"""Those of this process, which has one log."""
