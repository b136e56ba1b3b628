"""A run that is shared by several processes judges the whole of what they saw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TESTS = """
import pytest
from tests.record import SEEN

@pytest.mark.parametrize("number", range(4))
def test_that_sees_one_row(number):
    SEEN.ack("linsta", "unsubscribe_notifications", [])
"""


def run(folder: Path, *chosen: str) -> tuple[int, str]:
    """Run a project of one file in two processes; the exit code and the output."""
    (folder / "test_example.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "2")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, f"--rootdir={folder}", *chosen],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout


def test_a_whole_run_fails_for_each_row_that_no_process_saw(tmp_path: Path) -> None:
    code, output = run(tmp_path)

    assert code == 1
    assert "4 passed" in output
    assert "FAILED: no scenario saw linsta: join_room" in output
    assert "unsubscribe_notifications" not in output


def test_a_run_of_some_tests_judges_nothing(tmp_path: Path) -> None:
    code, output = run(tmp_path, "test_example.py")

    assert code == 0
    assert "no scenario saw" not in output
