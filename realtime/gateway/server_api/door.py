"""Lets the application's calls in: by key, within its rate, in its own words, without CORS."""

from collections.abc import Mapping
from time import perf_counter

import structlog
from aiohttp import web

from realtime.calling import PREFIX
from realtime.dialects.base import Json
from realtime.domain.errors import RateLimited, Refused
from realtime.gateway import payloads
from realtime.gateway.metrics import ANSWERED, REQUESTS, UNKNOWN
from realtime.gateway.rest import TEXTS, body_of, json_response, slow_down
from realtime.gateway.server_api.answering import Answering, Asked, query_of, row_of
from realtime.gateway.server_api.keys import Keys
from realtime.gateway.server_api.rows import MissingKey, WrongMethod, table
from realtime.gateway.server_api.way import PATH, Way
from realtime.gateway.work import Work
from realtime.logs import Sparing, where

log = structlog.get_logger(__name__)

IDEMPOTENCY_KEY = "Idempotency-Key"


class ServerDoor:
    """``/api/server/…`` of a node."""

    def __init__(
        self,
        keys: Mapping[str, str],
        answering: Answering,
        work: Work,
        way: Way,
        *,
        body_timeout: float = 30.0,
    ) -> None:
        self._keys = Keys(keys)
        self._answering = answering
        self._work = work
        self._way = way
        self._body_timeout = body_timeout
        self._strangers = Sparing()

    def attach(self, app: web.Application) -> None:
        """Answer everything below the prefix, whatever it is."""
        app.router.add_route("*", PREFIX, self.handle)
        app.router.add_route("*", f"{PREFIX}/{{tail:.*}}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, counted, and one line about it where it is refused or fails."""
        began = perf_counter()
        response = await self._told(request)
        ANSWERED.of[("server",)].add(perf_counter() - began)
        REQUESTS.of["server", *_called(request), str(response.status)] += 1
        return response

    async def _told(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except RateLimited as refused:
            self._log_refusal(request, refused)
            return slow_down(refused)
        except Refused as refused:
            self._log_refusal(request, refused)
            return _refusal(refused)
        except web.HTTPException as error:
            return json_response(_error(TEXTS.get(error.status, error.reason)), error.status)
        except Exception as fault:  # noqa: BLE001 - one line here, and no more there
            log.error(
                "failed_server_call",
                **_where(request),
                error=type(fault).__name__,
                where=where(fault.__traceback__),
            )
            return json_response(_error("Internal server error"), 500)

    def _log_refusal(self, request: web.Request, refused: Refused) -> None:
        more = self._strangers.facts() if isinstance(refused, MissingKey) else {}
        if more is not None:
            reason = type(refused).__name__
            log.warning("refused_server_call", **_where(request), reason=reason, **more)

    async def _answer(self, request: web.Request) -> web.Response:
        caller = self._keys.name_of(request.headers.get("Authorization"))
        if caller is None:
            raise MissingKey
        await self._answering.allow(caller)
        if request.path == PATH and request.method == "GET":
            return json_response(self._way.told(request))
        asked = Asked(
            caller=caller,
            method=request.method,
            path=request.rel_url.raw_path,
            body=payloads.json_value(await body_of(request, self._body_timeout)),
            query=query_of(request.query.items()),
            idempotency_key=request.headers.get(IDEMPOTENCY_KEY),
        )
        answer = await self._work.run(self._answering.answer(asked))
        return json_response(answer.body, answer.status)


def _called(request: web.Request) -> tuple[str, str]:
    """Method and path of the row that is called: names from the table, not from the caller."""
    try:
        row, _ = row_of(request.method, request.rel_url.raw_path)
    except Refused:
        return UNKNOWN, UNKNOWN
    return row.method, row.path


def _refusal(refused: Refused) -> web.Response:
    status, _, body = table.refusal(refused)
    response = json_response(body, status)
    if isinstance(refused, MissingKey):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refused, WrongMethod):
        response.headers["Allow"] = refused.allowed
    return response


def _error(text: str) -> Json:
    return {"error": text}


def _where(request: web.Request) -> dict[str, str]:
    return {"method": request.method, "path": request.path}
