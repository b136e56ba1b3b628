"""`realtime check`: what holds, what is wrong, and the way out."""

import asyncio
import secrets
import socket
from importlib.metadata import version
from urllib.parse import urlsplit
from urllib.request import urlopen

import orjson
import pytest

from tests.cli.run import Shell
from tests.gateway.signing import Issuer, jwk
from tests.servers.postgres import Postgres, renamed
from tests.servers.redis import Redis, asking
from tests.servers.running import Running
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


def test_a_data_folder_whose_name_is_too_long_is_one_sentence(shell: Shell) -> None:
    ended = shell.run("check", REALTIME_DATA_DIR="x" * 300)

    assert ended.code == 1
    assert ended.lines[-1].startswith("The database cannot be used, SQLite in x")
    assert ended.lines[-1].endswith("check REALTIME_DATA_DIR.")


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
    assert "PostgreSQL at 127.0.0.1:1/d (nothing listens there): check DATABASE_URL" in ended.text
    assert "Redis at 127.0.0.1:1 cannot be reached (nothing listens there)" in ended.text
    assert "hush" not in ended.text


def test_a_url_where_nobody_listens_is_told_without_an_errors_number(shell: Shell) -> None:
    ended = shell.run("check", "--url", "http://127.0.0.1:1", JWT_SECRET=SECRET)

    assert ended.code == 1
    assert "Nothing answers at http://127.0.0.1:1 (nothing listens there)" in ended.text
    assert "Errno" not in ended.text


def test_a_folder_in_which_nobody_can_make_a_file_is_a_problem(shell: Shell) -> None:
    """Root may write there, says the system."""
    ended = shell.run("check", REALTIME_DATA_DIR="/proc/realtime", JWT_SECRET=SECRET)

    assert ended.code == 1
    assert "The folder /proc cannot be written" in ended.text


def test_a_redis_out_of_reach_is_a_problem(shell: Shell) -> None:
    ended = shell.run("check", REDIS_URL="redis://:hush@127.0.0.1:1", JWT_SECRET=SECRET)

    assert ended.code == 1
    assert "127.0.0.1:1, out of reach" in ended.text
    assert "correct REDIS_URL" in ended.text
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


def test_a_pooler_is_named_and_served_through(
    shell: Shell, postgres_url: str, pooled_url: str
) -> None:
    variables = {"DATABASE_URL": pooled_url, "JWT_SECRET": SECRET}

    migrated = shell.run("migrate", **variables)
    checked = shell.run("check", **variables)
    straight = shell.run("check", DATABASE_URL=postgres_url, JWT_SECRET=SECRET)

    assert migrated.code == 0, migrated.text
    assert checked.code == 0, checked.text
    assert "up to date, through a pooler" in checked.text
    assert "pooler" not in straight.text


async def test_a_database_that_is_not_utf8_is_one_sentence_of_every_command(
    shell: Shell, postgres: Postgres
) -> None:
    name = f"latin_{secrets.token_hex(4)}"
    await postgres.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0")
    variables = {"DATABASE_URL": renamed(postgres.url, name), "JWT_SECRET": SECRET, "PORT": "0"}

    for command in ("migrate", "check", "serve"):
        ended = shell.run(command, **variables)
        assert ended.code == 1
        assert "is encoded as LATIN1, which cannot hold every text" in ended.lines[-1]
        assert "Traceback" not in ended.text
    await postgres.drop(variables["DATABASE_URL"])


async def test_a_database_that_takes_no_writes_is_a_problem(
    shell: Shell, postgres_url: str, postgres: Postgres
) -> None:
    variables = {"DATABASE_URL": postgres_url, "JWT_SECRET": SECRET}
    assert shell.run("migrate", **variables).code == 0
    name = urlsplit(postgres_url).path[1:]
    await postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    ended = shell.run("check", **variables)

    assert ended.code == 1
    assert ended.lines[-1].endswith("let DATABASE_URL lead to the primary server.")


def test_server_keys_are_named_and_never_shown(shell: Shell) -> None:
    ended = shell.run("check", REALTIME_SERVER__API_KEYS='{"backend": "hush"}')

    assert "for backend" in ended.text
    assert "hush" not in ended.text


def test_a_short_secret_is_mentioned_in_development(shell: Shell) -> None:
    ended = shell.run("check", JWT_SECRET="brief", SERVER_API_KEY="small")

    assert ended.code == 0
    assert "JWT_SECRET, SERVER_API_KEY: short, better use 32 bytes or more" in ended.text


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"JWT_SECRET": "brief"}, "JWT_SECRET"),
        ({"JWT_SECRET": SECRET, "SERVER_API_KEY": "small"}, "SERVER_API_KEY"),
        (
            {"JWT_SECRET": SECRET, "REALTIME_SERVER__API_KEYS": '{"a": "small"}'},
            "REALTIME_SERVER__API_KEYS",
        ),
    ],
)
def test_a_secret_that_can_be_guessed_is_a_problem_in_production(
    shell: Shell, variables: dict[str, str], name: str
) -> None:
    ended = shell.run("check", "--production", **variables)

    assert ended.code == 1, ended.text
    assert ended.lines[-1].startswith(f"{name} can be guessed: use 32 bytes in production")
    assert not any(hidden in ended.text for hidden in ("brief", "small"))


