"""Log lines that cannot be written are lost, and whoever logs does not notice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from realtime.lines import LOST, MOST_WAITING, Lines
from realtime.logs import hide


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for number in (read, write):
        with suppress(OSError):
            os.close(number)


def lost() -> float:
    return LOST._value.get()


def test_lines_arrive_in_their_order(pipe: tuple[int, int]) -> None:
    read, write = pipe
    lines = Lines(write)
    for number in range(100):
        lines.write(f"{number}\n")
    lines.close()
    assert os.read(read, 65_536).decode().split() == [str(number) for number in range(100)]


def test_a_reader_that_sleeps_costs_lines_and_holds_up_nobody(pipe: tuple[int, int]) -> None:
    read, write = pipe
    lines = Lines(write)
    before = lost()
    for _ in range(3 * MOST_WAITING):  # the pipe takes 64 KB, and a blocking write would never end
        lines.write("x" * 99 + "\n")
    assert lost() > before
    os.close(read)  # the writer wakes up with an error, and ends
    lines.close()


def test_a_reader_that_has_gone_costs_lines_only(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.close(read)
    lines = Lines(write)
    before = lost()
    lines.write("nobody reads this\n")
    lines.close()
    assert lost() == before + 1


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- 2>&-"])
def test_a_stream_that_is_closed_from_the_start_is_no_fault(closed: str) -> None:
    command = f'"$0" -m realtime --help {closed}'
    ended = subprocess.run(["sh", "-c", command, sys.executable], check=False, timeout=60)
    assert ended.returncode == 0


def test_a_long_value_is_cut_and_no_secret_in_it_is_halved() -> None:
    text = "a" * 985 + " postgres://me:hunter2@" + "b" * 1_000_000
    shown = hide(None, "info", {"event": "x", "text": text})["text"]
    assert len(shown) < 1_100
    assert "hunter" not in shown
