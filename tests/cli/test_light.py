"""Commands that touch no database and serve nobody import neither the ORM nor python-socketio."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("tortoise", "socketio", "engineio", "aiohttp", "asyncpg", "redis")

RUN = """
import sys
from realtime.cli import main
sys.argv = ["realtime", *{arguments!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(sorted(set(sys.modules) & set({heavy!r})))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["token", "--user", "ada"],
        ["dialect", "--help"],
        ["nginx", "a:1"],
    ],
)
def test_a_light_command_imports_nothing_heavy(arguments: list[str], tmp_path: object) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN.format(arguments=arguments, heavy=HEAVY)],
        env={"REALTIME_DATA_DIR": str(tmp_path), "REALTIME_LINSTA__DELETE_MESSAGES": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "[]"


STARTED = """
import gc, sys
gc.disable()
from realtime.cli import serving
assert "aerich" not in sys.modules
serving._settle()
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000
"""


def test_a_start_imports_nothing_to_migrate_with_and_looks_for_no_garbage() -> None:
    subprocess.run([sys.executable, "-c", STARTED], check=True)
