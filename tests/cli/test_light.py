"""Commands that touch no database and serve nobody import neither the ORM nor python-socketio."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.cli.run import Shell
from tests.vapid import PRIVATE, PUBLIC

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
import sys
from realtime.cli import nodes
nodes.import_sparingly()
from realtime.cli import serving
print(sorted(set(sys.modules) & set({heavy!r})))
serving.settle()
import gc
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000
"""

NEEDED_LATER = ("aerich", "aiohttp.client", "pywebpush", "redis", "requests", "rich", "urllib3")


def test_a_start_imports_nothing_that_is_needed_later_and_looks_for_no_garbage() -> None:
    assert _said_by(STARTED.format(heavy=NEEDED_LATER)) == ["[]"]


NAMES = """
import importlib, pkgutil
KNOWN = ("client", "http", "payload", "server", "async_server", "manager", "exceptions")
from realtime.cli import sparing
if {spared}:
    sparing.spare()
for each in map(importlib.import_module, sparing.SPARED):
    modules = {{found.name for found in pkgutil.iter_modules(each.__path__)}} & set(KNOWN)
    for name in sorted({{*each.__all__, *modules}}):
        found = getattr(each, name)
        print(each.__name__, name, getattr(found, "__module__", ""), type(found))
"""


def test_a_spared_package_has_all_its_names() -> None:
    spared, whole = (_said_by(NAMES.format(spared=each)) for each in (True, False))

    assert spared == whole
    assert len(whole) > 100


def test_a_node_with_keys_for_push_starts(shell: Shell) -> None:
    """pywebpush says `aiohttp.client` and imports no more than `aiohttp`."""
    keys = {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_PRIVATE_KEY": PRIVATE}
    running = replace(shell, fresh=True).start("serve", PORT="0", **keys)

    running.wait_until_said("Server running on port")

    assert running.stop() == 0


ASKED = """
from realtime.cli import sparing
sparing.spare()
import aiohttp, socketio, structlog, sys
from aiohttp import ClientSession, web
assert ClientSession is aiohttp.ClientSession is sys.modules["aiohttp.client"].ClientSession
assert aiohttp.__version__
assert not hasattr(aiohttp, "nothing"), "its own __getattr__ says so"
assert not hasattr(socketio, "nothing")
import rich
sparing.spare()  # once more: all is there
assert aiohttp.web is web
"""


def test_what_was_spared_comes_when_somebody_asks_for_it() -> None:
    assert _said_by(ASKED) == []


def _said_by(script: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()
