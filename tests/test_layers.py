"""Imports go down only: the contracts in pyproject.toml hold, and a breach of one is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder."""
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_package_keeps_its_layers() -> None:
    found = lint(ROOT)

    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/messages.py", "import realtime.dialects", "Calls go down, never up"),
        ("domain/messages.py", "import aiohttp", "Only the edges do I/O"),
        ("transport/__init__.py", "import realtime.domain", "any Socket.IO application"),
        ("stores/__init__.py", "import realtime.transport", "known by those who connect it"),
        (
            "transport/engineio/ids.py",
            "import realtime.transport.socketio",
            "knows nothing of what it carries",
        ),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(ROOT / "realtime", tmp_path / "realtime")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "realtime" / module).open("a") as file:
        file.write(f"\n{line}\n")

    found = lint(tmp_path)

    assert found.returncode == 1
    broken = [said for said in found.stdout.splitlines() if said.endswith("BROKEN")]
    assert len(broken) == 1, found.stdout
    assert contract in broken[0]
