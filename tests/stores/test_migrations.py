"""Migrations lead to the schema that the models describe, and fail without harm."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from realtime.models import User
from realtime.stores import migrations
from realtime.stores.database import Database
from realtime.stores.migrations import SchemaNewer, SchemaOlder, apply, sqlite, trees
from realtime.stores.urls import is_sqlite
from tests.servers.postgres import Postgres
from tests.stores.schema import Schema, described

NEXT = """
async def upgrade(db):
    return '''
        CREATE TABLE "half_done" ("id" INT NOT NULL PRIMARY KEY);
        {statement};
    '''
"""


@pytest.fixture
def migration_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trees of the test's own, to add migrations to."""
    copy = tmp_path / "migrations"
    shutil.copytree(trees.tree("sqlite://x").parent, copy)

    def tree(url: str) -> Path:
        return copy / ("sqlite" if is_sqlite(url) else "postgres")

    monkeypatch.setattr(trees, "tree", tree)
    monkeypatch.setattr(apply, "tree", tree)
    return copy


def add(folder: Path, name: str, statement: str = "SELECT 1") -> None:
    """Write one more migration into both trees."""
    for tree in folder.iterdir():
        (tree / "models" / name).write_text(NEXT.format(statement=statement))


def remove(folder: Path, name: str) -> None:
    """This version does not know the migration."""
    for path in folder.rglob(name):
        path.unlink()


