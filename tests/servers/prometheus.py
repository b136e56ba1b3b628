"""Prometheus from the system, with the files of `deploy/prometheus/` as whoever follows the page
has them: the targets are hers, all else is as it was."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from math import isnan
from pathlib import Path
from typing import Any

import aiohttp

from tests.missing import missing
from tests.patience import PATIENCE
from tests.servers.running import Running, free_port

READY = "Server is ready to receive web requests"


def program(name: str = "prometheus") -> str:
    """The path of prometheus or promtool; skips the test where there is none."""
    return shutil.which(name) or missing(name, "apt install prometheus, or brew install prometheus")


class Prometheus:
    """Scrapes one node, five times a second instead of every 15 seconds."""

    def __init__(self, folder: Path, files: Path, target: str) -> None:
        for name in ("prometheus.yaml", "alerts.yaml"):
            text = (files / name).read_text().replace("localhost:3000", target)
            (folder / name).write_text(text.replace("15s", "200ms"))
        self._url = f"http://127.0.0.1:{free_port()}"
        self._server = Running(
            program(),
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self._url.removeprefix('http://')}",
        )
        self._server.wait_until_said(READY)
        self._began = time.time()

    async def ever(self, query: str) -> list[float]:
        """The most that each series of a query has been since this began."""
        span = {"start": self._began, "end": time.time(), "step": 0.2}
        answer = await self._asked("/api/v1/query_range", query=query, **span)
        values = ([float(value) for _, value in series["values"]] for series in answer["result"])
        return [max((v for v in each if not isnan(v)), default=0.0) for each in values]

    async def now(self, query: str) -> list[float]:
        """Each value of a query."""
        answer = await self._asked("/api/v1/query", query=query)
        return [float(series["value"][1]) for series in answer["result"]]

    async def rules(self) -> dict[str, dict[str, Any]]:
        """How it is with each rule, by its name."""
        answer = await self._asked("/api/v1/rules")
        return {rule["name"]: rule for group in answer["groups"] for rule in group["rules"]}

    async def _asked(self, path: str, **query: Any) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.get(self._url + path, params=query) as response,
        ):
            answer = await response.json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def close(self) -> None:
        """Stop it."""
        self._server.stop()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it does; fails when patience ends."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
