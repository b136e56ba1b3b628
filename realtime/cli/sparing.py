"""A start imports what it needs of some packages, and not what else their `__init__` brings along.

`import aiohttp` makes two TLS contexts and an HTTP client, `import socketio` brings clients,
requests and Redis, structlog brings rich: a third of the time until a node serves. A package that
is spared is there as ever; each name that it has from a module of its own is brought from there
when somebody asks for it.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module, util
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, TypeGuard

SPARED = ("engineio", "socketio", "aiohttp")
"""Packages whose `__init__` does little but import from its own modules."""

UNUSED = "rich"
"""What structlog shows stack traces with, if it is installed; our logs show none."""


def spare() -> None:
    """Spare what a process that serves can do without; for the whole process, before all else."""
    for name in SPARED:
        _spare(name)
    with _absent(UNUSED):
        import structlog  # noqa: F401, PLC0415 -- here, where that is not there


def _spare(name: str) -> None:
    """Have a package without what it imports; as it is if it was imported before."""
    spec = None if name in sys.modules else util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    loader = _Sparing(name, spec.origin)
    spec = util.spec_from_loader(name, loader, is_package=True)
    assert spec is not None, "it has a loader"  # noqa: S101
    package = sys.modules[name] = util.module_from_spec(spec)
    loader.exec_module(package)


class _Sparing(SourceFileLoader):
    """Runs a package's `__init__` but for the imports from its own modules."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self._places: dict[str, tuple[str, str]] = {}
        """By the names that were spared: the module, and the name there."""
        self._modules: set[str] = set()
        """Modules of the package that are names of it, too, once something was imported of them."""

    def get_code(self, fullname: str) -> CodeType:
        """Never what is kept compiled: that is all of it."""
        tree = ast.parse(self.get_data(self.path))
        own = [each for each in tree.body if _is_from_itself(each)]
        tree.body = [each for each in tree.body if each not in own]
        for each in own:
            self._modules.add(str(each.module).partition(".")[0])
            for alias in each.names:
                self._places[alias.asname or alias.name] = f"{fullname}.{each.module}", alias.name
        return compile(tree, self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.__getattr__ = self._finding(module)  # type: ignore[method-assign]

    def _finding(self, package: ModuleType) -> Callable[[str], Any]:
        otherwise = vars(package).get("__getattr__")

        def find(name: str) -> Any:
            if name in self._places:
                place, its_name = self._places[name]
                setattr(package, name, getattr(import_module(place), its_name))
                return vars(package)[name]
            if name in self._modules:
                return import_module(f"{package.__name__}.{name}")
            if otherwise is not None:
                return otherwise(name)
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

        return find


def _is_from_itself(statement: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    if not isinstance(statement, ast.ImportFrom):
        return False
    return statement.level == 1 and statement.module is not None


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Let a package seem not to be installed; who has it already keeps it."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what the import system takes for absent
    try:
        yield
    finally:
        del sys.modules[name]
