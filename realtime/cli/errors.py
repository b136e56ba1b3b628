"""What ends a command with sentences instead of a stack trace."""

import sys
from typing import NoReturn

import typer


class CannotStartError(Exception):
    """What is in the way is outside the configuration: a taken port, an old schema."""


def end(*sentences: str) -> NoReturn:
    """Say what is wrong, and end the process with exit code 1."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    sys.exit(1)
