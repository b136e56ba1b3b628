"""Fetches the real socket.io-client for the demo page, which has to serve it itself.

It comes by pip, like all that the server runs on, so that no Node is needed: a wheel on PyPI
carries the authors' own build, and its checksum says that it is theirs.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from realtime.cli.errors import CannotStartError
from realtime.gateway.demo.client import CLIENT

VERSION = "4.8.1"
"""Of socket.io-client."""

_WHEEL = "nicegui==3.18.0"
_MEMBER = "nicegui/static/socket.io.min.js"
_SHA256 = "b0e735814f8dcfecd6cdb8a7ce95a297a7e1e5f2727a29e6f5901801d52fa0c5"
"""Of `dist/socket.io.min.js` in the npm package of that version."""


def fetched(client: Path = CLIENT) -> bool:
    """Put the client where the page finds it; False if it was there already.

    Raises CannotStartError where it cannot be had or kept.
    """
    if client.is_file() and _is_ours(client.read_bytes()):
        return False
    script = _downloaded()
    try:
        client.parent.mkdir(parents=True, exist_ok=True)
        draft = client.with_suffix(f".{os.getpid()}")
        draft.write_bytes(script)
        draft.replace(client)
    except OSError as error:
        raise CannotStartError(
            f"The demo's client cannot be kept in {client.parent} ({error.strerror}): make that"
            " folder writable, or use an environment of your own."
        ) from None
    return True


def _downloaded() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        wanted = ["--no-deps", "--only-binary", ":all:", "--dest", folder, _WHEEL]
        done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        wheel = next(Path(folder).glob("*.whl"), None)
        if done.returncode or wheel is None:
            said = done.stderr.strip().splitlines() or ["pip says nothing"]
            raise CannotStartError(
                f"The demo's client cannot be downloaded ({said[-1]}): everything else works"
                " without it; try `realtime demo` again later."
            )
        return _taken(wheel)


def _taken(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as files:
        script = files.read(_MEMBER)
    if not _is_ours(script):
        raise CannotStartError(
            f"{_MEMBER} in {_WHEEL} is not socket.io-client {VERSION}: it is not used."
        )
    return script


def _is_ours(script: bytes) -> bool:
    return hashlib.sha256(script).hexdigest() == _SHA256
