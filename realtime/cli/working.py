"""A worker as a process: it hears the nodes, sends what the outbox has, and stops on SIGTERM."""

import asyncio

import structlog
import typer
from aiohttp import web

from realtime import app, logs
from realtime.cli import database, serving, stopping
from realtime.config import Config

log = structlog.get_logger(__name__)

READY = "The worker sends what is due."
IDLE = (
    "Nothing to do: without REDIS_URL `realtime serve` sends by itself. This waits until it is"
    " stopped."
)


def work(config: Config, metrics_port: int | None = None) -> None:
    """Work until a signal, with `/metrics` at a port if one is given. Raises CannotStartError."""
    logs.configure(config.log_format, config.logs.level)
    with asyncio.Runner(loop_factory=serving.loop_factory()) as runner:
        runner.run(_work(config, metrics_port))


async def _work(config: Config, metrics_port: int | None) -> None:
    stop = stopping.Stop()
    if config.alone:
        serving.settle()
        typer.echo(IDLE)
        await stop.asked()
        return
    await database.prepare(config)
    runner = web.AppRunner(app.build_worker(config, metrics_port))
    with database.told(config), serving.metrics_told("--metrics"):
        await runner.setup()
    serving.settle()
    typer.echo(READY)
    await stop.asked()
    log.info("stopping")
    await runner.cleanup()
    log.info("stopped")
