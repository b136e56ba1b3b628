"""How a backend calls the server API, and what it can ask of all nodes at once."""

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import quote, urlencode

UserId = str | int
Json = Any

PREFIX = "/api/server"
"""Before the path of every call: the application's own door."""


class Calling(ABC):
    """Whoever can call; the calls that look at all nodes, and act on one of theirs."""

    @abstractmethod
    async def call(
        self, method: str, path: str, body: Json = None, idempotency_key: str | None = None
    ) -> Json:
        """Any call of ``/api/server``: the answer's ``data``."""

    async def list_nodes(self, *, cursor: str | None = None, limit: int = 50) -> Json:
        """Every process of the server, as it is now; those that did not answer are ``missing``."""
        return await self.call("GET", paged(f"{PREFIX}/nodes", cursor, limit))

    async def list_connections(
        self, *, cursor: str | None = None, limit: int = 50, **those: str
    ) -> Json:
        """Who is connected, user by user: all, or those of a ``user``, in a ``room``, or
        ``slow="true"``."""
        return await self.call("GET", paged(f"{PREFIX}/connections", cursor, limit, **those))

    async def disconnect_connection(self, sid: str) -> int:
        """Close one connection, on whichever node it is; gives how many that were."""
        path = f"{PREFIX}/connections/{part(sid)}/disconnect"
        return int((await self.call("POST", path))["connections"])

    async def list_rooms(self, *, cursor: str | None = None, limit: int = 50, **those: str) -> Json:
        """Rooms in which somebody is: all, or those with ``name`` in their names."""
        return await self.call("GET", paged(f"{PREFIX}/rooms", cursor, limit, **those))

    async def list_troubles(
        self, *, cursor: str | None = None, limit: int = 50, **those: str
    ) -> Json:
        """What the nodes' logs warn of, the newest first: all, or of a ``level``."""
        return await self.call("GET", paged(f"{PREFIX}/troubles", cursor, limit, **those))

    async def list_failures(
        self, kind: str = "push", *, cursor: str | None = None, limit: int = 100
    ) -> Json:
        """What did not reach a push service, or (``webhook``) another backend, newest first."""
        return await self.call("GET", paged(f"{PREFIX}/failures", cursor, limit, kind=kind))

    async def resend_webhook(self, webhook_id: str) -> int:
        """Try a dead webhook for another day; gives how many that were."""
        path = f"{PREFIX}/webhooks/{part(webhook_id)}/resend"
        return int((await self.call("POST", path))["webhooks"])


def paged(path: str, cursor: str | None, limit: int, **more: str) -> str:
    """The address of a page."""
    given = {"limit": limit, **more} | ({} if cursor is None else {"cursor": cursor})
    return f"{path}?{urlencode(given)}"


def part(value: UserId) -> str:
    """A value as a part of a path."""
    return quote(str(value), safe="")
