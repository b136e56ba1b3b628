"""Settings that take packages which need not be there."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from realtime.config import ConfigError, load


@pytest.mark.parametrize(
    ("package", "variables", "sentence"),
    [
        (
            "opentelemetry",
            {"REALTIME_TRACING__ON": "true"},
            r"tracing\.on takes packages that are not here: pip install realtime\[otel\]",
        ),
        (
            "bcrypt",
            {"REALTIME_ADMIN__PASSWORD": "$2b$04$" + 53 * "x"},
            r"admin\.password is a bcrypt hash, which takes a package: pip install realtime\[admin",
        ),
    ],
)
def test_a_missing_package_is_named_with_what_brings_it(
    package: str, variables: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(None, variables)
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    found = importlib.util.find_spec

    class Gone:
        """Finds everything but the package, as where it was never installed."""

        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name.partition(".")[0] == package:
                raise ModuleNotFoundError(name=name)

    assert found(package) is not None
    monkeypatch.setattr(sys, "meta_path", [Gone(), *sys.meta_path])
    with pytest.raises(ConfigError, match=sentence):
        load(None, variables)
