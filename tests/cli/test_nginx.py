"""`realtime nginx`: names and addresses in, a configuration or sentences out."""

import re

import pytest

from tests.cli.run import Shell


def test_nodes_have_the_names_they_are_given_or_their_places(shell: Shell) -> None:
    printed = shell.run("nginx", "--nodes", "a:3000", "west=b:3000", "[::1]:3000")

    assert printed.code == 0
    assert re.findall(r"~\^(\w+)\[-.\] (\w+);", printed.text) == [
        ("n1", "node_n1"),
        ("west", "node_west"),
        ("n3", "node_n3"),
    ]
    for address in ("a:3000", "b:3000", "[::1]:3000"):
        assert printed.text.count(f"server {address} max_fails=3 ") == 1
        assert printed.text.count(f"server {address} max_fails=0;") == 1
        assert printed.text.count(f"server {address} max_fails=0 backup;") == 2


def test_bounds_and_times_are_those_of_the_nodes(shell: Shell) -> None:
    printed = shell.run(
        *("nginx", "a:1", "--listen", "8080"),
        REALTIME_TRANSPORT__MAX_PAYLOAD="7",
        REALTIME_TRANSPORT__PING_INTERVAL="60",
    ).text

    assert "client_max_body_size 7;" in printed
    assert "proxy_read_timeout 110s;" in printed
    assert "listen 8080;" in printed


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["a"], ['A node\'s address is "a", which is no address: write it like']),
        (["A=a:1"], ['A node\'s name is "A", which is no name: use 1 to 32 of']),
        (["=a:1"], ['A node\'s name is "", which is no name']),
        (["a:1;", "b:99999"], ["A node's address", "A node's address"]),
        (["n=a:1", "n=b:1"], ["Two nodes have the name n: give each its own."]),
        (["a:1", "a:1"], ["Two nodes have the address a:1: give each its own."]),
        (["a:1", "--listen", "80;"], ['--listen is "80;": write it like 80, 127.0.0.1:8080']),
        (["a:1", "--listen", "0"], ['--listen is "0": write it like']),
        (["a:1", "--trust", "me"], ['--trust has "me", which is no network: write it like']),
    ],
)
def test_each_mistake_is_a_sentence(
    shell: Shell, arguments: list[str], sentences: list[str]
) -> None:
    ended = shell.run("nginx", "--nodes", *arguments)

    assert ended.code == 1
    assert len(ended.lines) == len(sentences)
    for line, sentence in zip(ended.lines, sentences, strict=True):
        assert line.startswith(sentence)
