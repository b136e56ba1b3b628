"""`realtime import`, `realtime export`, `realtime user`: data at a terminal."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

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


def run(shell: Shell, *arguments: str) -> Ended:
    ended = shell.run(*arguments, REALTIME_DATA_DIR=str(shell.folder / "data"))
    assert "Traceback" not in ended.text
    return ended


def count(folder: Path, table: str) -> int:
    with sqlite3.connect(folder / "data" / "realtime.sqlite3") as database:
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


def test_what_is_no_data_is_told_in_a_sentence(shell: Shell) -> None:
    (shell.folder / "empty").mkdir()
    (shell.folder / "dump.sql").write_text("")

    for name, sentence in (
        ("missing.csv", "does not say what it has"),
        ("users.csv", "users.csv cannot be read (No such file or directory)."),
        ("empty", "empty has no file to import"),
        ("dump.sql", "dump.sql does not say what it has"),
    ):
        ended = run(shell, "import", name)
        assert (ended.code, len(ended.lines)) == (1, 1)
        assert sentence in ended.text


def test_one_person_is_handed_out_and_forgotten(shell: Shell) -> None:
    written(shell.folder / "old", users=[{"id": "ada", "name": "Ada"}], messages=TALK[:3])
    assert run(shell, "import", "old").code == 0

    hers = run(shell, "user", "export", "ada")
    gone = run(shell, "user", "delete", "--yes", "ada")
    nothing = run(shell, "user", "export", "ada")

    found = json.loads(hers.text)
    assert (found["name"], len(found["messages"])) == ("Ada", 3)
    assert gone.lines == ["ada is forgotten: 1 conversations of two, 3 messages, 0 notifications."]
    assert (nothing.code, nothing.lines) == (1, ["Nothing is kept of ada: User not found."])
    assert count(shell.folder, "messages") == 0
