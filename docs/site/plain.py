"""Takes what furo writes into each page (a script, a style sheet, a few styles) out of it.

A page then runs nothing but the site's own files, and the server can forbid all else
(Content-Security-Policy). Whatever is left in a page after this is a mistake that ends the build.
It also names what a screen reader needs named, and lets the keyboard reach what scrolls.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_SCRIPT = re.compile(r"<script>\s*(.*?)\s*</script>", re.DOTALL)
_STYLE = re.compile(r"<style>\s*(.*?)\s*</style>", re.DOTALL)
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=\"|\son[a-z]+=\"")
_INSTEAD = {
    'style="display: none;"': 'class="not-shown"',
    'style="opacity: 50%"': 'opacity="0.5"',
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="This page" class="toc-drawer',
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
}
_NAMELESS = re.compile(r'<th class="head[^"]*"><p></p></th>')
_FROM_ELSEWHERE = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//')


def setup(app: Any) -> dict[str, bool]:
    """Sphinx asks each extension what it wants."""
    app.connect("build-finished", _made_plain)
    return {"parallel_read_safe": True}


def _made_plain(app: Any, exception: Exception | None) -> None:
    if exception is not None:
        return
    root = Path(app.outdir)
    scripts, styles = set[str](), set[str]()
    for page in root.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        scripts.update(_SCRIPT.findall(text))
        styles.update(_STYLE.findall(text))
        page.write_text(_plain(text, "../" * (len(page.relative_to(root).parts) - 1)), "utf-8")
    (root / "_static" / "theme.js").write_text("\n".join(sorted(scripts)), "utf-8")
    (root / "_static" / "colours.css").write_text("\n".join(sorted(styles)), "utf-8")


def _plain(text: str, up: str) -> str:
    text = _SCRIPT.sub(f'<script src="{up}_static/theme.js"></script>', text)
    text = _STYLE.sub(f'<link rel="stylesheet" href="{up}_static/colours.css">', text)
    for written, instead in _INSTEAD.items():
        text = text.replace(written, instead)
    text = _NAMELESS.sub("<td></td>", text)
    for pattern in (_INLINE, _FROM_ELSEWHERE):
        if found := pattern.search(text):
            raise ValueError(f"The page has {text[found.start() : found.start() + 200]}")
    return text
