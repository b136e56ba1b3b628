"""Which files of the repository are pages of the site, in which order, and how their links go on.

The pages are written for whoever reads the repository; here they are put into one folder, and what
they link that is no page (a configuration, an example) becomes a page that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

ELSEWHERE = {
    "README.md": "readme",
    "BENCHMARKS.md": "benchmarks",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "SECURITY.md": "security",
    "deploy/README.md": "deploy",
    "examples/README.md": "examples",
    "benchmarks/README.md": "measuring",
}
"""The site's name of each page that does not lie in `docs/`."""

ORDER = {
    "Begin": ("tutorial", "connecting", "demo", "guarantees", "comparison"),
    "Connect": (
        *("tokens", "server-api", "webhooks", "examples"),
        *("push", "notifications", "dialects"),
    ),
    "Move here": ("from-node", "importing", "bridges"),
    "Run": (
        *("deploy", "deploying", "scaling", "nodes", "database", "securing"),
        *("doctor", "metrics", "tracing", "admin"),
    ),
    "Understand": ("recovery", "sync", "architecture", "protocol"),
    "Look up": (
        *("settings", "reference/settings", "reference/commands"),
        *("reference/server", "reference/refusals", "reference/logs"),
    ),
    "The project": (
        *("readme", "changelog", "contributing", "security", "testing", "migrations"),
        *("benchmarks", "measuring"),
    ),
}

_LINK = re.compile(r"\[([^\[\]]*)\]\(([^)#:\s]+)(#[^)]*)?\)")
_FILE = re.compile(r"[\w/.-]+\.md")
_ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>', re.MULTILINE)
_KINDS = {
    ".py": "python", ".js": "js", ".mjs": "js", ".sh": "sh", ".toml": "toml", ".yaml": "yaml",
    ".json": "json", ".conf": "nginx", ".service": "ini", ".socket": "ini",
}  # fmt: skip


def sources() -> dict[str, str]:
    """The site's name of each page, by its path in the repository."""
    own = {f"docs/{file.name}": file.stem for file in (ROOT / "docs").glob("*.md")}
    return {**own, **ELSEWHERE, "docs/README.md": "index"}


def staged(folder: Path, dialects: Sequence[str]) -> None:
    """Write all pages, and those of the files that they link, into a folder.

    Each of these dialects has a page beside them.
    """
    names, shown = sources(), set[str]()
    for source, name in names.items():
        text = _rewritten(source, names, shown)
        _write(folder, name, text + (_contents(dialects) if name == "index" else ""))
    for path in shown:
        _write(folder, _file_page(path), "---\norphan: true\n---\n\n" + _shown(path))


def _rewritten(source: str, names: dict[str, str], shown: set[str]) -> str:
    def link(found: re.Match[str]) -> str:
        text, target, anchor = found.groups()
        path = (ROOT / source).parent.joinpath(target).resolve().relative_to(ROOT).as_posix()
        path = f"{path}/README.md" if f"{path}/README.md" in names else path
        if path not in names:
            shown.add(path)
        titled = "" if _FILE.fullmatch(text) else text  # the page's own title goes there
        return f"[{titled}](/{names.get(path) or _file_page(path)}.md{anchor or ''})"

    text = (ROOT / source).read_text(encoding="utf-8")
    return _ANCHOR.sub(r"(\1)=\n\n", _LINK.sub(link, text))


def _file_page(path: str) -> str:
    return f"files/{path}".replace(".", "_")


def _shown(path: str) -> str:
    """A page with a file, or with all files of a folder."""
    place = ROOT / path
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return "\n".join([f"# {path}\n", *_blocks(file for file in files if file.is_file())])


def _blocks(files: Iterator[Path]) -> Iterator[str]:
    for file in files:
        text = file.read_text(encoding="utf-8").rstrip()
        yield f"`{file.relative_to(ROOT)}`\n\n````{_KINDS.get(file.suffix, 'text')}\n{text}\n````\n"


def _contents(dialects: Sequence[str]) -> str:
    """The order of all pages, which the navigation shows."""
    listed = {name for names in ORDER.values() for name in names}
    others = sorted(set(sources().values()) - listed - {"index"})
    own = {"Each dialect": [f"reference/{name}" for name in dialects]}
    trees = (
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n"
        for caption, names in {**ORDER, **own, **({"More": others} if others else {})}.items()
    )
    return "\n" + "\n".join(trees)


def _write(folder: Path, name: str, text: str) -> None:
    file = folder / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
