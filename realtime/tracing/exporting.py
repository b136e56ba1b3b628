"""Where spans go: to the application's own provider, where it has set one, else over OTLP."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Tracer

from realtime.gateway.settings import TracingSettings

_SECONDS = 2
"""How long a collector may take for what it is sent; a node that stops waits no longer either."""


@asynccontextmanager
async def tracer_of(settings: TracingSettings, node: str) -> AsyncIterator[Tracer]:
    """A tracer for this node."""
    given = trace.get_tracer_provider()
    if isinstance(given, TracerProvider):
        yield given.get_tracer("realtime")
        return
    provider = _provider(settings, node)
    try:
        yield provider.get_tracer("realtime")
    finally:
        await asyncio.to_thread(provider.shutdown)


def _provider(settings: TracingSettings, node: str) -> TracerProvider:
    # Decided by the trace's id, so that all nodes decide alike, whatever a browser asks for.
    share = TraceIdRatioBased(settings.sample)
    sampler = ParentBased(share, remote_parent_sampled=share, remote_parent_not_sampled=ALWAYS_OFF)
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "realtime"}
    resource = Resource.create({**named, SERVICE_INSTANCE_ID: node})
    provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(_address(settings.endpoint), timeout=_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _address(endpoint: str | None) -> str | None:
    """Of the collector's traces; None leaves it to OTEL_EXPORTER_OTLP_ENDPOINT."""
    return None if endpoint is None else f"{endpoint.rstrip('/')}/v1/traces"
