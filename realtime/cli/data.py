"""The commands about data: bring it, take it away, hand out or forget one person's."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from realtime.cli.options import ConfigFile
from realtime.config import Config, load, with_secret

user = typer.Typer(no_args_is_help=True, help="One person's data: hand it out, or forget it.")

UserId = Annotated[str, typer.Argument(metavar="USER", help="The user's id.")]


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command(name="import")(bring)
    app.command(name="export")(take)
    app.add_typer(user, name="user")


def bring(
    *,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Folders, files like users.csv, or a .toml of queries."
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be imported; write nothing.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Import users, conversations, members, messages, reads and notifications.

    Each is a file of JSON lines or CSV, named after what it has. All of it is checked first, and
    every mistake is told with its file and line; then nothing is imported. What is there already
    stays, so an import that was interrupted is simply started again. docs/importing.md has the
    columns. Exit code 0 if all is well, else 1.
    """
    from realtime.cli import importing  # noqa: PLC0415 -- drivers are slow to import

    found = asyncio.run(importing.bring(load(config, os.environ), paths, dry_run=dry_run))
    for line in found.said:
        typer.echo(line)
    for line in found.mistakes:
        typer.echo(line, err=True)
    if found.mistakes:
        sys.exit(1)


def take(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files are put.")],
    config: ConfigFile = None,
) -> None:
    """Write all users, conversations, members, messages, reads and notifications to files.

    `realtime import FOLDER` takes them, also on another kind of database.
    """
    from realtime.cli import importing  # noqa: PLC0415 -- drivers are slow to import

    for line in asyncio.run(importing.take(load(config, os.environ), folder)):
        typer.echo(line)


@user.command(name="export")
def export_user(whose: UserId, config: ConfigFile = None) -> None:
    """Print all that is kept of a person as JSON: what a request under the GDPR asks for."""
    from realtime.cli import persons  # noqa: PLC0415 -- a node is slow to import

    typer.echo(asyncio.run(persons.export(_ready(config), whose)))


@user.command(name="delete")
def delete_user(
    *,
    whose: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFile = None,
) -> None:
    """Forget a person: what she was called, what she said and was told.

    What is left is in docs/server-api.md. With Redis all nodes hear of it at once; without it, a
    server that runs meanwhile remembers for a second.
    """
    if not yes:
        typer.confirm(f"Forget {whose} for ever?", abort=True, err=True)
    from realtime.cli import persons  # noqa: PLC0415 -- a node is slow to import

    typer.echo(asyncio.run(persons.delete(_ready(config), whose)))


def _ready(file: Path | None) -> Config:
    """As a node needs it."""
    ready, _ = with_secret(load(file, os.environ))
    return ready
