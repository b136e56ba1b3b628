"""`realtime bench`: a crowd at a running server, and what it says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from realtime.cli.bench import Tally
from realtime.cli.bench.talks import TALKS
from realtime.dialects.loading import load
from tests.cli.run import Shell


@pytest.fixture
def url(shell: Shell) -> Iterator[str]:
    running = shell.start("serve", PORT="0")
    port = running.wait_until_said(r"http://localhost:(\d+)/healthz")[1]
    yield f"http://localhost:{port}"
    running.stop()


@pytest.mark.parametrize("dialect", TALKS)
def test_a_crowd_talks_in_every_dialect_and_nothing_is_lost(
    shell: Shell, url: str, dialect: str
) -> None:
    ended = shell.run(
        "bench", "--url", url, "--clients", "6", "--rate", "40", "--seconds", "0.5",
        "--dialect", dialect,
    )  # fmt: skip

    assert ended.code == 0, ended.text
    assert re.search(r"^Connected  6, p50 [\d.]+ ms, p99 [\d.]+ ms$", ended.text, re.MULTILINE)
    assert re.search(r"^Heard      20, 40 a second, p50 ", ended.text, re.MULTILINE)
    assert {"Sent       20", "Lost       0", "Doubled    0"} <= set(ended.lines)


def test_every_dialect_of_ours_can_be_benched() -> None:
    assert TALKS.keys() == load().keys()


def test_a_server_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    ended = shell.run("bench", "--url", "http://127.0.0.1:1", "--clients", "2")

    assert ended.code == 1
    assert ended.lines == [
        "Nobody gets in at http://127.0.0.1:1: does a server listen there, and has it the secret of"
        " this configuration?"
    ]


def test_tokens_of_another_secret_get_nobody_in(shell: Shell, url: str) -> None:
    ended = shell.run("bench", "--url", url, "--clients", "2", JWT_SECRET="another application's")

    assert ended.code == 1
    assert ended.lines[-1].startswith("Nobody gets in")


def test_an_unknown_dialect_is_one_sentence(shell: Shell) -> None:
    ended = shell.run("bench", "--dialect", "klingon")

    assert ended.code == 1
    assert ended.lines[-1].startswith('"klingon" cannot be benched: choose one of ')


def test_what_is_stored_and_never_heard_is_lost_and_what_comes_twice_doubled() -> None:
    tally = Tally(connected=[0.1])
    for number in range(4):
        tally.sent[number] = 1.0
    tally.stored |= {0, 1, 2}
    tally.hears(0, 1.25)
    tally.hears(0, 1.5)
    tally.hears(3, 1.5)  # heard before its ack
    tally.hears(99, 1.5)  # of another run

    assert (tally.lost, tally.doubled, len(tally.heard)) == (2, 1, 2)
    assert not tally.well
    assert "Heard      2, 1 a second, p50 500.0 ms, p99 500.0 ms" in list(tally.lines(2.0))
