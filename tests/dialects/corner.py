"""The example of docs/dialects.md as a package that lies outside the server's own."""

from __future__ import annotations

from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text(encoding="utf-8")
SHOP = PAGE.partition("```python\n")[2].partition("```")[0]
"""What a reader of the page copies."""


def written(folder: Path) -> Path:
    """A folder for Python's path, with `corner/dialect.py` in it."""
    package = folder / "elsewhere" / "corner"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "dialect.py").write_text(SHOP)
    return package.parent
