"""The documents' helpers inside the server's process: no HTTP, no key, otherwise the same calls.

api = app[realtime.in_process.API]
await api.send_notification_to_user("ada", {"type": "GENERAL", "title": "Hello"})
"""

from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from realtime.api import Api, CallRefused, Json
from realtime.domain.errors import Refused
from realtime.gateway.server_api import Answering, Asked, table
from realtime.gateway.server_api.answering import query_of
from realtime.gateway.work import Work

CALLER = "in-process"
"""What the log calls it; also what keeps its ``idempotency_key`` apart from other callers'."""


class InProcess(Api):
    """The application's door of a node that runs in this process."""

    def __init__(self, answering: Answering, work: Work) -> None:
        self._answering = answering
        self._work = work

    async def call(
        self, method: str, path: str, body: Json = None, idempotency_key: str | None = None
    ) -> Json:
        """See ``Api``. Values may be what orjson takes: datetimes and UUIDs too."""
        path, _, query = path.partition("?")
        asked = Asked(
            caller=CALLER,
            method=method,
            path=path,
            body={} if body is None else _plain(body),
            query=query_of(parse_qsl(query)),
            idempotency_key=idempotency_key,
        )
        try:
            answer = await self._work.run(self._answering.answer(asked))
        except Refused as refused:
            raise _told(refused) from None
        return answer.body["data"]


API = web.AppKey("server_api", InProcess)


def _plain(body: Json) -> Any:
    """As it would arrive over HTTP."""
    try:
        return orjson.loads(orjson.dumps(body))
    except orjson.JSONEncodeError:
        raise CallRefused(400, "Invalid JSON") from None


def _told(refused: Refused) -> CallRefused:
    status, _, body = table.refusal(refused)
    return CallRefused(status, body["error"], body.get("field"))
