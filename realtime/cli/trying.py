"""Commands to try a server with: the demo's client, and a crowd."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from realtime.cli.errors import CannotStartError
from realtime.cli.options import ConfigFile
from realtime.config import ConfigError, load, with_secret

BAR = 24


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command()(demo)
    app.command()(bench)


def demo() -> None:
    """Fetch the real socket.io-client for the demo, the page at / that `realtime serve` names.

    Once for each environment; `make run` does it. The page says so where it is missing.
    """
    from realtime.cli import fetching  # noqa: PLC0415 -- only ever needed here

    state = "is there now" if fetching.fetched() else "was there already"
    typer.echo(f"socket.io-client {fetching.VERSION} {state}.")


def bench(
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The server; else where this would listen.")
    ] = None,
    clients: Annotated[int, typer.Option(min=2, help="How many come; they talk in pairs.")] = 100,
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="What they speak; else the default dialect.")
    ] = None,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second, all together.")] = 200.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="For how long they talk.")] = 10.0,
    config: ConfigFile = None,
) -> None:
    """Let a crowd talk at a running server, and say what was slow, lost or doubled.

    Their tokens are signed with the configured secret, so use the server's own configuration. All
    of them live in this one process: it shows whether a server holds, not how fast it could be. The
    messages stay in the database. Exit code 0 if everything came, once, else 1.
    """
    from realtime.cli import bench as benching  # noqa: PLC0415 -- only ever needed here
    from realtime.cli import tokens, welcome  # noqa: PLC0415
    from realtime.cli.bench.talks import TALKS  # noqa: PLC0415

    ready, _ = with_secret(load(config, os.environ))
    spoken = dialect or ready.dialect
    if spoken not in TALKS:
        raise ConfigError([f'"{spoken}" cannot be benched: choose one of {", ".join(TALKS)}.'])
    plan = benching.Plan(
        url=(url or welcome.address(ready, ready.port)).rstrip("/"),
        dialect=spoken,
        clients=clients - clients % 2,
        rate=rate,
        seconds=seconds,
        integer_ids=ready.user_ids == "integer",
    )
    lifetime = int(seconds) + 3600
    tally = asyncio.run(
        benching.run(plan, lambda id_: tokens.signed(ready, id_, lifetime=lifetime), progress)
    )
    if not tally.connected:
        raise CannotStartError(
            f"Nobody gets in at {plan.url}: does a server listen there, and has it the secret of"
            " this configuration?"
        )
    for line in tally.lines(seconds):
        typer.echo(line)
    sys.exit(0 if tally.well and tally.heard else 1)


def progress(what: str, done: int, of: int) -> None:
    """A bar on standard error, where that is a terminal; it is gone when all is done."""
    if not sys.stderr.isatty():
        return
    full = BAR * done // max(of, 1)
    line = f"\r{what:<11}{'█' * full}{'░' * (BAR - full)} {done} of {of} "
    typer.echo(line if done < of else f"\r{' ' * len(line)}\r", err=True, nl=False)
