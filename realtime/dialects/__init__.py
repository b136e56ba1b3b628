"""The dialects we speak, one module each.

To add one, add one file here that defines ``dialect = Dialect("its file's name")`` and fills its
four tables; it is found by being here. Nothing else has to know it: the gateways, the fan-out,
the generated descriptions and ``tests/dialects/test_contract.py`` read the tables, and the test
says what was forgotten.
"""

from importlib import import_module
from pkgutil import iter_modules

from realtime.dialects.base import Dialect

PARTS = frozenset({"base", "fields", "words"})
"""The modules here that every dialect is made of."""


def load() -> dict[str, Dialect]:
    """Every dialect by its name."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name not in PARTS)
    return {name: import_module(f"{__name__}.{name}").dialect for name in names}
