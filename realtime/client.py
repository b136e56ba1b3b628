"""A client of ``/api/server`` for other Python processes.

async with Client("http://localhost:3000", key) as realtime:
    await realtime.send_notification_to_user("ada", {"type": "GENERAL", "title": "Hello"})
"""

from types import TracebackType
from typing import Self

import aiohttp

from realtime.api import Api, CallRefused, Json

__all__ = ["CallRefused", "Client"]


class Client(Api):
    """Calls a realtime server at ``url`` with a server key; ``timeout`` is in seconds.

    Besides CallRefused a call raises what aiohttp raises when there is no answer: whether it was
    done is then unknown, and calling again is safe with the same ``idempotency_key``.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 30.0) -> None:
        self._url = url.rstrip("/")
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"},
            timeout=aiohttp.ClientTimeout(total=timeout),
        )

    async def call(
        self, method: str, path: str, body: Json = None, idempotency_key: str | None = None
    ) -> Json:
        """See ``Api``."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        async with self._http.request(
            method, self._url + path, json=body, headers=headers, allow_redirects=False
        ) as response:
            answer = await response.json(content_type=None)
        if response.status >= 300:
            raise _refusal(response.status, answer)
        return answer["data"]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _refusal(status: int, answer: Json) -> CallRefused:
    told = answer if isinstance(answer, dict) else {}
    return CallRefused(status, told.get("error", "no reason was given"), told.get("field"))
