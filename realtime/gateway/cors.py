"""CORS: what lets an allowed frontend read our answers, refusals and faults included.

A client that cannot read a 401 never renews its token, so the headers are put on where aiohttp
sends an answer, whoever made it. The socket path has its own answers and asks `Origins` itself; the
application's own door, `/api/server/`, is for no browser.
"""

from collections.abc import Sequence

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from realtime.calling import PREFIX as SERVER_API
from realtime.gateway.listening import REFUSE, Refuse
from realtime.origins import Origins

SOCKET_PATH = "/socket.io"

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
READABLE = "Retry-After"
"""What a page may read besides the safe headers: when to try again after a 429."""
MAX_AGE = 600
"""For how many seconds a browser may remember a preflight."""


def install(app: web.Application, origins: Origins, *, elsewhere: Sequence[str] = ()) -> None:
    """Let `origins` read every answer of this application, and answer their preflights.

    Left alone are the server API, the socket path, and what is under the paths `elsewhere`.
    """
    left_alone = (SERVER_API, SOCKET_PATH, *(path.rstrip("/") for path in elsewhere))

    async def put_on(request: web.Request, response: web.StreamResponse) -> None:
        if not _under(request.path, left_alone):
            _let_read(response, origins, request.headers.get(hdrs.ORIGIN))

    @web.middleware
    async def preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_preflight(request) or _under(request.path, left_alone):
            return await handler(request)
        return _preflight(request, origins)

    app.on_response_prepare.append(put_on)
    if REFUSE in app:
        app[REFUSE] = _readable(app[REFUSE], origins, left_alone)
    # First, so that nothing (a token check, a rate limit) stands before the browser's question.
    app.middlewares.insert(0, preflights)


def _readable(refuse: Refuse, origins: Origins, left_alone: Sequence[str]) -> Refuse:
    """Refusals of requests that never came so far as to be prepared, with their headers."""

    def readable(status: int, path: str, origin: str | None) -> web.Response:
        response = refuse(status, path, origin)
        if not _under(path, left_alone):
            _let_read(response, origins, origin)
        return response

    return readable


def _let_read(response: web.StreamResponse, origins: Origins, origin: str | None) -> None:
    _vary(response, hdrs.ORIGIN)
    response.headers.update(answer_headers(origins, origin))


def is_preflight(request: web.BaseRequest) -> bool:
    """Whether a browser asks if its page may send a request (Fetch, "CORS-preflight request")."""
    asked = hdrs.ORIGIN in request.headers and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    return request.method == hdrs.METH_OPTIONS and asked


def answer_headers(origins: Origins, origin: str | None) -> dict[str, str]:
    """The headers of an answer, without `Vary`, which may hold other names already."""
    found = origins.headers_for(origin)
    del found[hdrs.VARY]
    if found:
        found[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = READABLE
    return found


def preflight_headers(origins: Origins, origin: str | None, wanted: str | None) -> dict[str, str]:
    """What a preflight is answered besides `headers_for`; `wanted` are the headers it asks about.

    They are named back, because `*` means nothing where credentials are sent.
    """
    return origins.preflight_for(origin, wanted, METHODS, MAX_AGE)


def _preflight(request: web.Request, origins: Origins) -> web.Response:
    origin = request.headers.get(hdrs.ORIGIN)
    wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
    response = web.Response(status=204, headers=preflight_headers(origins, origin, wanted))
    _vary(response, hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
    return response


def _vary(response: web.StreamResponse, name: str) -> None:
    """Tell caches that the answer depends on this request header."""
    before = response.headers.get(hdrs.VARY)
    named = [part.strip().lower() for part in (before or "").split(",")]
    if name.lower() not in named:
        response.headers[hdrs.VARY] = f"{before}, {name}" if before else name


def _under(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
