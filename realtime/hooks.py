"""A check that the private parts of libraries which we use are what they were.

No library promises these, so each is pinned to a minor version and its parts are listed where they
are used; a server that finds one changed refuses to start and says which, instead of failing on
some later request.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Library(NamedTuple):
    """A package and the minor version that this server was tested with."""

    name: str
    tested: str


class HookError(RuntimeError):
    """A private part that this package uses is not what it was."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One private part: where it is, what it looks like, what it is for."""

    library: Library
    owner: Callable[[], Any]
    name: str
    looks: str
    """The signature of a method, `slot` for an attribute."""
    purpose: str


def check(hooks: Iterable[Hook]) -> None:
    """Raise HookError with a sentence for the first hook that is gone or looks different."""
    for hook in hooks:
        owner, library = hook.owner(), hook.library
        where = f"{owner.__name__}.{hook.name}"
        advice = (
            f"This server was tested with {library.name} {library.tested}; install that version."
        )
        found = inspect.getattr_static(owner, hook.name, None)
        if found is None:
            raise HookError(f"{where} is gone from {library.name}: it {hook.purpose}. {advice}")
        looks = _looks(found)
        if looks != hook.looks:
            raise HookError(
                f"{where} of {library.name} was {hook.looks} and is {looks}: it {hook.purpose}. "
                f"{advice}"
            )


def _looks(found: Any) -> str:
    return str(inspect.signature(found)) if inspect.isfunction(found) else "slot"
