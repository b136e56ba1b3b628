"""Builds the documentation as a site: `make docs`, or `python docs/site/build.py [FOLDER]`.

Without a folder it goes into the package, where a node serves it at /docs and a wheel carries it.
Every warning (a link that leads nowhere, a page that is in no list) is an error.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import knobs
import pages
import speech
import words
from sphinx.cmd.build import main

from realtime.config import ConfigError, load
from realtime.config.dialects import spoken
from realtime.dialects.base import Dialect
from realtime.gateway.server_api import table
from realtime.gateway.site import BUILT

HERE = Path(__file__).parent


def reference(folder: Path, dialects: Mapping[str, Dialect]) -> None:
    """Write the pages that are made from the code."""
    made = {
        "settings": knobs.settings(),
        "commands": knobs.commands(),
        "refusals": words.refusals({**dialects, "server": table}),
        "logs": words.logs(),
        "server": speech.page(table, "The server API, call by call"),
        **{name: speech.page(each, f"The dialect {name}") for name, each in dialects.items()},
    }
    folder.mkdir()
    for name, text in made.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def build(target: Path) -> int:
    """Build the site there; what was there before goes when all is done. Sphinx's exit code.

    Raises ConfigError where a dialect from outside cannot be had.
    """
    dialects = spoken(load(None, os.environ)).dialects
    with tempfile.TemporaryDirectory() as made:
        source, output = Path(made) / "source", Path(made) / "site"
        source.mkdir()
        pages.staged(source, list(dialects))
        reference(source / "reference", dialects)
        code = main(["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE), str(source),
                     "-d", f"{made}/doctrees", str(output)])  # fmt: skip
        if code == 0:
            shutil.rmtree(target, ignore_errors=True)
            ignored = shutil.ignore_patterns(
                ".buildinfo", "_sources", "*.map", ".doctrees", "objects.inv"
            )
            shutil.copytree(output, target, ignore=ignored)
    return code


if __name__ == "__main__":
    try:
        sys.exit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILT))
    except ConfigError as error:
        sys.exit(str(error))
