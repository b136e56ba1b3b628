"""What `make` says while it works."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent

ASKED = "include Makefile\ncounted:\n\t@cat $(PIPE) | { $(COUNT); }\n"


def test_an_install_counts_up_while_it_goes_on_and_leaves_a_clean_line(tmp_path: Path) -> None:
    """Each package when pip comes to it, not all of them when it has ended."""
    file, pipe = tmp_path / "Makefile", tmp_path / "pip"
    file.write_text(ASKED)
    os.mkfifo(pipe)
    own, terminal = pty.openpty()
    make = subprocess.Popen(
        ["make", "-s", "-f", str(file), f"PIPE={pipe}", "counted"],
        cwd=ROOT, stdout=terminal, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(terminal)
    try:
        with os.fdopen(os.open(pipe, os.O_RDWR), "w", buffering=1) as pip:
            for line, shown in (
                ("Installing build dependencies: started\n", ""),
                ("Collecting aiohttp<3.15,>=3.14.4 (from realtime==0.1.0)\n", "package 1, aiohttp"),
                ("Collecting orjson\n", "package 2, orjson"),
                ("Installing collected packages: orjson, aiohttp\n", "unpacking 2 packages"),
            ):
                pip.write(line)
                assert "0 packages" not in wait_for(own, shown)
        assert make.wait(PATIENCE) == 0
        assert re.fullmatch(r"[\r ]*", rest(own))
    finally:
        make.kill()
        make.wait()
        os.close(own)


def wait_for(terminal: int, text: str) -> str:
    """Read until it was said; gives all that was."""
    said = ""
    while text not in said:
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        assert ready, f"only {said!r} was said, not {text!r}"
        said += os.read(terminal, 1000).decode()
    return said


def rest(terminal: int) -> str:
    """What was said since, until there is nobody to say more."""
    said = b""
    try:
        while more := os.read(terminal, 1000):
            said += more
    except OSError:  # how Linux says that the other side of a terminal is closed
        pass
    return said.decode()
