"""The application's backend, as it calls a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.cluster import Node
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Answer, Rest


class Backend(Rest):
    """The application: `/api/server` stands before every path."""

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        return await super().request(method, f"/api/server{path}", **options)

    async def made(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST it, and expect success: the answer's `data`."""
        options = {"headers": {name.replace("_", "-"): text for name, text in headers.items()}}
        answer = await self.request("POST", path, json=body, **options)
        assert answer.status in (200, 201, 202), answer.text
        return answer["data"]


@pytest.fixture
def backend_of(http: aiohttp.ClientSession) -> Callable[..., Backend]:
    """`backend_of(node)` calls any node; `key` is another key."""

    def make(node: Node, key: str = SERVER_KEY) -> Backend:
        return Backend(http, node.url, token=key, dialect="server")

    return make


@pytest.fixture
def backend(node: InProcess, backend_of: Callable[..., Backend]) -> Backend:
    """The application's backend, calling `node`."""
    return backend_of(node)
