"""A worker's side of its parent (``workers.py``): what it inherits, and the line between them."""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from realtime.app import SERVER
from realtime.cli.stopping import Stop
from realtime.cli.workers import CLOSE_PORT, READY
from realtime.config import Config
from realtime.doors import MONITORS
from realtime.gateway.gathering import Gathering
from realtime.gateway.listening import Runner
from realtime.transport.engineio.siblings import Siblings
from realtime.transport.settings import new_name


class Parent:
    """Who started this process, and serves its port with others like it."""

    def __init__(self, listening: socket.socket, line: socket.socket, folder: Path) -> None:
        self.listening = listening
        self._line = line
        self._folder = folder
        self._siblings: Siblings | None = None
        self._gathering: Gathering | None = None
        self._obeying: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, inherited: str) -> "Parent":
        """From what ``workers.py`` hands over: two descriptors and a folder."""
        listening, line, folder = inherited.split(",", 2)
        for number in (int(listening), int(line)):
            os.set_inheritable(number, False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal's goes to all; the parent acts
        return cls(
            socket.socket(fileno=int(listening)), socket.socket(fileno=int(line)), Path(folder)
        )

    def named(self, config: Config) -> Config:
        """The configuration with a name of this worker's own, which begins with the node's."""
        given = config.node.name
        name = new_name() if given is None else f"{given}.{new_name()}"
        return config.model_copy(update={"node": config.node.model_copy(update={"name": name})})

    async def join(self, runner: Runner, stop: Stop) -> None:
        """Take what comes for this worker's sessions at others, tell what they count together, and
        do what the parent says."""
        server = runner.app[SERVER]
        self._gathering = Gathering(self._folder, server.node)
        await self._gathering.start()
        runner.app[MONITORS].gather_with(self._gathering)
        self._siblings = Siblings(self._folder, server.node)
        self._siblings.start(runner.given)
        server.share_with(self._siblings)
        self._obeying = asyncio.create_task(self._obey(runner, stop), name="parent")

    def ready(self) -> None:
        """Tell the parent that this worker serves."""
        with suppress(OSError):
            self._line.send(READY)

    async def close(self) -> None:
        """Last of all, when no session is left."""
        if self._obeying is not None:
            self._obeying.cancel()
        for each in (self._siblings, self._gathering):
            if each is not None:
                await each.close()
        with suppress(OSError):  # the last one: a parent that was killed could not
            self._folder.rmdir()
        self._line.close()

    async def _obey(self, runner: Runner, stop: Stop) -> None:
        """Stop at its word, or at its end."""
        self._line.setblocking(False)
        with suppress(OSError):
            while await asyncio.get_running_loop().sock_recv(self._line, 1) == CLOSE_PORT:
                await runner.stop_listening()
        stop.ask()
