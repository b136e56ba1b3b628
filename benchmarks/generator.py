"""Runs the load generator (lg.c) on its own core and reads its JSON lines."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import application
import machine
from servers import Server

TOKENS = machine.BUILD / "tokens.txt"
USERS = 12_000
LONGEST_SECONDS = 300

Result = dict[str, Any]


class LoadFailedError(RuntimeError):
    """The generator gave up; the text says why."""


def prepare() -> None:
    """Builds lg and writes a token for each of u0, u1, …"""
    machine.compiled("lg.c")
    if not TOKENS.exists():
        lines = (application.token(f"u{number}") for number in range(USERS))
        TOKENS.write_text("\n".join(lines) + "\n")


def load(mode: str, server: Server, *flags: str, **options: float) -> Result:
    """Runs a mode to its end and returns its one result."""
    try:
        done = subprocess.run(
            _command(mode, server, flags, options),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LoadFailedError(f"not done in {LONGEST_SECONDS} s") from None
    return _result(done.stdout.strip().splitlines()[-1:], done.stderr)


class Steps:
    """A mode that waits: each `next()` reads its line, each `go()` lets it take the next step."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def next(self) -> Result:
        """The line that tells where the generator has arrived."""
        assert self._process.stdout
        return _result([self._process.stdout.readline()], "")

    def go(self) -> None:
        """Presses Enter."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def steps(mode: str, server: Server, *flags: str, **options: float) -> Iterator[Steps]:
    """The generator in a mode that waits for us; it is killed at the end of the block."""
    process = subprocess.Popen(
        _command(mode, server, flags, options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Steps(process)
    finally:
        process.kill()
        process.communicate()


def _command(
    mode: str, server: Server, flags: tuple[str, ...], options: dict[str, float]
) -> list[str]:
    program = machine.compiled("lg.c")
    words = [program, "--mode", mode, "--tokens", str(TOKENS)]
    words += ["--port", str(server.port), "--watch", str(server.pid)]
    words += ["--other", str(server.second.port)] if server.second is not None else []
    words += [f"--{flag}" for flag in flags]
    for name, value in options.items():
        words += [f"--{name}", str(value)]
    return machine.pinned("generator", words)


def _result(lines: list[str], stderr: str) -> Result:
    try:
        result: Result = json.loads("".join(lines))
    except ValueError:
        raise LoadFailedError(f"no result; {stderr[-300:]}") from None
    if "error" in result:
        raise LoadFailedError(result["error"])
    return result
