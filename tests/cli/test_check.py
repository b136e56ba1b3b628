"""`realtime check`: what holds, what is wrong, and the way out."""

from tests.cli.run import Shell
from tests.tokens import SECRET


def test_a_fresh_folder_is_well_and_stays_as_it_was(shell: Shell) -> None:
    ended = shell.run("check")

    assert ended.code == 0
    assert ended.lines[-1] == "All is well."
    assert list(shell.folder.iterdir()) == []


def test_it_says_which_origin_speaks_which_dialect_and_who_may_bring_cookies(shell: Shell) -> None:
    (shell.folder / "realtime.toml").write_text(
        '[dialects.origins]\n"https://chat.example" = "conversations"\n'
    )

    ended = shell.run("check", CLIENT_URL="https://app.example")

    assert ended.code == 0
    assert "https://chat.example speaks conversations" in ended.text
    assert "every other origin speaks conversations" in ended.text
    assert "for https://app.example, https://chat.example" in ended.text


def test_a_data_folder_that_cannot_be_made_is_a_problem(shell: Shell) -> None:
    (shell.folder / "data").write_text("a file")

    ended = shell.run("check")

    assert ended.code == 1
    assert ended.lines[-1].endswith("cannot be written: make it writable, or set data_dir.")


def test_a_missing_secret_is_a_problem_where_none_is_made_up(shell: Shell) -> None:
    ended = shell.run("check", "--production")

    assert ended.code == 1
    assert ended.lines[-1].startswith("JWT_SECRET is missing, and in production")


def test_what_is_out_of_reach_is_told_without_passwords(shell: Shell) -> None:
    ended = shell.run(
        "check",
        DATABASE_URL="postgres://u:hush@127.0.0.1:1/d",
        REDIS_URL="redis://:hush@127.0.0.1:1",
        JWT_SECRET=SECRET,
    )

    assert ended.code == 1
    assert "check DATABASE_URL" in ended.text
    assert "check REDIS_URL" in ended.text
    assert "hush" not in ended.text


def test_a_redis_that_answers_is_reached(shell: Shell, redis_url: str) -> None:
    ended = shell.run("check", REDIS_URL=redis_url, JWT_SECRET=SECRET)

    assert ended.code == 0, ended.text
    assert "reached" in ended.text


def test_an_empty_postgresql_is_told_to_be_migrated_and_is_well_then(
    shell: Shell, postgres_url: str
) -> None:
    variables = {"DATABASE_URL": postgres_url, "JWT_SECRET": SECRET}

    before = shell.run("check", **variables)
    refused = shell.run("serve", PORT="0", **variables)
    migrated = shell.run("migrate", **variables)
    after = shell.run("check", **variables)

    assert before.code == 1
    assert before.lines[-1].endswith("run: realtime migrate")
    assert refused.code == 1
    assert refused.lines == before.lines[-1:]
    assert migrated.code == 0, migrated.text
    assert after.code == 0, after.text


def test_server_keys_are_named_and_never_shown(shell: Shell) -> None:
    ended = shell.run("check", REALTIME_SERVER__API_KEYS='{"backend": "hush"}')

    assert "for backend" in ended.text
    assert "hush" not in ended.text


def test_a_short_secret_is_mentioned(shell: Shell) -> None:
    ended = shell.run("check", JWT_SECRET="short")

    assert ended.code == 0
    assert "short JWT_SECRET: better use 32 bytes or more" in ended.text
