"""`realtime import`, `realtime export`, `realtime user`: data at a terminal."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from realtime.cli import importing, persons
from realtime.cli.errors import CannotStartError
from realtime.config import load
from realtime.stores.archive import ledger, queries
from realtime.stores.archive.files import NoKind
from tests.cli.run import Ended, Shell
from tests.stores.archives import written

TALK = [
    {
        "id": number,
        "senderId": "ada",
        "receiverId": "bob",
        "content": f"No. {number}",
        "createdAt": f"2024-03-01T10:{number // 60:02}:{number % 60:02}Z",
    }
    for number in range(3_000)
]


OLD = """
    CREATE TABLE said (id INTEGER, by TEXT, recipient TEXT, body TEXT, at TEXT);
    INSERT INTO said VALUES (2, 'bob', 'ada', 'Two', '2024-03-01 10:00:01+00:00');
    INSERT INTO said VALUES (1, 'ada', 'bob', 'One', '2024-03-01 10:00:00+00:00');
"""

QUERIES = '''
[messages]
query = """
  SELECT id, by AS sender_id, recipient AS receiver_id, body AS content, at AS created_at FROM said
"""
'''


def run(shell: Shell, *arguments: str) -> Ended:
    ended = shell.run(*arguments, REALTIME_DATA_DIR=str(shell.folder / "data"))
    assert "Traceback" not in ended.text
    return ended


def count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "data" / "realtime.sqlite3")) as database, database:
        found: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def test_a_dry_run_writes_nothing_and_says_what_would_be(shell: Shell) -> None:
    written(shell.folder / "old", messages=TALK[:3])

    dry = run(shell, "import", "--dry-run", "old")

    assert dry.code == 0
    assert "messages: 3 to import, 0 there already" in dry.lines
    assert dry.lines[-1] == "Nothing was written: it was a dry run."
    assert count(shell.folder, "messages") == 0


def test_an_import_is_started_again_without_harm_and_comes_out_again(shell: Shell) -> None:
    written(shell.folder / "old", messages=TALK)

    first, again = run(shell, "import", "old"), run(shell, "import", "old")

    assert (first.code, again.code) == (0, 0)
    assert first.lines[-1] == "messages: 3,000 imported"
    assert again.lines[-1] == "messages: 0 imported, 3,000 were there already"
    assert run(shell, "export", "out").code == 0
    out = (shell.folder / "out" / "messages.jsonl").read_text().splitlines()
    assert [json.loads(line)["content"] for line in out] == [each["content"] for each in TALK]


def test_mistakes_are_told_with_file_and_line_and_nothing_else_happens(shell: Shell) -> None:
    written(shell.folder / "old", messages=[*TALK[:2], {"id": 7}])

    ended = run(shell, "import", "old/messages.jsonl")

    assert ended.code == 1
    assert ended.lines == [
        "old/messages.jsonl, line 3: senderId is missing.",
        "Nothing was imported: mend them and start again.",
    ]
    assert count(shell.folder, "messages") == 0


async def test_a_full_folder_for_temporary_files_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SCHEMA", f"{ledger.SCHEMA}; PRAGMA max_page_count = 40;")
    config = load(None, {"REALTIME_DATA_DIR": str(tmp_path / "data")})

    with pytest.raises(CannotStartError, match=r"\(database or disk is full\): .* TMPDIR"):
        await importing.bring(config, [written(tmp_path / "old", messages=TALK)], dry_run=False)


async def test_a_folder_for_temporary_files_that_takes_none_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    config = load(None, {"REALTIME_DATA_DIR": str(tmp_path / "data")})

    with pytest.raises(CannotStartError, match=r"No such file or directory.* TMPDIR"):
        await importing.bring(config, [written(tmp_path / "old", messages=TALK)], dry_run=False)


def test_what_is_no_data_is_told_in_a_sentence(shell: Shell) -> None:
    (shell.folder / "empty").mkdir()
    (shell.folder / "dump.sql").write_text("")
    (shell.folder / "old.csv").write_text("")

    for name, sentence in (
        ("missing.csv", "missing.csv cannot be read (No such file or directory)."),
        ("missing/", "missing cannot be read (No such file or directory)."),
        ("old.csv", "old.csv does not say what it has"),
        ("users.csv", "users.csv cannot be read (No such file or directory)."),
        ("empty", "empty has no file to import"),
        ("dump.sql", "dump.sql does not say what it has"),
    ):
        ended = run(shell, "import", name)
        assert (ended.code, len(ended.lines)) == (1, 1)
        assert sentence in ended.text


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_another_database_is_asked_by_queries(
    shell: Shell, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "postgres":
        url = await request.getfixturevalue("postgres").create()
        other = await asyncpg.connect(url)
        await other.execute(OLD.replace("at TEXT", "at TIMESTAMPTZ"))
        await other.close()
    else:
        url = "sqlite://old.db"
        with closing(sqlite3.connect(shell.folder / "old.db")) as old, old:
            old.executescript(OLD)
    (shell.folder / "old.toml").write_text(f'url = "{url}"\n{QUERIES}')

    ended = await asyncio.to_thread(run, shell, "import", "old.toml")

    assert ended.code == 0, ended.text
    assert "messages: 2 imported" in ended.lines
    assert (await asyncio.to_thread(run, shell, "export", "out")).code == 0
    lines = (shell.folder / "out" / "messages.jsonl").read_text().splitlines()
    assert [(r["content"], r["createdAt"]) for r in map(json.loads, lines)] == [
        ("One", "2024-03-01T10:00:00.000Z"),
        ("Two", "2024-03-01T10:00:01.000Z"),
    ]


ARRAYS = """
    CREATE TABLE chats (id UUID, people UUID[]);
    INSERT INTO chats VALUES (gen_random_uuid(), ARRAY[gen_random_uuid(), gen_random_uuid()]);
    CREATE TABLE numbered (id NUMERIC, people NUMERIC[]);
    INSERT INTO numbered VALUES (12345678901234567890, '{1,2}');
