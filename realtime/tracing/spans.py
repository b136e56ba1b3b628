"""Spans of OpenTelemetry, without what people wrote: an error is told by its kind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from realtime.transport.tracing import Fact

_HEADER = "traceparent"
_PROPAGATOR = TraceContextTextMapPropagator()


class Spans:
    """The transport's ``Trace``, and what the other parts need besides."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def current(self) -> str | None:
        """See ``Trace``."""
        if not _followed():
            return None
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get(_HEADER)

    @contextmanager
    def continued(self, carried: str | None) -> Iterator[None]:
        """See ``Trace``."""
        token = context.attach(_context(carried))
        try:
            yield
        finally:
            context.detach(token)

    @contextmanager
    def span(self, name: str, **facts: Fact) -> Iterator[None]:
        """See ``Trace``."""
        if not _followed():
            yield
            return
        with self.begun(name, facts):
            yield

    @contextmanager
    def begun(
        self,
        name: str,
        facts: Mapping[str, Fact],
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: Context | None = None,
    ) -> Iterator[Span]:
        """A span, the first of its trace where nothing goes on and there is no parent."""
        with self._tracer.start_as_current_span(
            name, parent, kind, facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def past(
        self, name: str, carried: str, began: int, ended: int, facts: Mapping[str, Fact]
    ) -> None:
        """A span of something that is over: from one time to another, in nanoseconds."""
        span = self._tracer.start_span(
            name, _context(carried), attributes=dict(facts), start_time=began
        )
        span.end(ended)


def of_request(headers: Mapping[str, str]) -> Context:
    """What a call's sender says that it is part of."""
    return _context(headers.get(_HEADER))


def _followed() -> bool:
    """Whether what goes on is part of something that is kept."""
    return trace.get_current_span().get_span_context().trace_flags.sampled


def _context(carried: str | None) -> Context:
    """An unreadable one is part of nothing."""
    return _PROPAGATOR.extract({} if carried is None else {_HEADER: carried}, Context())
