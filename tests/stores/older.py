"""Migration trees as an older version had them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from realtime.stores.migrations import apply, trees
from realtime.stores.urls import is_sqlite


class Older:
    """A copy of the trees, which the product takes for its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now, self._folder = trees.tree("sqlite://x").parent, folder
        self.as_now()
        monkeypatch.setattr(trees, "tree", self._tree)
        monkeypatch.setattr(apply, "tree", self._tree)

    def before(self, number: int) -> None:
        """Know no migration from this one on."""
        for path in self._folder.glob("*/models/[0-9]*_*.py"):
            if int(path.name.partition("_")[0]) >= number:
                path.unlink()

    def as_now(self) -> None:
        """Know all of them."""
        shutil.copytree(self._now, self._folder, dirs_exist_ok=True)

    def _tree(self, url: str) -> Path:
        return self._folder / ("sqlite" if is_sqlite(url) else "postgres")