"""


@pytest.mark.parametrize(("table", "ids"), [("chats", str), ("numbered", int)])
async def test_whose_ids_are_no_texts_there_is_imported(
    shell: Shell, table: str, ids: type, request: pytest.FixtureRequest
) -> None:
    """Arrays of UUIDs, as array_agg makes them, and numbers that are longer than 64 bits."""
    url = await request.getfixturevalue("postgres").create()
    other = await asyncpg.connect(url)
    await other.execute(ARRAYS)
    (people,) = await other.fetchrow(f"SELECT people FROM {table}")
    await other.close()
    query = f"SELECT id, people AS participant_ids FROM {table}"
    (shell.folder / "old.toml").write_text(f"url = '{url}'\n[conversations]\nquery = '{query}'")

    ended = await asyncio.to_thread(run, shell, "import", "old.toml")

    assert ended.code == 0, ended.text
    assert (await asyncio.to_thread(run, shell, "export", "out")).code == 0
    members = (shell.folder / "out" / "members.jsonl").read_text().splitlines()
    found = {json.loads(line)["userId"] for line in members}
    assert found == {str(ids(each)) for each in people}


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
async def test_what_is_no_number_is_told_with_its_row(
    shell: Shell, value: str, request: pytest.FixtureRequest
) -> None:
    url = await request.getfixturevalue("postgres").create()
    query = f"SELECT 1 AS id, '{value}'::numeric AS \"createdAt\""
    text = f'url = \'{url}\'\n[users]\nquery = """{query}"""'
    (shell.folder / "old.toml").write_text(text)

    ended = await asyncio.to_thread(run, shell, "import", "old.toml")

    assert ended.lines[0] == "old.toml, [users], row 1: createdAt: a date is an ISO 8601 string."


def test_the_example_of_the_page_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "importing.md"
    (example,) = re.findall(r'^url = .*?"""\n.*?^"""$', page.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "old.toml").write_text(example)

    url, wanted = queries.read(tmp_path / "old.toml")

    assert (url.partition(":")[0], list(wanted)) == ("postgres", ["messages"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("url =", "old.toml is no TOML"),
        ("[users]\nquery='SELECT 1'", "old.toml does not say where the data are"),
        ("url = 'sqlite://old.db'", "old.toml has no query"),
        ("url = 'sqlite://old.db'\n[people]", "old.toml: [people] is none of users"),
        ("url = 'sqlite://old.db'\n[users]", "old.toml: [users] has no query"),
        ("url = 'sqlite://old.db'\n[users]\nquery='SELECT 1'", "[users] finds nothing (unable"),
        ("url = 'sqlite://:memory:'\n[users]\nquery='SELECT'", "[users] finds nothing ("),
    ],
)
async def test_a_query_that_cannot_be_asked_is_told_in_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "old.toml").write_text(text)

    with pytest.raises(NoKind) as told:
        await queries.dumped(tmp_path / "old.toml", tmp_path)

    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


async def test_a_mistake_in_what_a_query_finds_is_told_with_its_row(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.folder / "old.db")) as old, old:
        old.executescript(OLD)
    lacking = QUERIES.replace("by AS sender_id, ", "")
    (shell.folder / "old.toml").write_text(f'url = "sqlite://old.db"\n{lacking}')

    ended = await asyncio.to_thread(run, shell, "import", "old.toml")

    assert (ended.code, ended.lines[0]) == (1, "old.toml, [messages], row 1: senderId is missing.")


def test_one_person_is_handed_out_and_forgotten(shell: Shell) -> None:
    written(shell.folder / "old", users=[{"id": "ada", "name": "Ada"}], messages=TALK[:3])
    assert run(shell, "import", "old").code == 0

    hers = run(shell, "user", "export", "ada")
    gone = run(shell, "user", "delete", "--yes", "ada")
    nothing = run(shell, "user", "export", "ada")

    found = json.loads(hers.text)
    assert (found["name"], len(found["messages"])) == ("Ada", 3)
    assert gone.lines == ["ada is forgotten: conversations of two 1, messages 3, notifications 0."]
    assert (nothing.code, nothing.lines) == (1, [persons.NOTHING.format("ada")])
    assert count(shell.folder, "messages") == 0


def test_who_is_not_known_is_not_said_to_be_forgotten(shell: Shell) -> None:
    """Else a mistyped id would pass for a request that was met."""
    ended = run(shell, "user", "delete", "--yes", "nobody")

    assert (ended.code, ended.lines) == (1, [persons.NOTHING.format("nobody")])
