"""Whether this node follows what happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from realtime.gateway.settings import TracingSettings
from realtime.tracing.untraced import Untraced


@asynccontextmanager
async def tracing(settings: TracingSettings, node: str) -> AsyncIterator[Untraced]:
    """Follow what happens while this goes on, where that is wanted."""
    if not settings.on:
        yield Untraced()
        return
    # Only here: the packages are an extra, and slow to import.
    from realtime.tracing.exporting import tracer_of  # noqa: PLC0415
    from realtime.tracing.spans import Spans  # noqa: PLC0415
    from realtime.tracing.traced import Traced  # noqa: PLC0415

    async with tracer_of(settings, node) as tracer:
        yield Traced(Spans(tracer))
