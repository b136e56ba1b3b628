"""Importing the dialects: our own, those of installed packages, those that the settings name."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from realtime.dialects.base import Dialect
from realtime.dialects.names import installed, own_names


class NoDialect(Exception):  # noqa: N818 - told like the configuration's own mistakes
    """A module that was named has no dialect, or one whose name is taken. The text says which."""


def load(modules: Sequence[str] = ()) -> dict[str, Dialect]:
    """Every dialect by its name; ``modules`` are those from outside, as Python imports them.

    Raises NoDialect.
    """
    found: dict[str, Dialect] = {}
    for where, dialect in _found(modules):
        if dialect.name in found:
            raise NoDialect(f'{where} is called "{dialect.name}", as another dialect is: rename it')
        found[dialect.name] = dialect
    return dict(sorted(found.items()))


def from_module(name: str) -> Dialect:
    """The dialect of a module. Raises NoDialect."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise NoDialect(f'"{name}" is no name of a module: write it like shop.dialect')
    try:
        module = import_module(name)
    except ImportError as error:
        raise NoDialect(f"{name} cannot be imported ({error}): check its name and path") from error
    return _dialect_in(name, module)


def _found(modules: Sequence[str]) -> Iterator[tuple[str, Dialect]]:
    for name in own_names():
        yield name, from_module(f"realtime.dialects.{name}")
    for name, entry in installed().items():
        yield name, _dialect_in(entry.value, entry.load())
    for name in modules:
        yield name, from_module(name)


def _dialect_in(where: str, thing: Any) -> Dialect:
    """A module's ``dialect``, or the dialect itself, which an entry point may name."""
    dialect = getattr(thing, "dialect", thing)
    if not isinstance(dialect, Dialect):
        raise NoDialect(f'{where} has no dialect: it must define `dialect = Dialect("its name")`')
    return dialect
