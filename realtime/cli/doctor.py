"""The commands that say what is wrong: with the configuration, and with a dialect of one's own."""

import asyncio
import json
import os
import sys
from typing import Annotated

import typer

from realtime.cli.errors import end
from realtime.cli.options import ConfigFile
from realtime.config import Config, load

dialect = typer.Typer(no_args_is_help=True, help="Dialects of your own.")


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command()(check)
    app.add_typer(dialect, name="dialect")


def check(
    config: ConfigFile = None,
    production: Annotated[
        bool, typer.Option("--production", help="Check as if for production.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Also try the frontends' way: polling, WebSocket, half a minute of silence.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: a list.")] = False,
) -> None:
    """Say what is wrong with the configuration, and how to mend it.

    Reads it, tries the database and Redis, and prints what this node would do: which origin speaks
    which dialect, who may call with credentials, what is off. With --url it also comes as a
    frontend does, through every proxy, and says what is wrong with the way: certificate, cache,
    origins, addresses, sessions, upgrades, silence. Exit code 0 if all is well, else 1.
    """
    chosen: Config = load(config, os.environ, production=production or None)
    found = asyncio.run(_findings(chosen, url, as_json=as_json))
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    warnings = [str(each["problem"]) for each in found if each["severity"] == "warning"]
    problems = [str(each["problem"]) for each in found if each["severity"] == "error"]
    if as_json:
        sys.exit(1 if problems else 0)
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
    if problems:
        end(*problems)
    typer.echo("\nAll is well.")


async def _findings(
    config: Config, url: str | None, *, as_json: bool
) -> list[dict[str, str | None]]:
    """Every finding; people see each as soon as it is there."""
    from realtime.cli import checking  # noqa: PLC0415 -- drivers are slow to import

    found = []
    async for finding in checking.check(config, url):
        found.append(checking.told(finding))
        if not as_json:
            typer.echo(f"{finding[0]:<11} {finding[1]}")
    return found


@dialect.command(name="check")
def check_dialect(
    module: Annotated[
        str, typer.Argument(metavar="MODULE", help="As Python imports it: shop.dialect")
    ],
) -> None:
    """Say what a dialect of your own has forgotten.

    Looks at its tables as the server's own dialects are tested: each refusal, each type, and every
    event in its words, with ids of both kinds. Exit code 0 if it keeps every promise, else 1.
    """
    from realtime.dialects import contract, loading  # noqa: PLC0415 -- the models come with them

    sys.path.insert(0, "")
    try:
        found = loading.from_module(module)
    except loading.NoDialect as error:
        end(f"{error}.")
    mistakes = list(contract.broken_promises(found.name, found))
    if mistakes:
        end(*(f"{found.name}: {mistake}" for mistake in mistakes))
    typer.echo(f"{found.name} keeps every promise.")
