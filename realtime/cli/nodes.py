"""The commands of whoever runs nodes: serve, work, migrate, and put nginx before them."""

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.cli.options import ConfigFile
from realtime.config import Config, load, with_secret

if TYPE_CHECKING:
    from realtime.cli.handover import Predecessor


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command()(serve)
    app.command()(worker)
    app.command()(migrate)
    app.command()(nginx)


def serve(
    *,
    config: ConfigFile = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on; else HOST, else every one."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", help="Port to listen on, 0 for a free one; else PORT, else 3000."
        ),
    ] = None,
    production: Annotated[
        bool,
        typer.Option("--production", help="Make up no secret, allow no origin unasked, log JSON."),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Take the port over from the process that serves it, if one does."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Serve with so many processes, as with one node for each; SIGHUP renews them.",
        ),
    ] = None,
    worker: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start the server and say where it is.

    Without JWT_SECRET, on this machine alone, it makes a development secret and prints two tokens
    and a line to try. SQLite is migrated first; for PostgreSQL run `realtime migrate` before.
    SIGTERM or Ctrl-C sends the clients away, finishes what is under way and ends with exit code 0
    within 8 seconds; a second Ctrl-C ends at once.
    """
    chosen = load(config, os.environ, host=host, port=port, production=production or None)
    ready, secret_file = with_secret(chosen)
    if worker is not None:
        _be_a_worker(worker, ready)
        return
    if workers is not None:
        if replace:
            raise typer.BadParameter("it is SIGHUP that renews workers", param_hint="--replace")
        given = {"--config": config, "--host": host, "--port": port}
        options = [f"{name}={value}" for name, value in given.items() if value is not None]
        options += ["--production"] if production else []
        sys.exit(_keep_workers(workers, ready, secret_file, options))
    from realtime.cli import ports  # noqa: PLC0415 -- no other command listens

    before = _predecessor(ready) if replace else None
    listening = before.listening if before is not None else ports.opened(ready)
    import_sparingly()
    # All the rest, for which clients may wait.
    from realtime.cli import serving, stopping  # noqa: PLC0415

    serving.serve(ready, secret_file, listening, before)
    stopping.end()


def _keep_workers(count: int, config: Config, secret_file: Path | None, options: list[str]) -> int:
    from realtime.cli import ports, workers  # noqa: PLC0415 -- only a parent needs all of them

    workers.check(config)
    return workers.run(config, secret_file, ports.opened(config), count, options)


def _be_a_worker(worker: str, config: Config) -> None:
    import_sparingly()
    from realtime.cli import serving, stopping  # noqa: PLC0415 -- slow to import
    from realtime.cli.parent import Parent  # noqa: PLC0415 -- slow to import

    parent = Parent.of(worker)
    serving.serve(parent.named(config), None, parent.listening, parent=parent)
    stopping.end()


def import_sparingly() -> None:
    """Make what a node imports cost little, before it does."""
    from realtime.cli import sparing  # noqa: PLC0415 -- only before a node's own imports

    gc.disable()  # what is imported stays: looking for garbage takes a fifth of a start
    sparing.spare()


def _predecessor(config: Config) -> "Predecessor | None":
    from realtime.cli import handover  # noqa: PLC0415 -- the port is to open before it has logs

    return handover.predecessor(config.data_dir, config.port)


def worker(
    metrics: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="A port for its own /metrics.", min=1, max=65_535),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Send what leaves this house: web pushes to people who are away, and webhooks.

    Run one or several beside nodes that share a Redis, with the same settings; each is sent by one
    of them. A node without a Redis sends by itself, and this then only waits. SIGTERM or Ctrl-C
    ends it with exit code 0.
    """
    import_sparingly()
    from realtime.cli import working  # noqa: PLC0415 -- all that a node has

    working.work(load(config, os.environ), metrics)


def migrate(config: ConfigFile = None) -> None:
    """Bring the database's schema up to date.

    Running it again changes nothing. On PostgreSQL only one node at a time migrates.
    """
    from realtime.cli import database  # noqa: PLC0415 -- drivers are slow to import

    applied = asyncio.run(database.migrate(load(config, os.environ)))
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("The schema is up to date.")


def nginx(
    *,
    nodes: Annotated[
        list[str], typer.Argument(metavar="[NAME=]HOST:PORT...", help="The nodes, for --nodes.")
    ],
    _nodes: Annotated[
        bool, typer.Option("--nodes", help="The nodes follow; unnamed ones are n1, n2, ….")
    ] = False,
    listen: Annotated[
        str, typer.Option(metavar="PORT", help="Port of nginx, or an address with one.")
    ] = "80",
    trust: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Proxies before nginx, to be believed; repeat it."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Print a configuration of nginx for several nodes: all of nginx.conf.

    Each request of a session goes to its node, by the node's name in the session's id; without its
    node, to another one, from which the client learns at once that it has to come anew. Bounds and
    times are those of the nodes' configuration. `realtime nginx --nodes a:3000 b:3000`
    """
    from realtime.cli import proxying  # noqa: PLC0415 -- only ever needed here

    chosen, found = load(config, os.environ), proxying.upstreams(nodes)
    where, proxies = proxying.listening(listen), proxying.trusted(trust or ())
    typer.echo(proxying.configuration(chosen, found, listen=where, proxies=proxies), nl=False)
