"""A test's world: its nodes, its database, its people."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import Any

from tests.between import Between
from tests.frontend import Frontend
from tests.frontends import ORIGINS, Frontends
from tests.nodes import InProcess, Process, environment
from tests.rest import Rest
from tests.tokens import token

Node = InProcess | Process


def port(node: Node) -> int:
    """On which it listens."""
    return int(node.url.rpartition(":")[2])


class Cluster:
    """Nodes on one database (and one Redis, where `redis_url` is given), and their frontends."""

    def __init__(
        self, folder: Path, frontends: Frontends, database_url: str | None, **settings: Any
    ) -> None:
        self.folder = folder
        self.frontends = frontends
        self.database_url = database_url
        """PostgreSQL's, or None for SQLite in `folder`."""
        self.settings = settings
        """What every node is started with; a test may change it before its first node."""
        self.nodes: list[Node] = []

    def meets_in(self, redis_url: str) -> None:
        """Let its nodes be one in this Redis, where nobody else meets; before the first node."""
        prefix = f"{secrets.token_hex(8)}:"
        self.settings |= {"redis_url": redis_url, "redis__prefix": prefix}
        self.frontends.between = Between(redis_url, prefix)

    async def node(self, **settings: Any) -> InProcess:
        """A node in this process; the second one at the same time must be a `process`."""
        here = [node for node in self.nodes if isinstance(node, InProcess) and node.running]
        assert not here, "a second node in this process: use cluster.process()"
        node = InProcess(self._variables(settings))
        self.nodes.append(node)
        await node.start()
        return node

    async def process(self, *options: str, module: str = "realtime", **settings: Any) -> Process:
        """A node in a process of its own, ready; `options` are those of `serve`."""
        node = Process(self._variables(settings), *options, module=module)
        self.nodes.append(node)
        await node.start()
        return node

    def _variables(self, settings: dict[str, Any]) -> dict[str, str]:
        return environment(self.folder, self.database_url, {**self.settings, **settings})

    async def frontend(
        self, node: Node, user: str | int, dialect: str | None = None, **options: Any
    ) -> Frontend:
        """`user` at `node`; her dialect is her origin's. Options as `Frontends.open`."""
        return await self.frontends.connect(node.url, **self._options(user, dialect, options))

    def person(
        self, node: Node, user: str | int, dialect: str | None = None, **options: Any
    ) -> Rest:
        """`user` without a socket: REST only."""
        return self.frontends.person(node.url, **self._options(user, dialect, options))

    def _options(
        self, user: str | int, dialect: str | None, options: dict[str, Any]
    ) -> dict[str, Any]:
        headers = dict(options.pop("headers", None) or {})
        if dialect is not None:
            headers.setdefault("Origin", ORIGINS[dialect])
        options.setdefault("token", token(user, name=str(user).capitalize()))
        return {"dialect": dialect or "conversations", "headers": headers, **options}

    async def stop(self) -> None:
        """Stop every node, the latest first."""
        for node in reversed(self.nodes):
            await node.stop()
        self.nodes.clear()


def copied(template: Path, folder: Path) -> None:
    """A migrated SQLite data folder of one's own."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
