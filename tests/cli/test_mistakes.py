"""A user's mistakes end a command with sentences and an exit code, never with a stack trace."""

import socket

import pytest

from tests.cli.run import Shell
from tests.tokens import SECRET


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["check", "--help"]])
def test_help_is_there_and_names_what_can_be_asked(shell: Shell, arguments: list[str]) -> None:
    ended = shell.run(*arguments)

    assert ended.code == 0
    expected = ["serve", "migrate", "token", "check"] if len(arguments) == 1 else ["--config"]
    assert all(word in ended.text for word in expected)


@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["check"], ["token", "--user", "ada"]])
def test_an_unknown_setting_ends_every_command_with_its_nearest_name(
    shell: Shell, command: list[str]
) -> None:
    (shell.folder / "realtime.toml").write_text("prot = 4000")

    ended = shell.run(*command)

    assert ended.code == 1
    assert ended.lines == ['Unknown setting "prot" in realtime.toml: did you mean "port"?']


@pytest.mark.parametrize(
    ("arguments", "variables", "reason"),
    [
        (["--production"], {}, "in production"),
        ([], {"NODE_ENV": "production"}, "in production"),
        ([], {"DATABASE_URL": "postgres://u:hush@127.0.0.1:1/d"}, "with DATABASE_URL"),
        ([], {"REDIS_URL": "redis://:hush@127.0.0.1:1"}, "with REDIS_URL"),
    ],
)
def test_a_missing_secret_is_a_refusal_to_start_where_others_must_know_it(
    shell: Shell, arguments: list[str], variables: dict[str, str], reason: str
) -> None:
    ended = shell.run("serve", *arguments, **variables)

    assert ended.code == 1
    (sentence,) = ended.lines
    assert sentence.startswith(f"JWT_SECRET is missing, and {reason} none is made up")
    assert list(shell.folder.iterdir()) == []


def test_a_taken_port_is_one_sentence_with_another_port(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = shell.run("serve", HOST="127.0.0.1", PORT=str(port))

    assert ended.code == 1
    assert ended.lines == [
        f"Port {port} is taken: stop what uses it, or run `PORT={port + 1} make run`."
    ]


def test_a_port_that_the_metrics_cannot_have_is_named(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = {"HOST": "127.0.0.1", "PORT": "0", "REALTIME_METRICS__PORT": str(port)}
        served, checked = shell.run("serve", **given), shell.run("check", **given)

    sentence = (
        f"Port {port}, for the metrics, is taken or not allowed: choose another with"
        " REALTIME_METRICS__PORT."
    )
    assert (served.code, served.lines[-1]) == (1, sentence)
    assert (checked.code, checked.lines[-1]) == (1, sentence)
    assert shell.run("worker", "--metrics", "65536").code == 2


def test_an_address_that_is_not_ours_is_one_sentence(shell: Shell) -> None:
    ended = shell.run("serve", HOST="192.0.2.1", PORT="0")

    assert ended.code == 1
    (sentence,) = ended.lines
    assert sentence.startswith("Cannot listen on 192.0.2.1 (")


@pytest.mark.parametrize("host", ["foo..bar", "x" * 64])
def test_a_name_that_nobody_can_look_up_is_one_sentence(shell: Shell, host: str) -> None:
    """Python raises something else for it than for one that nobody has."""
    ended = shell.run("serve", HOST=host, PORT="0")
    assert (ended.code, len(ended.lines)) == (1, 1)
    assert ended.text.startswith(f"Cannot listen on {host} (there is no such name): check HOST")

    ended = shell.run("migrate", DATABASE_URL=f"postgres://u:hush@{host}/d")
    assert (ended.code, len(ended.lines)) == (1, 1)
    assert f"PostgreSQL at {host}:5432/d (there is no such name): check DATABASE" in ended.text

    ended = shell.run("check", "--url", f"http://{host}")
    assert ended.code == 1
    assert f"Nothing answers at http://{host} (there is no such name)" in ended.text


@pytest.mark.parametrize("url", ["http://[::1", "http://h:99999", "http://h:x", "h:3000"])
def test_what_is_no_url_to_check_is_one_sentence(shell: Shell, url: str) -> None:
    ended = shell.run("check", "--url", url)

    assert ended.code == 1
    assert ended.lines[-1] == f'"{url}" is no URL of a server: write https://chat.example.'


def test_a_token_that_the_server_would_refuse_is_not_printed(shell: Shell) -> None:
    for user in (2**53, "x", "1.0"):
        ended = shell.run("token", f"--user={user}", REALTIME_USER_IDS="integer")
        assert ended.code == 1
        assert ended.lines[-1].endswith(f'"{user}" is none.')
    assert shell.run("token", "--user=-7", REALTIME_USER_IDS="integer").code == 0


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_out_of_reach_is_one_sentence_without_its_password(
    shell: Shell, command: str
) -> None:
    ended = shell.run(
        command, DATABASE_URL="postgres://u:hush@127.0.0.1:1/d", JWT_SECRET=SECRET, PORT="0"
    )

    assert ended.code == 1
    (sentence,) = ended.lines
    assert sentence.startswith("The database cannot be used, PostgreSQL at 127.0.0.1:1/d (")
    assert sentence.endswith("check DATABASE_URL.")
    assert "hush" not in sentence


def test_a_file_that_is_no_database_is_one_sentence(shell: Shell) -> None:
    file = shell.folder / "data" / "realtime.sqlite3"
    file.parent.mkdir()
    file.write_text("not a database, " * 100)

    ended = shell.run("serve", PORT="0")

    assert ended.code == 1
    (sentence,) = ended.lines
    assert sentence.startswith("The database cannot be used, SQLite in data/realtime.sqlite3 (")
    assert sentence.endswith("check data_dir.")


def test_workers_need_a_place_to_meet(shell: Shell) -> None:
    ended = shell.run("serve", "--workers", "2")
    assert ended.code == 1
    assert ended.lines == [
        "--workers needs PostgreSQL and Redis, where the workers meet:"
        " set DATABASE_URL and REDIS_URL, or leave --workers out."
    ]


def test_workers_are_renewed_and_not_replaced(shell: Shell) -> None:
    ended = shell.run("serve", "--workers", "2", "--replace")
    assert ended.code == 2
    assert "SIGHUP" in ended.text
