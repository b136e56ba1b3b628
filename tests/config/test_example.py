"""config.example.toml against the settings themselves."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from realtime.config import Config, load
from realtime.config.dialects import spoken
from realtime.config.settings import settings
from tests.config.given import Setting, at

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def test_the_example_file_is_the_defaults() -> None:
    example = load(EXAMPLE, {})

    assert example.model_copy(update={"own": {}}) == Config()
    assert spoken(example) == spoken(Config())


def test_the_example_file_names_every_setting_and_no_other() -> None:
    shown = set(leaves(tomllib.loads(TEXT.replace("\n#: ", "\n"))))
    known = {path for path, _ in settings()} | set(own_settings())

    assert known <= {outer for path in shown for outer in outwards(path)}
    assert all(outwards(path) & known for path in shown)


def test_whatever_stands_behind_a_mark_in_the_example_file_is_off_by_default() -> None:
    written = set(leaves(tomllib.loads(TEXT)))
    default = Config()

    for path, _ in settings():
        assert path in written or at(default, path) in (None, {}, ()), path


def own_settings() -> Iterator[Setting]:
    """The settings that dialects declare themselves."""
    for name, dialect in spoken(Config()).dialects.items():
        if dialect.settings is not None:
            yield from ((name, key) for key in dialect.settings.model_fields)


def outwards(path: Setting) -> set[Setting]:
    """A value's place, and the maps in which it stands."""
    return {path[:size] for size in range(1, len(path) + 1)}


def leaves(tree: dict[str, Any], outer: Setting = ()) -> Iterator[Setting]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*outer, name))
        else:
            yield (*outer, name)
