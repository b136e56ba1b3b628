"""An import and an export at a terminal: a bar while it goes on, and what came of it."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from realtime.cli import database
from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.core import words_of
from realtime.stores.archive import checking, files, queries, standing
from realtime.stores.archive.checking import Found
from realtime.stores.archive.files import File, NoKind
from realtime.stores.archive.kinds import KINDS
from realtime.stores.archive.leaving import Leaving
from realtime.stores.archive.ledger import Ledger, NoRoom
from realtime.stores.archive.storing import Storing
from realtime.stores.archive.talks import Overtaken
from realtime.stores.database import Database

UNCOUNTED = "reads"
"""Of which nobody can say whether it is there: it moves on what is."""


@dataclass(frozen=True)
class Brought:
    """What to print of an import: what came of it, and its mistakes."""

    said: list[str]
    mistakes: list[str] = field(default_factory=list)


async def bring(config: Config, paths: Sequence[Path], *, dry_run: bool) -> Brought:
    """Check the files and, where there is no mistake in them, import them.

    Raises CannotStartError.
    """
    await database.prepare(config)
    with _roomy(), tempfile.TemporaryDirectory(prefix="realtime-import-") as folder:
        with _readable():
            chosen = await _chosen(paths, Path(folder))
        return await _brought(config, chosen, dry_run=dry_run)


async def _chosen(paths: Sequence[Path], folder: Path) -> list[File]:
    """The files that are named; what a file of queries finds is put into a folder first."""
    found: list[File] = []
    for number, path in enumerate(paths):
        if path.suffix == queries.SUFFIX:
            own = folder / str(number)
            own.mkdir()
            found += await queries.dumped(path, own)
    return files.found([path for path in paths if path.suffix != queries.SUFFIX], found)


async def _brought(config: Config, chosen: Sequence[File], *, dry_run: bool) -> Brought:
    with closing(Ledger()) as ledger, database.told(config):
        async with await Database.open(config.database) as opened:
            found = await _checked(config, chosen, ledger)
            if found.count:
                return Brought([], _mistakes(found))
            if dry_run:
                there = await standing.there(ledger)
                return Brought([*found.notes, *_would_be(ledger, there)])
            return Brought([*found.notes, *await _stored(opened, ledger)])


async def take(config: Config, folder: Path) -> list[str]:
    """Write every file; says how much each has. Raises CannotStartError."""
    await database.prepare(config)
    with database.told(config):
        async with await Database.open(config.database) as opened:
            with _bar("Writing", await standing.size()) as progress, _writable(folder):
                leaving = Leaving(opened, folder, words_of(config, ()), progress)
                written = await leaving.everything()
    return [f"{folder / kind}.jsonl: {count:,}" for kind, count in written.items()]


async def _checked(config: Config, chosen: Sequence[File], ledger: Ledger) -> Found:
    with _readable(), _bar("Checking", sum(file.length() for file in chosen)) as progress:
        integer_ids = config.user_ids == "integer"
        found = checking.gather(chosen, ledger, integer_ids=integer_ids, progress=progress)
    exist = config.users.must_exist
    with _bar("Comparing", checking.STEPS) as progress:
        await checking.check(ledger, chosen, found, must_exist=exist, progress=progress)
    return found


async def _stored(database: Database, ledger: Ledger) -> list[str]:
    count = {kind: ledger.count(kind) for kind in KINDS}
    with _bar("Importing", sum(count.values())) as progress:
        storing = Storing(database, ledger, progress)
        try:
            await storing.everything()
        except Overtaken as error:
            raise CannotStartError(str(error)) from None
    return [
        f"{kind}: {storing.new[kind]:,} imported"
        + (f", {there:,} were there already" if (there := count[kind] - storing.new[kind]) else "")
        if kind != UNCOUNTED
        else f"{kind}: {count[kind]:,} taken into account"
        for kind in KINDS
        if count[kind]
    ]


def _would_be(ledger: Ledger, there: Mapping[str, int]) -> list[str]:
    count = {kind: ledger.count(kind) for kind in KINDS}
    return [
        *(
            f"{kind}: {count[kind] - there[kind]:,} to import, {there[kind]:,} there already"
            if kind != UNCOUNTED
            else f"{kind}: {count[kind]:,} to take into account"
            for kind in KINDS
            if count[kind]
        ),
        "Nothing was written: it was a dry run.",
    ]


def _mistakes(found: Found) -> list[str]:
    more = found.count - len(found.mistakes)
    rest = [f"… and {more:,} more mistakes."] if more else []
    mend = "Nothing was imported: mend them and start again."
    return [*found.mistakes, *rest, mend]


@contextmanager
def _bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, and nothing elsewhere."""
    hidden = not sys.stderr.isatty()
    step = max(1, length // 500)
    with typer.progressbar(
        length=length, label=label, file=sys.stderr, hidden=hidden, update_min_steps=step
    ) as bar:
        yield bar.update


@contextmanager
def _roomy() -> Iterator[None]:
    """Turn what is wrong with the folder for temporary files into a sentence."""
    try:
        yield
    except NoRoom as error:
        raise CannotStartError(str(error)) from None
    except OSError as error:
        raise CannotStartError(str(NoRoom(error.strerror or "it cannot be made"))) from None


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except NoKind as error:
        raise CannotStartError(str(error)) from None
    except OSError as error:
        raise CannotStartError(f"{error.filename} cannot be read ({error.strerror}).") from None


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotStartError(
            f"{error.filename or folder} cannot be written ({error.strerror}): name another folder."
        ) from None
