"""The systemd units: their commands run as written, and systemd itself has no complaint."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from realtime.cli.stopping import STOP_SECONDS
from tests.deploy.files import DEPLOY, ROOT, configured, seconds, unit
from tests.nodes import command
from tests.servers.running import free_port
from tests.tokens import SECRET

PROGRAM = "/srv/realtime/.venv/bin/realtime"
SERVICE = unit("realtime@.service")["Service"]


def written(text: str, port: int, state: Path) -> list[str]:
    """A line of the unit as systemd reads it for one port."""
    return shlex.split(text.replace("%i", str(port)).replace("%S", str(state)))


def environ(port: int, state: Path) -> dict[str, str]:
    pairs = written(SERVICE["Environment"], port, state)
    return {"JWT_SECRET": SECRET} | dict(pair.split("=", 1) for pair in pairs)


async def test_its_commands_run_as_written(tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "realtime" / str(port)
    folder.mkdir(parents=True)
    variables = environ(port, tmp_path)

    for key in ("ExecStartPre", "ExecStart"):
        program, *arguments = written(SERVICE[key], port, tmp_path)
        assert program == PROGRAM
        running = command(*arguments, variables=variables, cwd=folder)
        if key == "ExecStartPre":
            assert await running.ends(60) == 0

    await running.says(f"Server running on port {port}")
    assert running.stop() == 0
    assert (folder / "realtime.sqlite3").exists()


def test_each_port_is_a_node_with_a_name_and_a_folder_of_its_own() -> None:
    config = configured(environ(3000, Path("/var/lib")))

    assert config.node.name == "n3000"
    assert config.data_dir == Path("/var/lib") / SERVICE["StateDirectory"].replace("%i", "3000")
    assert unit("realtime@.socket")["Socket"]["ListenStream"] == "%i"


def test_a_node_has_time_to_stop() -> None:
    assert STOP_SECONDS < seconds(SERVICE["TimeoutStopSec"]) <= 15
    assert SERVICE["KillSignal"] == "SIGTERM"


def test_the_readme_wants_a_python_that_the_unit_can_see() -> None:
    text = (DEPLOY / "README.md").read_text()
    (row,) = (line for line in text.splitlines() if line.startswith("| [`systemd/`]"))

    assert SERVICE["ProtectHome"] == "yes"
    assert "a Python that is in nobody's home" in row
    (found,) = re.findall(r"`make (PYTHONS)=\S+ install`", row)
    assert f"$({found})" in (ROOT / "Makefile").read_text()


def test_systemd_has_no_complaint(tmp_path: Path) -> None:
    """Where there is a systemd; the rest of these tests needs none."""
    program = shutil.which("systemd-analyze")
    for file in (DEPLOY / "systemd").iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace(PROGRAM, "/bin/true"))
    if program is not None:
        units = [tmp_path / f"realtime@3000.{kind}" for kind in ("service", "socket")]
        ended = subprocess.run([program, "verify", *units], capture_output=True, check=False)
        assert (ended.returncode, ended.stderr.decode()) == (0, "")
