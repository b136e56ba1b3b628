"""Database URLs as hosting platforms give them."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from realtime.stores.database import Database, configuration, normalise
from realtime.stores.urls import postgres_options, sqlite_options, sqlite_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@h:5432/d", "postgres://u:p@h:5432/d"),
        ("postgresql://u:p@h/d", "postgres://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgres://u:p@h/d"),
        ("POSTGRES://u:p@h/d", "postgres://u:p@h/d"),
        ("postgres://u:p@h/d?sslmode=require", "postgres://u:p@h/d?ssl=require"),
        ("postgres://u:p@h/d?ssl=true", "postgres://u:p@h/d?ssl=require"),
        ("postgres://u:p@h/d?sslmode=disable", "postgres://u:p@h/d?ssl=disable"),
        (
            "postgresql://u:p@ep-a-b.eu.aws.neon.tech/d?sslmode=require&channel_binding=require",
            "postgres://u:p@ep-a-b.eu.aws.neon.tech/d?ssl=require",
        ),
        (
            "postgresql://u:p@ep-a-b-pooler.eu.aws.neon.tech/d?sslmode=require",
            "postgres://u:p@ep-a-b-pooler.eu.aws.neon.tech/d?ssl=require&statement_cache_size=0",
        ),
        (
            "postgres://u.r:p@aws-0.pooler.supabase.com:6543/postgres?pgbouncer=true",
            "postgres://u.r:p@aws-0.pooler.supabase.com:6543/postgres?statement_cache_size=0",
        ),
        (
            "postgres://u:p@db.r.supabase.co:6543/postgres?supa=base-pooler.x",
            "postgres://u:p@db.r.supabase.co:6543/postgres?statement_cache_size=0",
        ),
        ("postgres://u:p@h/d?connection_limit=3", "postgres://u:p@h/d?maxsize=3"),
        ("sqlite://data/a.db", "sqlite://data/a.db"),
        ("sqlite:///srv/a.db", "sqlite:///srv/a.db"),
        ("sqlite:////srv/a.db", "sqlite:///srv/a.db"),
        ("sqlite+aiosqlite:///srv/a.db", "sqlite:///srv/a.db"),
        ("sqlite:///:memory:", "sqlite://:memory:"),
        ("sqlite:///a.db?synchronous=FULL", "sqlite:///a.db?synchronous=FULL"),
    ],
)
def test_each_spelling_has_one_form(given: str, expected: str) -> None:
    assert normalise(given) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    "given",
    [
        "mysql://u:secret@h/d",
        "secret",
        "",
        "sqlite://",
        "sqlite:///srv/a%00b.db",
        "postgres://u:secret@h:port/d",
        "postgres://u:secret@h/d?connect_timeout=soon",
        "postgres://u:p?timeout=secret&timeout=secret@h/d",
    ],
)
def test_a_url_we_cannot_use_is_a_sentence_without_the_password(given: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\.$") as caught:
        normalise(given)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("mark", ["/", "?", "#", "[", "/1?", "@/", "@?", "@#", ":/", "?a=b#"])
@pytest.mark.parametrize("part", ["secret{}word", "{}secret", "12{}secret", "secret{}12"])
def test_a_password_that_ends_the_url_early_is_told_to_be_encoded(mark: str, part: str) -> None:
    with pytest.raises(ValueError, match="percent-encode it") as caught:
        normalise(f"postgres://u:{part.format(mark)}@h:5432/d")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("password", ["a@b", "a:b", "a%b", "a b", "a+b", "a=b&c"])
def test_a_password_that_cannot_be_misunderstood_is_taken_as_it_is(password: str) -> None:
    options = postgres_options(normalise(f"postgres://u:{password}@h/d?application_name=me@home"))

    assert (options["password"], options["host"]) == (password, "h")


def test_every_part_of_a_postgres_url_reaches_the_driver() -> None:
    url = "postgres://us%40er:p%2Fw%3A@h:6000/d?application_name=chat&schema=s&connect_timeout=3"

    options = postgres_options(normalise(url))

    assert (options["user"], options["password"]) == ("us@er", "p/w:")
    assert (options["host"], options["port"], options["database"]) == ("h", 6000, "d")
    assert options["timeout"] == 3.0
    assert options["server_settings"] == {"application_name": "chat", "search_path": "s"}


def test_a_socket_folder_is_a_host() -> None:
    assert postgres_options(normalise("postgres://u@/d?host=/run/pg"))["host"] == "/run/pg"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_modes_that_do_not_verify_are_the_drivers_own(mode: str) -> None:
    assert postgres_options(normalise(f"postgres://u@h/d?sslmode={mode}"))["ssl"] == mode


@pytest.mark.parametrize(("mode", "named"), [("verify-ca", False), ("verify-full", True)])
def test_modes_that_verify_trust_the_systems_authorities(mode: str, named: bool) -> None:
    context = postgres_options(normalise(f"postgres://u@h/d?sslmode={mode}"))["ssl"]

    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname is named


def test_a_pool_has_a_size_and_a_time_limit_unless_the_url_says_otherwise() -> None:
    def credentials(url: str) -> dict[str, object]:
        made: dict[str, object] = configuration(url)["connections"]["postgres"]["credentials"]
        return made

    assert credentials("postgres://u@h/d")["maxsize"] == 10
    assert credentials("postgres://u@h/d?maxsize=3&command_timeout=5")["maxsize"] == 3
    assert credentials("postgres://u@h/d?command_timeout=5")["command_timeout"] == 5.0


def test_a_sqlite_path_may_have_spaces_and_options() -> None:
    url = normalise("sqlite:///srv/my%20data/a.db?synchronous=FULL")

    assert sqlite_path(url) == "/srv/my data/a.db"
    assert sqlite_options(url) == {"synchronous": "FULL"}


async def test_a_sqlite_file_keeps_what_was_committed_and_checks_its_keys(tmp_path: Path) -> None:
    async with await Database.open(f"sqlite://{tmp_path}/new/folder/a.db") as database:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        rows = [await database.client.execute_query(f"PRAGMA {name}") for name in pragmas]

    assert [row[1][0][0] for row in rows] == ["wal", 1, 1, 10000]


async def test_a_closed_database_is_not_reachable(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite://{tmp_path}/a.db")
    assert await database.condition() is None

    await database.close()
    await database.close()
    assert await database.condition() == "unreachable"
