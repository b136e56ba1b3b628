"""Bundles what pages need into a script each, with esbuild and the real packages from npm."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.driver import FOLDER, install_clients

MODULES = FOLDER / "node_modules"
OPTIONS = ("--bundle", "--jsx=automatic", "--log-level=warning", "--keep-names")
PRODUCTION = '--define:process.env.NODE_ENV="production"'


def bundled(entries: Sequence[Path], into: Path, *options: str) -> dict[str, bytes]:
    """Each entry's script, by its name without an ending; `options` are esbuild's own."""
    install_clients()
    esbuild = MODULES / ".bin" / "esbuild"
    done = subprocess.run(
        [esbuild, *entries, *OPTIONS, PRODUCTION, *options, f"--outdir={into}"],
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {entry.stem: (into / f"{entry.stem}.js").read_bytes() for entry in entries}
