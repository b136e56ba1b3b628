"""Every dialect's page: our own components, or those of the documents that `SEEDS` names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.browser import Page
from tests.components.bundling import bundled
from tests.components.seats import DIALECTS, Seat
from tests.components.seeds import SHOWN, SeedSeat, documents, scripts_of
from tests.components.stage import Stage

OWN = Path(__file__).parent / "own"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the documents' components showed, each time that somebody looked."""
    for user, shown in SHOWN:
        terminalreporter.write_line(f"{user}: {shown}")


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder, given = tmp_path_factory.mktemp("bundles"), documents()
    if given is not None:
        return scripts_of(given, folder)
    return bundled([OWN / f"{dialect}.jsx" for dialect in DIALECTS], folder)


@pytest.fixture
async def stage(
    page: Callable[[str], Awaitable[Page]], scripts: dict[str, bytes]
) -> AsyncIterator[Stage]:
    made = Stage(page, scripts, Seat if documents() is None else SeedSeat)
    await made.start()
    yield made
    await made.stop()
