"""Follows a call: from REST or a socket to the commit, the fan-out, and the delivery."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from opentelemetry.trace import SpanKind, Status, StatusCode

from realtime.calling import PREFIX as SERVER_API
from realtime.domain.errors import Refused
from realtime.domain.events import Announce, Event, MessageSent
from realtime.domain.ports import Draft, Writer, Written
from realtime.gateway.metrics import UNKNOWN
from realtime.gateway.server_api.answering import row_of
from realtime.gateway.sockets import Sockets
from realtime.stores.writer import GroupWriter
from realtime.stores.writer.batch import Batch
from realtime.stores.writer.commit import Commit
from realtime.tracing.spans import Spans, of_request
from realtime.tracing.untraced import Hear, Untraced
from realtime.transport import Server
from realtime.transport.tracing import Trace

UNFOLLOWED = ("/socket.io/", "/healthz", "/readyz", "/metrics")
"""Paths whose requests are no calls: polls, WebSockets, and who looks whether all is well."""

Carried = dict[object, str]
"""What each message that is being stored is part of, by its id."""


class Traced(Untraced):
    """Follows all that there is to follow."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self.trace: Trace | None = spans
        self._carried: Carried = {}

    def fan_out(self, hear: Hear) -> Hear:
        """See ``Untraced``."""

        def traced(event: Event) -> None:
            with self._spans.span(f"fan-out {type(event).__name__}"):
                hear(event)

        return traced

    def stored(self, announce: Announce) -> Announce:
        """See ``Untraced``. The writer tells of each message in a task of its own."""

        def traced(event: Event) -> None:
            message = event.message.id if isinstance(event, MessageSent) else None
            with self._spans.continued(self._carried.get(message)):
                announce(event)

        return traced

    def writer(self, writer: GroupWriter) -> Writer:
        """See ``Untraced``."""
        writer.commit_through(lambda commit: TracedCommit(commit, self._spans, self._carried))
        return TracedWriter(writer, self._spans, self._carried)

    def attach(self, app: web.Application, server: Server, sockets: Sockets) -> None:
        """See ``Untraced``."""
        app.middlewares.insert(0, self._calls)
        server.trace_with(self._spans)
        names = sockets.events()
        sockets.hear_through(lambda hear: self._events(hear, names))

    def _events(self, hear: Callable[..., Awaitable[Any]], names: frozenset[str]) -> Any:
        async def traced(event: str, sid: str, *args: Any) -> Any:
            name = event if event in names else UNKNOWN
            facts = {"messaging.system": "socket.io", "realtime.socket": sid}
            with self._spans.begun(f"event {name}", facts, kind=SpanKind.SERVER) as span:
                answer = await hear(event, sid, *args)
                if isinstance(answer, dict) and answer.get("success") is False:
                    span.set_attribute("realtime.refused", True)
                return answer

        return traced

    @web.middleware
    async def _calls(
        self, request: web.Request, handler: Callable[..., Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path.startswith(UNFOLLOWED):
            return await handler(request)
        route = _route(request)
        facts = {"http.request.method": request.method, "http.route": route}
        parent = of_request(request.headers)
        name = f"{request.method} {route}"
        with self._spans.begun(name, facts, kind=SpanKind.SERVER, parent=parent) as span:
            response = await handler(request)
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= 500:
                span.set_status(Status(StatusCode.ERROR))
            return response


class TracedWriter:
    """Writer of ``domain/ports.py``, in front of the one that stores."""

    def __init__(self, writer: GroupWriter, spans: Spans, carried: Carried) -> None:
        self._writer = writer
        self._spans = spans
        self._carried = carried
        self.well = writer.well

    async def write(self, draft: Draft) -> Written:
        """See ``Writer``."""
        facts = {"realtime.message": str(draft.id)}
        with self._spans.span("store message", **facts):
            carried = self._spans.current()
            if carried is None:
                return await self._writer.write(draft)
            self._carried[draft.id] = carried
            try:
                return await self._writer.write(draft)
            finally:
                # Her own waiting may have been cancelled; what was told by now was told.
                self._carried.pop(draft.id, None)


class TracedCommit(Commit):
    """Stores batches, and says of each message how long that took."""

    def __init__(self, commit: Commit, spans: Spans, carried: Carried) -> None:
        self.distrust, self.try_again = commit.distrust, commit.try_again
        self.bad_text, self.doubt = commit.bad_text, commit.doubt
        self._commit = commit
        self._spans = spans
        self._carried = carried

    async def at_once(self, batch: Batch) -> None:
        """See ``Commit``."""
        await self._timed(batch, self._commit.at_once(batch))

    async def carefully(self, batch: Batch, *, again: bool) -> None:
        """See ``Commit``."""
        await self._timed(batch, self._commit.carefully(batch, again=again))

    async def _timed(self, batch: Batch, storing: Awaitable[None]) -> None:
        began, failed = time.time_ns(), True
        try:
            await storing
            failed = False
        finally:
            self._tell(batch, began, failed=failed)

    def _tell(self, batch: Batch, began: int, *, failed: bool) -> None:
        ended = time.time_ns()
        facts = {"realtime.batch": len(batch.entries), "realtime.failed": failed}
        for entry in batch.entries:
            carried = self._carried.get(entry.draft.id)
            # What is left open goes another way, in another commit.
            if carried is not None and (failed or entry.outcome is not None):
                self._spans.past("commit", carried, began, ended, facts)


def _route(request: web.Request) -> str:
    """The pattern of a path, never the path itself: it has ids in it."""
    if request.path.startswith(SERVER_API):  # one route of aiohttp's, many of a table's
        with suppress(Refused):
            return row_of(request.method, request.rel_url.raw_path)[0].path
        return UNKNOWN
    resource = request.match_info.route.resource
    return UNKNOWN if resource is None else resource.canonical
