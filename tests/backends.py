"""Backends beside this server that emit through Redis, with the packages that they really use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import socketio

from tests.driver import FOLDER, encode, install_clients, node
from tests.patience import PATIENCE


class NodeBackend:
    """A process with `@socket.io/redis-emitter`, or with a server on `@socket.io/redis-adapter`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(
        self,
        do: Literal["emit", "join", "leave", "disconnect", "fetch"],
        *,
        to: Sequence[str | int] = (),
        but: Sequence[str] = (),
        **more: Any,
    ) -> None:
        """Do something, and wait until Redis has it."""
        order = {"do": do, "to": to, "except": but, **more}
        assert self._process.stdin is not None
        self._process.stdin.write(encode(order).encode() + b"\n")
        assert await self._said() == "done"

    async def _said(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def in_node(kind: Literal["emitter", "server"], url: str) -> AsyncIterator[NodeBackend]:
    """A backend in Node.js."""
    await asyncio.to_thread(install_clients)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        node(), "backend.js", kind, url, cwd=FOLDER, stdin=pipe, stdout=pipe
    )
    backend = NodeBackend(process)
    assert await backend._said() == "ready"
    try:
        yield backend
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def in_python(url: str, **options: Any) -> AsyncIterator[socketio.AsyncRedisManager]:
    """A backend that emits with python-socketio in a loop of its own."""
    manager = socketio.AsyncRedisManager(url, write_only=True, **options)
    try:
        yield manager
    finally:
        if manager.redis is not None:
            await manager.redis.aclose()


@asynccontextmanager
async def in_flask(url: str) -> AsyncIterator[Any]:
    """A backend without a loop, which emits as Flask-SocketIO does, on its channel: in a thread."""
    manager = socketio.RedisManager(url, channel="flask-socketio", write_only=True)

    async def emit(*args: Any, **options: Any) -> None:
        await asyncio.to_thread(manager.emit, *args, **options)

    try:
        yield emit
    finally:
        if manager.redis is not None:
            manager.redis.close()
