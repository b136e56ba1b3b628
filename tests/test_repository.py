"""What is tracked names no registry and no machine, and every lock goes by name and checksum."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Written apart, so that this file passes its own test.
FORBIDDEN = {
    "a package registry": "registry[.]npmjs|pythonhoste[d]|pypi[.]org|deb[.]debian|proxy[.]golang",
    "a local mirror": r"index-ur[l]|_resolve[d]\"|//[a-z0-9.-]+/simple/",
    "somebody's machine": "/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/User[s]/[a-z]",
    "a private key": "BEGIN [A-Z ]*PRIVATE KE[Y]",
}


def tracked(*patterns: str) -> list[Path]:
    """The files that git tracks, as they are in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        for match in pattern.finditer(path.read_text(errors="replace"))
    ]

    assert found == []


def test_the_patterns_find_what_they_forbid() -> None:
    host, folder = "https://registry" + ".npmjs.org/ws", "/wo" + "rk/main"

    assert re.search(FORBIDDEN["a package registry"], host)
    assert re.search(FORBIDDEN["somebody's machine"], folder)


@pytest.mark.parametrize("lock", tracked("*package-lock.json"), ids=lambda path: path.parent.name)
def test_npm_locks_have_checksums_but_no_addresses(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    installed = {name: entry for name, entry in packages.items() if name}

    assert installed
    assert all("integrity" in entry for entry in installed.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_constraints_pin_every_direct_dependency_exactly() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    names = {_name(pin) for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *groups["docs"], *groups["dev"]]

    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[^ =]+", pin) for pin in pins)
    assert {_name(requirement) for requirement in wanted if isinstance(requirement, str)} <= names


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()
