"""A hundred people who talk through a node, each with the real client; one process has them all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.driver import node as node_js
from tests.tokens import token

PEOPLE = 100
SCRIPT = Path(__file__).with_name("crowd.js")
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Talk:
    """How long words took from one page to the other, in milliseconds; ``lost`` took over 1 s.

    ``cut`` counts connections that ended.
    """

    words: int
    p50: float
    p99: float
    lost: int
    cut: int


class Crowd:
    """`async with Crowd(url) as crowd`: they are connected and talk."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Crowd:
        self._process = await asyncio.create_subprocess_exec(
            *(node_js(), str(SCRIPT), self._url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        people = [{"id": f"p{n}", "token": token(f"p{n}")} for n in range(PEOPLE)]
        self._tell(json.dumps(people))
        assert await self._says() == "ready"
        return self

    def measure(self) -> None:
        """Forget what has been said so far."""
        self._tell("measure")

    async def report(self) -> Talk:
        """What was said since then."""
        self._tell("report")
        return Talk(**json.loads(await self._says()))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def _says(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = (await self._process.stdout.readline()).decode().strip()
        assert line, "the crowd has ended"
        return line
