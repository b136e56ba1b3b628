"""The official test suites of both protocols, out of folders that two variables name.

    ENGINE_IO_SUITE=… SOCKET_IO_SUITE=… python -m tests.stress.official_suites

They are not ours to ship: `docs/engine.io-protocol/v4-test-suite` and
`docs/socket.io-protocol/v5-test-suite` of github.com/socketio/socket.io. (The older copies in
repositories of their own lose what comes in one piece with the packet before it.) Each runs in a
copy that asks a free port instead of 3000; nothing else of it is changed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.running import Running, free_port

SERVER = Path(__file__).parent.parent / "conformance" / "server.py"
SUITES = {"engineio": "ENGINE_IO_SUITE", "socketio": "SOCKET_IO_SUITE"}
ADDRESS = "http://localhost:3000"
READY = r"http://\S+"
MINUTES = 5


def copied(folder: Path, to: Path, port: str) -> Path:
    """The suite, asking this port."""
    suite = to / "suite"
    shutil.copytree(folder, suite, ignore=shutil.ignore_patterns("node_modules"))
    tests = suite / "test-suite.js"
    text = tests.read_text()
    assert ADDRESS in text, f"{tests.name} asks another address than {ADDRESS}"
    tests.write_text(text.replace(ADDRESS, f"http://localhost:{port}"))
    return suite


def npm(*command: str, folder: Path) -> int:
    """An npm command's exit code."""
    done = subprocess.run(["npm", *command], cwd=folder, timeout=60 * MINUTES, check=False)
    return done.returncode


async def passes(protocol: str, folder: Path) -> bool:
    """Whether our server passes this suite."""
    port = str(free_port())
    command = (sys.executable, "-u", str(SERVER), protocol, "--port", port)
    server = Running(*command, env=dict(os.environ))
    try:
        await server.says(READY)
        with tempfile.TemporaryDirectory() as place:
            suite = copied(folder, Path(place), port)
            installed = npm("ci", "--silent", "--no-audit", "--no-fund", folder=suite) == 0
            return installed and npm("test", "--silent", folder=suite) == 0
    finally:
        await asyncio.to_thread(server.stop)


async def main() -> int:
    """Run those that are given; how many failed."""
    failed = 0
    for protocol, variable in SUITES.items():
        folder = os.environ.get(variable)
        if not folder:
            print(f"NOT TESTED HERE: {variable} names no folder with the official {protocol} suite")
        elif not (Path(folder) / "test-suite.js").is_file():
            print(f"{variable} is {folder!r}, where there is no test-suite.js")
            failed += 1
        else:
            failed += not await passes(protocol, Path(folder))
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
