"""The pages of our own components, in every dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.browser import Page
from tests.components.bundling import bundled
from tests.components.seats import DIALECTS
from tests.components.stage import Stage

OWN = Path(__file__).parent / "own"


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Each dialect's page."""
    entries = [OWN / f"{dialect}.jsx" for dialect in DIALECTS]
    return bundled(entries, tmp_path_factory.mktemp("bundles"))


@pytest.fixture
async def stage(
    page: Callable[[str], Awaitable[Page]], scripts: dict[str, bytes]
) -> AsyncIterator[Stage]:
    made = Stage(page, scripts)
    await made.start()
    yield made
    await made.stop()