def test_a_taken_port_is_a_problem(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = shell.run("check", HOST="127.0.0.1", PORT=str(port))

    assert ended.code == 1
    assert ended.lines[-1].startswith(f"Port {port} is taken: ")


def test_a_port_where_this_server_runs_is_none(shell: Shell) -> None:
    running = shell.start("serve", HOST="127.0.0.1", PORT="0")
    port = running.wait_until_said(r"http://127.0.0.1:(\d+)/healthz")[1]
    ended = shell.run("check", HOST="127.0.0.1", PORT=port)
    running.stop()

    assert ended.code == 0, ended.text
    assert "where a node answers now" in ended.text


def test_any_origin_is_told_to_bring_no_credentials(shell: Shell) -> None:
    alone = shell.run("check", CLIENT_URL="*")
    beside = shell.run("check", CLIENT_URL="*,https://app.example")

    assert "for no origin: name those whose browsers bring cookies" in alone.text
    assert "for https://app.example, every other origin without" in beside.text


def test_keys_that_cannot_be_had_are_a_problem(shell: Shell) -> None:
    url = "http://127.0.0.1:1/keys"
    ended = shell.run("check", REALTIME_JWT__ALGORITHMS="RS256", REALTIME_JWT__JWKS_URL=url)

    assert ended.code == 1
    assert ended.lines[-1].startswith(f"No keys for RS256 can be had from {url} (")
    assert "check REALTIME_JWT__JWKS_URL and the network" in ended.lines[-1]


@pytest.mark.parametrize(
    ("algorithms", "expected"), [("ES256,RS256", 0), ("RS256", 1)], ids=["ours", "another's"]
)
async def test_keys_that_are_there_must_be_of_a_kind_that_is_accepted(
    shell: Shell, algorithms: str, expected: int
) -> None:
    async with Issuer(jwk("ES256", kid="1")) as issuer:
        ended = await asyncio.to_thread(
            shell.run,
            "check",
            REALTIME_JWT__ALGORITHMS=algorithms,
            REALTIME_JWT__JWKS_URL=issuer.url,
        )

    assert ended.code == expected, ended.text
    assert ("no usable key" in ended.text) is bool(expected)


def test_a_database_of_the_file_is_called_as_the_file_calls_it(shell: Shell) -> None:
    (shell.folder / "realtime.toml").write_text('database_url = "postgres://127.0.0.1:1/d"')

    ended = shell.run("check", JWT_SECRET=SECRET)

    assert ended.code == 1
    assert ended.lines[-1].endswith("check database_url in realtime.toml.")


def nodes_of(running: Running) -> str:
    """What a server's readiness says of other nodes."""
    health = running.wait_until_said(r"http://localhost:\d+/healthz")[0]
    with urlopen(health.replace("healthz", "readyz")) as response:
        return str(orjson.loads(response.read())["nodes"])


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_second_process_without_redis_is_told_and_a_problem(
    shell: Shell, kind: str, request: pytest.FixtureRequest
) -> None:
    variables = {"JWT_SECRET": SECRET, "PORT": "0"}
    if kind == "postgres":
        variables["DATABASE_URL"] = request.getfixturevalue("postgres_url")
        assert shell.run("migrate", **variables).code == 0
    checked, started = [shell.run("check", **variables)], []
    for _ in range(2):
        started.append(shell.start("serve", **variables))
        started[-1].wait_until_said("healthz")
        checked.append(shell.run("check", **variables))
    said = [nodes_of(each) for each in started]
    first, second = (len(each.said("another process serves this database")) for each in started)
    started[0].kill()  # it leaves no mark behind
    checked.append(shell.run("check", **variables))
    started[1].stop()

    assert said[1] == "not alone, but without Redis"
    assert (first, second) == (0, 1)
    assert [ended.code for ended in checked] == [0, 0, 1, 0], checked[2].text
    assert "none serves now" in checked[0].text
    assert "one serves alone now" in checked[1].text
    assert checked[2].lines[-1].startswith("2 processes serve this database without Redis")
    assert "one serves alone now" in checked[3].text


def test_machines_are_told_how_bad_each_finding_is(shell: Shell) -> None:
    ended = shell.run("check", "--json", "--production", JWT_SECRET="short", PORT="0")

    found = {each["topic"]: each for each in orjson.loads(ended.text)}
    assert ended.code == 1
    assert found["Secrets"]["severity"] == "error"
    assert found["Redis"] == {
        "topic": "Redis",
        "found": "not used: one node serves alone",
        "problem": None,
        "severity": "ok",
    }


def test_a_warning_keeps_nothing_from_being_well(shell: Shell) -> None:
    ended = shell.run("check", JWT_SECRET="short", PORT="0")

    assert ended.code == 0
    assert "Warning: A secret is short" in ended.text
    assert ended.lines[-1] == "All is well." or "All is well." in ended.lines


def test_a_redis_that_throws_keys_away_is_a_problem(shell: Shell, own_redis: Redis) -> None:
    async def full() -> None:
        async with asking(own_redis.url) as client:
            await client.config_set("maxmemory", "100mb")
            await client.config_set("maxmemory-policy", "allkeys-lru")

    well = shell.run("check", REDIS_URL=own_redis.url, JWT_SECRET=SECRET, PORT="0")
    asyncio.run(full())
    ended = shell.run("check", REDIS_URL=own_redis.url, JWT_SECRET=SECRET, PORT="0")

    assert "reached in" in well.text
    assert "throws keys away" not in well.text
    assert ended.code == 1
    assert "maxmemory-policy allkeys-lru" in ended.text


def test_a_pool_that_the_server_has_no_room_for_is_a_problem(
    shell: Shell, postgres_url: str
) -> None:
    url = f"{postgres_url}{'&' if '?' in postgres_url else '?'}pool_size=5000"

    ended = shell.run("check", DATABASE_URL=url, JWT_SECRET=SECRET, PORT="0")

    assert ended.code == 1
    assert "this node may open 5000" in ended.text


def test_the_version_is_that_of_the_package(shell: Shell) -> None:
    ended = shell.run("--version")

    assert ended.code == 0
    assert ended.lines == [f"realtime {version('realtime')}"]
