"""What a hundred people notice while one client attacks their node.

    python -m tests.stress.under_attack [ATTACK …]

Each attack has a fresh node and 10 seconds. It is too much where a word in a hundred takes 100 ms
or more, where the node takes 20 MB more memory, or where anybody is cut off. It fails where it is
too much three times in a row: a slow moment of the machine is not the attacker's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.driver import install_clients
from tests.nodes import Process, environment, migrate
from tests.stress.attacks import ATTACKS
from tests.stress.crowd import Crowd, Talk

SECONDS = 10
SETTLING = 3
TRIALS = 3
MOST_MILLISECONDS = 100.0
MOST_MEGABYTES = 20.0

TABLE = "{:<22} {:>6} {:>8} {:>8} {:>6} {:>6} {:>8} {:>7} {:>9} {:>8}"
HEAD = ("", "words", "p50 ms", "p99 ms", "lost", "cut", "+ MB", "CPU s", "log KB", "sent MB")


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack did: to the people, and to the node."""

    talk: Talk
    megabytes: float
    cpu_seconds: float
    log_kilobytes: float
    sent_megabytes: float

    @property
    def bearable(self) -> bool:
        """Whether it was no more than it may be."""
        well = self.talk.p99 < MOST_MILLISECONDS and not self.talk.cut
        return well and self.megabytes < MOST_MEGABYTES

    def row(self, name: str) -> str:
        """A line of the table."""
        talk = self.talk
        return TABLE.format(
            *(name, talk.words, f"{talk.p50:.1f}", f"{talk.p99:.1f}", talk.lost, talk.cut),
            *(f"{self.megabytes:.1f}", f"{self.cpu_seconds:.1f}"),
            *(f"{self.log_kilobytes:.0f}", f"{self.sent_megabytes:.1f}"),
        )


class Watch:
    """A process's memory and CPU time from now on."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._memory, self._cpu = self._now()
        self.most = 0

    def look(self) -> None:
        self.most = max(self.most, self._now()[0] - self._memory)

    def cpu_seconds(self) -> float:
        return self._now()[1] - self._cpu

    def _now(self) -> tuple[int, float]:
        with self._process.oneshot():
            times = self._process.cpu_times()
            return self._process.memory_info().rss, times.user + times.system


async def attacked(process: Process, name: str) -> Cost:
    """A hundred people talk while somebody attacks."""
    async with Crowd(process.url) as crowd:
        await asyncio.sleep(SETTLING)
        watch, lines = Watch(process.running.pid), len(process.log)
        crowd.measure()
        attacking = asyncio.create_task(attack(name, process.variables["REALTIME_PORT"]))
        while not attacking.done():
            await asyncio.sleep(0.1)
            watch.look()
        talk, sent = await crowd.report(), (await attacking)["sent"]
        written = sum(len(line) + 1 for line in process.log[lines:])
    return Cost(talk, watch.most / 1e6, watch.cpu_seconds(), written / 1e3, sent / 1e6)


async def attack(name: str, port: str) -> dict[str, int]:
    """One client's; what it did."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stress.attacks", name, port, str(SECONDS)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    did: dict[str, int] = json.loads(told)
    return did


async def cost_of(name: str) -> Cost:
    """An attack on a fresh node."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(Path(folder), None)
        process = Process(environment(Path(folder), None, {}))
        await process.start()
        try:
            return await attacked(process, name)
        finally:
            await process.stop()


async def main(names: list[str]) -> int:
    """Run these attacks, or all; how many were too much."""
    install_clients()
    print(TABLE.format(*HEAD))
    return len([name for name in names or ATTACKS if not await is_borne(name)])


async def is_borne(name: str) -> bool:
    """Whether the node bears an attack, in one of three trials."""
    for _ in range(TRIALS):
        cost = await cost_of(name)
        print(cost.row(name) + ("" if cost.bearable else "  too much"), flush=True)
        if cost.bearable:
            return True
    print(f"FAILED: the others notice {name}")
    return False


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(sys.argv[1:])) else 0)
