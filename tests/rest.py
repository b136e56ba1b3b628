"""A person's HTTP client: bearer token, origin, JSON in and out, everything seen is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.record import SEEN, Answered


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the parsed body (None if empty, the text if no JSON), headers."""

    status: int
    json: Any
    headers: Mapping[str, str]
    text: str

    def __getitem__(self, key: str) -> Any:
        """`answer["data"]` for `answer.json["data"]`."""
        return self.json[key]


def parsed(text: str) -> Any:
    """The JSON in a body, or the body itself."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


class Rest:
    """One person's REST calls to one node; `json` or keywords become the body."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        *,
        token: str | None = None,
        dialect: str = "conversations",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self.token = token
        self.dialect = dialect
        self.headers = dict(headers or {})
        self._http = http

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Any call; `headers` and `token` replace this person's, a header of '' leaves it out."""
        bearer = self.token if token is None else token
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        sent = {**sent, **self.headers, **(headers or {})}
        sent = {name: value for name, value in sent.items() if value}
        async with self._http.request(
            method, self.url + path, json=json, data=data, headers=sent, allow_redirects=False
        ) as response:
            text = await response.text()
        answer = Answer(response.status, parsed(text), response.headers, text)
        call = Answered(self.dialect, method, path.partition("?")[0], response.status)
        SEEN.answer(call, answer.json)
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        """GET; the query stands in the path."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, json: Any = None, /, **fields: Any) -> Answer:
        """POST a JSON body, given whole or as keywords."""
        return await self.request("POST", path, json=fields or json)

    async def put(self, path: str, json: Any = None, /, **fields: Any) -> Answer:
        """PUT a JSON body, given whole or as keywords."""
        return await self.request("PUT", path, json=fields or json)

    async def delete(self, path: str, json: Any = None, /, **fields: Any) -> Answer:
        """DELETE, with a JSON body where one is given."""
        return await self.request("DELETE", path, json=fields or json)
