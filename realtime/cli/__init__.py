"""The command `realtime`; a user's mistake is told in one sentence, with exit code 1."""

import gc
import sys
from typing import Annotated

import typer

from realtime.cli import data, doctor, keys, nodes, pushes, trying, webhooks
from realtime.cli.errors import CannotStartError, end
from realtime.config import ConfigError
from realtime.lines import keep_standard_streams

app = typer.Typer(
    name="realtime",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "A Socket.IO-compatible realtime server: chat, notifications, presence, activity, web push."
        "\n\nFirst try: `realtime serve`, and follow what it prints. Nothing has to be configured;"
        " config.example.toml explains each setting, and each can be an environment variable"
        " (PORT, JWT_SECRET, DATABASE_URL, REDIS_URL, CLIENT_URL, REALTIME_…)."
    ),
)

for each in (nodes, doctor, keys, pushes, data, trying, webhooks):
    each.attach(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 -- only ever needed here

        typer.echo(f"realtime {version('realtime')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which one this is."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; what the user can mend is told in sentences, never as a stack trace."""
    gc.freeze()  # what was imported stays
    gc.enable()
    keep_standard_streams()
    try:
        app()
    except ConfigError as error:
        end(*error.problems)
    except CannotStartError as error:
        end(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
