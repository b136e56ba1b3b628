"""What stands in `deploy/`, read as those read it for whom it is."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from realtime.config import Config, load

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
ROUTES = {"/healthz", "/readyz"}
"""Of `realtime/gateway/health.py`; the first must not depend on anything else."""


def documents(name: str) -> list[dict[str, Any]]:
    """Every document of a YAML file."""
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def unit(name: str) -> configparser.ConfigParser:
    """A systemd unit; none of ours says a key twice but where the later adds to the former."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((DEPLOY / "systemd" / name).read_text())
    return parser


def examples(language: str) -> list[str]:
    """The blocks of one language in the README."""
    return re.findall(rf"```{language}\n(.*?)```", (DEPLOY / "README.md").read_text(), re.DOTALL)


def configured(environ: Mapping[str, str]) -> Config:
    """What a node makes of these variables in production; fails with the sentences of `load`."""
    return load(None, {"NODE_ENV": "production", **environ})


def seconds(duration: str | int) -> float:
    """`10s`, `75`, `2m`."""
    found = re.fullmatch(r"(\d+)(s|m|)", str(duration))
    assert found is not None, duration
    return int(found[1]) * (60 if found[2] == "m" else 1)
