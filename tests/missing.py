"""What this machine lacks: a test that needs it skips with the reason, or fails if told so."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REASONS: set[str] = set()
"""Every reason said so far, for the summary at the end of the run."""


def required() -> bool:
    """True where a skip counts as a failure: `REQUIRE_ALL=1`."""
    return os.environ.get("REQUIRE_ALL", "") not in {"", "0"}


def missing(what: str, how: str) -> NoReturn:
    """Skip the test that asks, naming what is missing and how to get it."""
    reason = f"{what} is missing here: {how}"
    REASONS.add(reason)
    pytest.skip(reason)
