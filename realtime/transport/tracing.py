"""Whoever follows what happens from one node to the next, if anybody does.

Nothing in this package asks for it: where somebody does, other parts take the place of the usual.
"""

from contextlib import AbstractContextManager
from typing import Protocol

Fact = str | int | float | bool


class Trace(Protocol):
    """Follows calls. What one is part of travels as a W3C `traceparent`."""

    def current(self) -> str | None:
        """What goes on here is part of; None where it is followed by nobody."""

    def continued(self, carried: str | None) -> AbstractContextManager[None]:
        """What goes on meanwhile is part of this; of nothing for None."""

    def span(self, name: str, **facts: Fact) -> AbstractContextManager[None]:
        """What goes on meanwhile has a name; nothing where it is followed by nobody."""
