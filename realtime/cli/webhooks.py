"""The commands about webhooks: how they are doing, and sending dead ones again."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from realtime.cli.options import ConfigFile
from realtime.config import load

webhooks = typer.Typer(
    invoke_without_command=True,
    help="How other backends are told: what waits, what is dead. `resend` tries dead ones again.",
)

Only = Annotated[
    str | None, typer.Option("--endpoint", metavar="NAME", help="Of this endpoint only.")
]


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.add_typer(webhooks, name="webhooks")


@webhooks.callback()
def listed(context: typer.Context, endpoint: Only = None, config: ConfigFile = None) -> None:
    """Say of each endpoint what waits for it, and list what is dead.

    Dead is what an endpoint did not take for a day; it is kept for a month. Exit code 1 if anything
    is late or dead.
    """
    if context.invoked_subcommand is not None:
        return
    from realtime.cli import telling  # noqa: PLC0415 -- the models come with it

    lines, well = asyncio.run(telling.listed(load(config, os.environ), endpoint))
    for line in lines:
        typer.echo(line)
    if not well:
        sys.exit(1)


@webhooks.command()
def resend(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Dead ones, as listed.")
    ] = None,
    endpoint: Only = None,
    config: ConfigFile = None,
) -> None:
    """Try dead webhooks for another day: these, or all, or all of an endpoint.

    Each keeps its webhook-id, and goes before what came later in its conversation.
    """
    from realtime.cli import telling  # noqa: PLC0415 -- the models come with it

    before = context.parent.params if context.parent is not None else {}  # `webhooks --config …`
    chosen = load(config or before.get("config"), os.environ)
    endpoint = endpoint or before.get("endpoint")
    count = asyncio.run(telling.resend(chosen, ids or [], endpoint))
    typer.echo(f"{count} to be sent again." if count else "None of them is dead.")
    if not count:
        sys.exit(1)
