"""Files to import, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from realtime.dialects.words import Words
from realtime.stores.archive import checking, files
from realtime.stores.archive.checking import Found
from realtime.stores.archive.kinds import KINDS
from realtime.stores.archive.leaving import Leaving
from realtime.stores.archive.ledger import Ledger
from realtime.stores.archive.storing import Storing
from realtime.stores.database import Database

Rows = Sequence[Mapping[str, Any]]


def written(folder: Path, **kinds: Rows) -> Path:
    """A folder with a file of JSON lines for each kind."""
    folder.mkdir(exist_ok=True)
    for kind, rows in kinds.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{kind}.jsonl").write_text(text)
    return folder


async def brought(
    database: Database,
    *paths: Path,
    progress: Callable[[int], object] = lambda _: None,
    must_exist: bool = False,
) -> tuple[Found, Mapping[str, int]]:
    """What was found in the files; where that was no mistake, they are imported."""
    with closing(Ledger()) as ledger:
        chosen = files.found(paths)
        found = checking.gather(chosen, ledger, integer_ids=False, progress=lambda _: None)
        await checking.check(ledger, chosen, found, must_exist=must_exist)
        storing = Storing(database, ledger, progress)
        if not found.count:
            await storing.everything()
        return found, storing.new


async def taken(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the open database exports, by kind."""
    await Leaving(folder, Words(), lambda _: None).everything()
    return {kind: _rows(folder / f"{kind}.jsonl") for kind in KINDS}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
