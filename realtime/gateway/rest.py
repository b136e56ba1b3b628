"""REST in: aiohttp requests become calls of a dialect's routes, replies become JSON."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import perf_counter
from typing import Any

import orjson
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from realtime.calling import PREFIX as SERVER_API
from realtime.dialects.base import PARAMETER, Dialect, Json, Reply, Request, Route
from realtime.dialects.words import Words
from realtime.domain.actor import Actor
from realtime.domain.errors import InvalidToken, MissingToken, RateLimited, Refused, within_limit
from realtime.gateway import payloads
from realtime.gateway.cors import SOCKET_PATH
from realtime.gateway.identity.callers import ASKED, Callers
from realtime.gateway.listening import MAX_HEAD, REFUSE, head_size
from realtime.gateway.metrics import ANSWERED, REQUESTS, UNKNOWN
from realtime.gateway.work import Work
from realtime.logs import Sparing, where

log = structlog.get_logger(__name__)

ANY_SEGMENT = re.compile(r"\{\w+\}")
READING = frozenset({"GET", "HEAD", "DELETE"})

Called = tuple[Dialect, Route]
Envelope = Callable[[int, str], Json]


class Rest:
    """The routes of all dialects; where several have one, the request's dialect decides."""

    def __init__(
        self,
        callers: Callers,
        dialects: Mapping[str, Dialect],
        words: Words,
        work: Work,
        *,
        body_timeout: float = 30.0,
    ) -> None:
        self._callers = callers
        self._dialects = dialects
        self._words = words
        self._work = work
        self._body_timeout = body_timeout
        self._strangers = Sparing()
        self._patterns: list[tuple[re.Pattern[str], dict[str, Called]]] = []

    def attach(self, app: web.Application) -> None:
        """Answer under every path that a dialect has, in its words, faults included."""
        app.middlewares.extend((self._in_words, self._in_bounds))
        app[REFUSE] = self.refuse
        REQUESTS.begin(*_expected(self._dialects))
        ANSWERED.begin(*((name,) for name in self._dialects))
        for (method, path), routes in sorted(self._by_path().items(), key=_static_first):
            respond = self._respond(routes)
            app.router.add_route(method, path, respond)
            if method == hdrs.METH_GET:
                app.router.add_route(hdrs.METH_HEAD, path, respond)
            self._patterns.append((re.compile(ANY_SEGMENT.sub("[^/]+", path)), routes))

    def _by_path(self) -> dict[tuple[str, str], dict[str, Called]]:
        found: dict[tuple[str, str], dict[str, Called]] = {}
        for dialect in self._dialects.values():
            for route in dialect.routes:
                key = (route.method, _numbered(route.path))
                found.setdefault(key, {})[dialect.name] = (dialect, route)
        return found

    def _respond(self, routes: dict[str, Called]) -> Handler:
        async def respond(request: web.Request) -> web.StreamResponse:
            dialect, route = self._chosen(self._own(request), routes)
            began = perf_counter()
            response = await self._answer(request, dialect, route)
            ANSWERED.of[(dialect.name,)].add(perf_counter() - began)
            REQUESTS.of[dialect.name, route.method, route.path, str(response.status)] += 1
            return response

        return respond

    async def _answer(
        self, request: web.Request, dialect: Dialect, route: Route
    ) -> web.StreamResponse:
        """The route's answer, or in the dialect's words why there is none."""
        try:
            return await self._call(request, dialect, route)
        except RateLimited as refused:
            return slow_down(refused)
        except Refused as refused:
            if isinstance(refused, MissingToken | InvalidToken):
                self._log_refused(request, dialect, refused.reason)
            status, _, body = dialect.refusal(refused, route.refuses)
            return json_response(body, status)
        except web.HTTPException as error:
            return _in_envelope(dialect.envelope, error)
        except Exception as fault:  # noqa: BLE001 - one line here, and no more there
            _log_fault(request, dialect, fault)
            return json_response(dialect.envelope(500, "Internal server error"), 500)

    def _log_refused(self, request: web.Request, dialect: Dialect, reason: str) -> None:
        more = self._strangers.facts()
        if more is not None:
            from_where = {"origin": request.headers.get("Origin"), "address": request.remote}
            log.info("refused call", **_what(request, dialect), reason=reason, **from_where, **more)

    def _chosen(self, own: Dialect, routes: dict[str, Called]) -> Called:
        for name in (own.name, self._callers.default.name, "conversations"):
            if name in routes:
                return routes[name]
        return next(iter(routes.values()))

    def _own(self, request: web.Request) -> Dialect:
        asked = request.query.get(ASKED)
        return self._callers.dialect_of(request.headers.get("Origin"), request.host, asked)

    def _whose(self, request: web.Request) -> Dialect:
        """Whose path it is, whatever the method; of a path that is nobody's, the request's own."""
        return self._of_path(request.path, self._own(request))

    def _of_path(self, path: str, own: Dialect) -> Dialect:
        for pattern, routes in self._patterns:
            if pattern.fullmatch(path):
                return self._chosen(own, routes)[0]
        return own

    async def _call(self, request: web.Request, dialect: Dialect, route: Route) -> web.Response:
        actor = await self._actor(request, route)
        arguments = await self._arguments(request, route)
        # Only one frontend leaves /api out, so such a path tells who calls, like a namespace does
        caller = self._own(request) if request.path.startswith("/api/") else dialect
        asked = Request(actor, self._words, caller.name, self._callers.origin_of(request))
        call = route.handler(asked, *arguments)
        reply: Reply[Json] = await self._work.run(_awaited(call))
        return json_response(reply.payload, reply.status)

    async def _actor(self, request: web.Request, route: Route) -> Actor | None:
        if not route.token:
            return None
        claims = await self._callers.claims_of_request(request, route.further_cookies)
        actor = await self._work.run(self._callers.admit(claims))
        within_limit(await actor.node.limits.take(actor.user_id, ("rest",)))
        return actor

    async def _arguments(self, request: web.Request, route: Route) -> list[Any]:
        if route.adapter is None:
            return []
        given: dict[str, Any] = dict(request.query) if request.method in READING else {}
        if request.can_read_body:
            given |= payloads.json_object(await body_of(request, self._body_timeout))
        names = PARAMETER.findall(route.path)
        given |= {name: request.match_info[f"p{index}"] for index, name in enumerate(names)}
        return [payloads.read(route.adapter, given, integer_ids=self._words.integer_ids)]

    @web.middleware
    async def _in_words(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What aiohttp refuses by itself (no such path, wrong method), in the dialect's shape."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            REQUESTS.of[UNKNOWN, UNKNOWN, UNKNOWN, str(error.status)] += 1
            return _in_envelope(self._shape(request), error)

    @web.middleware
    async def _in_bounds(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What no call may be like, wherever it goes; before anything of its body is read."""
        if head_size(request) > MAX_HEAD:
            raise _HeadTooLarge
        if hdrs.CONTENT_ENCODING in request.headers and not request.path.startswith(SOCKET_PATH):
            raise web.HTTPUnsupportedMediaType
        return await handler(request)

    def _shape(self, request: web.Request) -> Envelope:
        if request.path.startswith(SERVER_API):
            return _bare
        return self._whose(request).envelope

    def refuse(self, status: int, path: str, origin: str | None) -> web.Response:
        """The answer to a request that could not be read, in its dialect's shape as far as that can
        be told."""
        shape: Envelope = _bare
        if not path.startswith(SERVER_API):
            shape = self._of_path(path, self._callers.dialect_of(origin, None)).envelope
        return json_response(shape(status, TEXTS.get(status, TEXTS[400])), status)


class _HeadTooLarge(web.HTTPException):
    status_code = 431


def _expected(dialects: Mapping[str, Dialect]) -> Iterator[tuple[str, str, str, str]]:
    """A dialect, a method and path of it, and a status that it may answer where all is well."""
    for dialect in dialects.values():
        for route in dialect.routes:
            for status in route.statuses:
                yield dialect.name, route.method, route.path, str(status)


def _bare(_status: int, text: str) -> Json:
    return {"error": text}


async def body_of(request: web.Request, seconds: float) -> bytes:
    """A request's body. Raises HTTPRequestTimeout where it does not come, HTTPBadRequest where it
    breaks off."""
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ConnectionError, web.RequestPayloadError):
        raise web.HTTPBadRequest from None


def json_response(body: Json, status: int = 200) -> web.Response:
    """JSON as compact as the socket's."""
    return web.Response(
        body=_encoded(body), status=status, content_type="application/json", charset="utf-8"
    )


def _encoded(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # A refusal that repeats what was sent: half of a cut emoji, a number of 30 digits
        return json.dumps(body, separators=(",", ":")).encode()


TEXTS = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    413: "Payload too large",
    415: "Compressed bodies are not accepted",
    431: "Request head is too large",
    500: "Internal server error",
}


def _in_envelope(envelope: Envelope, error: web.HTTPException) -> web.Response:
    text = TEXTS.get(error.status, error.reason)
    response = json_response(envelope(error.status, text), error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def slow_down(refused: RateLimited) -> web.Response:
    """What a caller gets who calls too often, in every dialect and at the application's door."""
    seconds = refused.whole_seconds
    message = f"Rate limit exceeded. Try again in {seconds} seconds."
    body = {"error": "Too Many Requests", "message": message, "retryAfter": seconds}
    response = json_response(body, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _log_fault(request: web.Request, dialect: Dialect, fault: Exception) -> None:
    at = where(fault.__traceback__)
    log.error("failed request", **_what(request, dialect), error=type(fault).__name__, where=at)


def _what(request: web.Request, dialect: Dialect) -> dict[str, str]:
    return {"method": request.method, "path": request.path, "dialect": dialect.name}


def _numbered(path: str) -> str:
    """A path with its parameters numbered: dialects name them differently."""
    numbers = iter(range(path.count("{")))
    return PARAMETER.sub(lambda _: f"{{p{next(numbers)}}}", path)


def _static_first(item: tuple[tuple[str, str], Any]) -> tuple[list[bool], str]:
    """Static segments win over parameters."""
    (_, path), _ = item
    return [segment.startswith("{") for segment in path.split("/")], path


async def _awaited(call: Awaitable[Any]) -> Any:
    return await call
