"""Configurations from a text or from variables, as the tests write them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from realtime.config import Config, load

Setting = tuple[str, ...]
VAPID_PUBLIC = (
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
)
VAPID_PRIVATE = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"


def from_toml(text: str, environ: Mapping[str, str] | None = None) -> Config:
    file = Path("chosen.toml")
    file.write_text(text, encoding="utf-8")
    return load(file, environ or {})


def from_variables(**environ: str) -> Config:
    return load(None, environ)


def at(config: BaseModel, path: Setting) -> object:
    """The setting at a path."""
    found: object = config
    for name in path:
        found = getattr(found, name)
    return found
