"""A session over polling in plain requests: what a client does, and which node answers it."""

from __future__ import annotations

import json

import aiohttp


class Polled:
    """One session, once `opens` was called; before, its requests are a newcomer's."""

    def __init__(self, http: aiohttp.ClientSession, url: str, sid: str = "") -> None:
        self._http = http
        self._url = f"{url}/socket.io/"
        self.sid = sid

    async def opens(self) -> Polled:
        """Begin it; fails where it is refused."""
        status, body = await self.asks("GET")
        assert status == 200, (status, body)
        self.sid = json.loads(body[1:])["sid"]
        return self

    @property
    def node(self) -> str:
        """The name of the node that has it."""
        return self.sid.partition("-")[0]

    async def asks(self, method: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """A poll or a POST; its status and body."""
        query = {"EIO": "4", "transport": "polling", "token": "a secret of hers"}
        if self.sid:
            query["sid"] = self.sid
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.request(
            method, self._url, params=query, data=body, headers=named
        ) as response:
            return response.status, await response.text()
