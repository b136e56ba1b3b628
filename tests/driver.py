"""The Node process with the real socket.io-clients: orders in, reports out, by socket id."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import itertools
import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.missing import missing
from tests.patience import PATIENCE

FOLDER = Path(__file__).parent / "node"
VERSIONS = ("4.0", "4.4", "4.6", "4.7", "4.8")
NEWEST = VERSIONS[-1]

Report = dict[str, Any]
Listener = Callable[[Report], None]


def node() -> str:
    """The path of `node`, or a skip that says how to get it."""
    return shutil.which("node") or missing(
        "Node.js", "apt install nodejs npm, or brew install node"
    )


def install_clients() -> None:
    """Install the locked clients when they are missing or older than the lock (`npm ci`).

    One process at a time: two at once would remove what the other unpacks.
    """
    with (FOLDER / "package.json").open() as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        _install()


def _install() -> None:
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = shutil.which("npm") or missing("npm", "apt install npm, or brew install node")
    command = [npm, "ci", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=FOLDER, check=True, capture_output=True)
    installed.touch()


def encode(order: object) -> str:
    """One line of JSON; bytes become `{"$binary": base64}`."""
    return json.dumps(order, default=lambda raw: {"$binary": base64.b64encode(raw).decode()})


def decode(line: bytes | str) -> Any:
    """The other way round; lone surrogates survive, as JSON has them escaped."""

    def unpack(found: dict[str, Any]) -> Any:
        return base64.b64decode(found["$binary"]) if found.keys() == {"$binary"} else found

    return json.loads(line, object_hook=unpack)


class Driver:
    """One Node process for the whole session; a thread hands its reports to the test's loop."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [node(), str(FOLDER / "driver.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=FOLDER,
            text=True,
            start_new_session=True,
        )
        self._listeners: dict[int, tuple[asyncio.AbstractEventLoop, Listener]] = {}
        self._ids = itertools.count(1)
        self._reader = threading.Thread(target=self._read, name="read driver.js", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as reports:
            for line in reports:
                found = decode(line)
                loop, listener = self._listeners.get(found["id"], (None, None))
                if loop is not None and listener is not None and not loop.is_closed():
                    loop.call_soon_threadsafe(listener, found)

    def listen(self, listener: Listener) -> int:
        """A new socket's id; its reports go to the listener, in the running loop."""
        number = next(self._ids)
        self._listeners[number] = (asyncio.get_running_loop(), listener)
        return number

    def order(self, do: str, number: int, **rest: Any) -> None:
        """Tell the Node process what to do with one socket."""
        assert self._child.stdin is not None
        self._child.stdin.write(encode({"do": do, "id": number, **rest}) + "\n")
        self._child.stdin.flush()

    def forget(self, number: int) -> None:
        """Drop a socket for good."""
        self._listeners.pop(number, None)
        self.order("forget", number)

    def stop(self) -> None:
        """End the Node process and with it all that is still open."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(PATIENCE)
        self._reader.join(PATIENCE)