def names(folder: Path) -> list[str]:
    """The files in a folder and below."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def schema(url: str) -> Schema:
    async with await Database.open(url) as database:
        return await described(database)


async def tables(url: str) -> set[str]:
    return {row[0] for row in (await schema(url))["columns"]}


async def other_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite://{folder / 'generated.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return await server.create()


async def test_the_migrated_schema_is_the_one_that_the_models_describe(
    kind: str, empty_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    generated_url = await other_database(kind, tmp_path, request)
    async with await Database.open(generated_url) as database:
        await database.create_tables()
        generated = await described(database)

    await migrations.migrate(empty_url, tmp_path)

    migrated = await schema(empty_url)
    assert {row[0] for row in generated["columns"]} >= {"users", "messages", "participants"}
    for part, rows in generated.items():
        assert migrated[part] == rows, part
    assert not generated.get("comments")


async def test_the_models_say_nothing_that_the_migrations_do_not(
    empty_url: str, migration_trees: Path
) -> None:
    before = names(migration_trees)

    assert await apply.write(empty_url, "something") == ""

    assert names(migration_trees) == before


async def test_migrating_says_what_it_did_and_does_it_once(empty_url: str, tmp_path: Path) -> None:
    known = trees.versions(empty_url)
    assert await migrations.pending(empty_url) == known
    with pytest.raises(SchemaOlder, match="realtime migrate"):
        await migrations.check(empty_url)

    assert await migrations.migrate(empty_url, tmp_path / "new" / "folder") == known

    assert (tmp_path / "new" / "folder").is_dir() is empty_url.startswith("sqlite")
    assert await migrations.pending(empty_url) == []
    assert await migrations.migrate(empty_url, tmp_path) == []
    await migrations.check(empty_url)


async def test_asking_what_is_pending_makes_no_file(tmp_path: Path) -> None:
    assert await migrations.pending(f"sqlite://{tmp_path}/a.db")

    assert names(tmp_path) == []


async def test_migrations_are_found_from_any_directory(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")

    assert await migrations.migrate(empty_url, tmp_path)


async def test_an_installed_package_carries_its_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = trees.tree("sqlite://x").parent
    package = tmp_path / "site-packages" / "realtime"
    shutil.copytree(checkout, package / "_migrations")
    monkeypatch.setattr(trees, "PACKAGE", package)

    assert trees.tree("postgres://h/d") == package / "_migrations" / "postgres"
    assert trees.versions("postgres://h/d")


async def test_several_nodes_may_migrate_at_once(empty_url: str, tmp_path: Path) -> None:
    done = await asyncio.gather(*(migrations.migrate(empty_url, tmp_path) for _ in range(4)))

    assert sorted(map(len, done)) == [0, 0, 0, len(trees.versions(empty_url))]
    await migrations.check(empty_url)


async def test_the_callers_own_connections_stay_open(empty_url: str, tmp_path: Path) -> None:
    async with await Database.open(f"sqlite://{tmp_path}/own.db") as database:
        await database.create_tables()

        await migrations.migrate(empty_url, tmp_path)

        assert await database.condition() is None


async def test_rows_are_kept(empty_url: str, tmp_path: Path, migration_trees: Path) -> None:
    await migrations.migrate(empty_url, tmp_path)
    async with await Database.open(empty_url):
        await User.create(id="ada")
    add(migration_trees, "1_20990101000000_more.py")

    assert await migrations.migrate(empty_url, tmp_path) == ["1_20990101000000_more.py"]

    assert "half_done" in await tables(empty_url)
    async with await Database.open(empty_url):
        assert await User.all().count() == 1


async def test_a_migration_that_fails_changes_nothing(
    empty_url: str, tmp_path: Path, migration_trees: Path
) -> None:
    await migrations.migrate(empty_url, tmp_path)
    before = await schema(empty_url)
    add(migration_trees, "1_20990101000000_bad.py", statement="SELECT * FROM nowhere")

    with pytest.raises(OperationalError):
        await migrations.migrate(empty_url, tmp_path)

    assert await schema(empty_url) == before
    assert await migrations.pending(empty_url) == ["1_20990101000000_bad.py"]
    assert not [name for name in names(tmp_path) if "migrating" in name]


async def test_a_newer_schema_is_served_unless_it_says_that_it_breaks_us(
    empty_url: str, tmp_path: Path, migration_trees: Path
) -> None:
    for name, breaks in (("1_2099_column.py", False), ("2_2099_breaking_rename.py", True)):
        add(migration_trees, name, statement="DROP TABLE half_done")
        await migrations.migrate(empty_url, tmp_path)
        remove(migration_trees, name)

        if breaks:
            with pytest.raises(SchemaNewer, match=name):
                await migrations.check(empty_url)
        else:
            await migrations.check(empty_url)


async def test_a_link_stays_one_and_what_it_leads_to_is_migrated(tmp_path: Path) -> None:
    """A volume that is linked to would lose the file to the disk that the link is on."""
    (tmp_path / "volume").mkdir()
    real, link = tmp_path / "volume" / "real.db", tmp_path / "link.db"
    link.symlink_to(real)

    assert await migrations.migrate(f"sqlite://{link}", tmp_path)

    assert link.is_symlink()
    assert names(tmp_path) == ["link.db", "real.db"]
    assert await migrations.pending(f"sqlite://{real}") == []


async def test_whom_a_kill_left_a_copy_leaves_none(tmp_path: Path) -> None:
    """All that was ever said is in it, also what is deleted later."""
    (tmp_path / "store.db.migrating-1").write_bytes(b"")
    (tmp_path / "store.db.migrating-1-journal").write_bytes(b"")
    (tmp_path / "other.db.migrating-1").write_bytes(b"")

    await migrations.migrate(f"sqlite://{tmp_path}/store.db", tmp_path)

    assert names(tmp_path) == ["other.db.migrating-1", "store.db"]


async def test_a_file_is_left_to_whom_it_belongs(tmp_path: Path) -> None:
    """Else the server, which is not root, could not write to what root has migrated."""
    whose = (12_345, 23_456) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    file = tmp_path / "a.db"
    file.touch(mode=0o640)
    os.chown(file, *whose)

    assert await migrations.migrate(f"sqlite://{file}", tmp_path)

    found = file.stat()
    assert (found.st_uid, found.st_gid) == whose
    assert found.st_mode & 0o777 == 0o640


async def test_a_file_in_use_is_not_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    url = f"sqlite://{tmp_path}/a.db"
    async with await Database.open(url) as database:
        await database.create_tables()
        with pytest.raises(sqlite.InUse, match="Stop the server"):
            await migrations.migrate(url, tmp_path)

        await User.create(id="ada")

    with closing(sqlite3.connect(tmp_path / "a.db")) as file:
        assert file.execute("SELECT id FROM users").fetchall() == [("ada",)]
    assert names(tmp_path) == ["a.db"]
