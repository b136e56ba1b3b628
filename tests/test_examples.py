"""The examples run as they stand, against a real node."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.missing import missing
from tests.nodes import SERVER_KEY
from tests.scenarios.steps import once

EXAMPLES = Path(__file__).parents[1] / "examples"

COMMANDS = {
    "notify.sh": ("sh", "curl", "apt install curl"),
    "notify.mjs": ("node", "node", "install Node 18 or newer"),
    "notify.py": (sys.executable, "", ""),
}


ELSEWHERE = {"outbox.js", "webhooks.py", "webhooks.mjs"}
"""Run in a browser, by `tests/scenarios/test_browser_outbox.py`; told something, by
`tests/delivery/webhooks/test_examples.py`."""


async def run(name: str, url: str, key: str = SERVER_KEY) -> tuple[int, str]:
    """The example's exit code and what it printed."""
    program, needed, advice = COMMANDS[name]
    if needed and shutil.which(needed) is None:
        missing(needed, advice)
    process = await asyncio.create_subprocess_exec(
        *(program, EXAMPLES / name, "ada"),
        env={**os.environ, "REALTIME_URL": url, "SERVER_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


@once
@pytest.mark.parametrize("name", COMMANDS)
async def test_an_example_tells_the_user_once_however_often_it_runs(node, ada, name):
    for _ in range(2):
        code, printed = await run(name, node.url)
        assert code == 0, printed

    told = await ada.hears("notification:new")
    assert (told["title"], told["link"]) == ("Order shipped", "/orders/7")
    assert told["id"] in printed
    await ada.hears_nothing("notification:new")
    if name != "notify.sh":
        assert await ada.hears("order:updated") == {"id": 7, "status": "SHIPPED"}


@once
@pytest.mark.parametrize("name", COMMANDS)
async def test_an_example_says_that_its_key_is_wrong(node, name):
    code, printed = await run(name, node.url, "nope")

    assert code != 0
    assert "server key" in printed


def test_every_example_is_run_here():
    there = {file.name for file in EXAMPLES.iterdir() if file.suffix != ".md"}

    assert there == set(COMMANDS) | ELSEWHERE
