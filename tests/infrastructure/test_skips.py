"""What is missing skips its test and is named at the end; under REQUIRE_ALL=1 it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = '''
"""Tests that need what no machine has."""
import pytest
from tests.missing import missing

def test_that_needs_a_unicorn():
    missing("A unicorn", "look in the woods")

@pytest.mark.xfail(strict=True)
def test_that_is_expected_to_fail():
    assert not TESTS

def test_that_passes():
    pass
'''
ROOT = Path(__file__).parents[2]


def run(folder: Path, text: str, require_all: str) -> tuple[int, str]:
    """Run pytest on one file with this project's conftest; its exit code and output."""
    (folder / "test_example.py").write_text(text)
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-c", os.devnull, str(folder)],
        cwd=ROOT,
        env={**os.environ, "REQUIRE_ALL": require_all},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout


def test_a_skip_is_fine_and_its_reason_is_told(tmp_path: Path) -> None:
    code, output = run(tmp_path, TESTS, "")

    assert code == 0, output
    assert "NOT TESTED HERE: A unicorn is missing here: look in the woods" in output
    assert "1 passed, 1 skipped, 1 xfailed" in output


def test_a_skip_fails_where_all_is_required_but_an_expected_failure_does_not(
    tmp_path: Path,
) -> None:
    code, output = run(tmp_path, TESTS, "1")

    assert code == 1
    assert "look in the woods (REQUIRE_ALL=1 forbids skips)" in output
    assert "1 failed, 1 passed, 1 xfailed" in output


@pytest.mark.parametrize("require_all", ["", "1"])
def test_a_module_that_skips_itself_counts_as_a_skip(tmp_path: Path, require_all: str) -> None:
    text = 'import pytest\npytest.skip("not today", allow_module_level=True)\n'
    code, output = run(tmp_path, text, require_all)

    assert ("REQUIRE_ALL=1 forbids skips" in output) == bool(require_all)
    assert code == (2 if require_all else 5)
