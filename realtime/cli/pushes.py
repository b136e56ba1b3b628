"""The commands about pushes: try one, and say what became of another."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from realtime.cli.errors import end
from realtime.cli.options import ConfigFile
from realtime.config import load


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command()(push)
    app.command()(explain)


def push(
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Whose browsers.")] = None,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What they show.")] = "It works.",
    config: ConfigFile = None,
) -> None:
    """Push a text to each browser of a user, and say what each push service answered.

    It goes out whether she is away or not, and whatever she wishes. Without a user: how push is
    doing, and what is wrong with it. Exit code 0 if a service took it, or nothing is wrong.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- encryption is slow to import

    chosen = load(config, os.environ)
    if user is None:
        held, problems = asyncio.run(pushing.found(chosen))
        typer.echo(f"Push is {held}.")
        if problems:
            end(*problems)
        return
    if not asyncio.run(pushing.try_it(chosen, user, text, typer.echo)):
        sys.exit(1)


def explain(
    user: Annotated[str, typer.Argument(metavar="USER", help="Who was pushed it, or was not.")],
    message: Annotated[str | None, typer.Option(metavar="ID", help="A message.")] = None,
    notification: Annotated[str | None, typer.Option(metavar="ID", help="A notification.")] = None,
    config: ConfigFile = None,
) -> None:
    """Say why a user was pushed a message or a notification, or why not.

    Decisions are kept for a day. Exit code 1 if nobody knows of it.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- the models come with it

    chosen = load(config, os.environ)
    for sentence in asyncio.run(pushing.explained(chosen, user, message, notification)):
        typer.echo(sentence)
