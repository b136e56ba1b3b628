"""The commands about what is signed: tokens to connect with, and the keys of web push."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from realtime.cli.options import ConfigFile
from realtime.config import Config, load, with_secret


def attach(app: typer.Typer) -> None:
    """Have these commands too."""
    app.command()(token)
    app.command()(vapid)


def token(
    *,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose token to print: the user's id.")
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="Say why this token counts or not; - reads it."),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Her name.")] = None,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="Her address.")] = None,
    avatar: Annotated[str | None, typer.Option(metavar="URL", help="Her picture.")] = None,
    expires: Annotated[
        str, typer.Option(metavar="DURATION", help="How long it counts: 30m, 12h, 7d.")
    ] = "1d",
    config: ConfigFile = None,
) -> None:
    """Print a token to connect with, or say what is wrong with one.

    It is signed with the configured secret, in development with that of `realtime serve`. Your
    application signs its own; --explain verifies one as the server does, and ends with exit code 0
    if it counts, else 1.
    """
    from realtime.cli import tokens  # noqa: PLC0415 -- cryptography is slow to import

    if explain is not None:
        _explain(explain, load(config, os.environ))
        return
    if user is None:
        raise typer.BadParameter("say whose token, or --explain one", param_hint="--user")
    try:
        lifetime = tokens.seconds(expires)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    ready, secret_file = with_secret(load(config, os.environ))
    if secret_file is not None:
        typer.echo(f"Signed with the development secret in {secret_file}:", err=True)
    whose = tokens.user_id(ready, user)
    profile = {"name": name, "email": email, "avatar": avatar}
    typer.echo(tokens.signed(ready, whose, lifetime=lifetime, **profile))


def _explain(given: str, config: Config) -> None:
    from realtime.cli import explaining  # noqa: PLC0415 -- the issuer's keys come over HTTP

    ready, _ = with_secret(config)
    text = sys.stdin.readline() if given == "-" else given
    explained = asyncio.run(explaining.explain(ready, text))
    for line in explained.lines:
        typer.echo(line)
    if not explained.good:
        sys.exit(1)


def vapid(
    contact: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Where push services reach you: an address or https:// page."
        ),
    ] = None,
) -> None:
    """Make a pair of keys for web push, and print it as lines for the environment.

    Make it once: browsers that subscribed with one pair hear nothing from another. The contact must
    exist, or Apple refuses every push; without --contact you are asked for it.
    """
    from realtime.cli import pushing  # noqa: PLC0415 -- cryptography is slow to import

    subject = pushing.contact_of(contact) if contact is not None else pushing.asked_for_contact()
    public, private = pushing.new_pair()
    typer.echo(f"VAPID_PUBLIC_KEY={public}\nVAPID_PRIVATE_KEY={private}")
    typer.echo(f"VAPID_SUBJECT={subject}")
