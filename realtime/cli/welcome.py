"""What `serve` prints once it listens: where it is and, in development, how to try it at once."""

import json
from contextlib import suppress
from pathlib import Path

import typer

from realtime.cli import database, tokens
from realtime.config import Config
from realtime.gateway.demo import people

_EVERY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 -- compared, not bound
_LIFETIME = 7 * 86_400


def say(config: Config, port: int, secret_file: Path | None) -> None:
    """Print the addresses; with a made-up secret also two tokens and a line to try.

    Eight lines at most, so that all of it is seen at once.
    """
    found = address(config, port)
    _print(f"Server running on port {port}")
    if config.demo:
        _print(f"  Open       {found}/  (two people side by side, in every dialect)")
    _print(f"  WebSocket  {found.replace('http', 'ws', 1)}/socket.io/")
    _print(f"  Health     {found}/healthz")
    _print(f"  Data       {database.place(config)}{_signed_by(secret_file)}")
    if secret_file is not None:
        _introduce(config, found)


def _signed_by(secret_file: Path | None) -> str:
    if secret_file is None:
        return ""
    return f"; no JWT_SECRET is set: the development secret in {secret_file} signs tokens"


def address(config: Config, port: int) -> str:
    """Where a browser on this machine finds the server."""
    return f"http://{_host(config.host)}:{port}"


def _introduce(config: Config, found: str) -> None:
    ada, bob, *_ = people(integer_ids=config.user_ids == "integer")
    to_ada, to_bob = (
        tokens.signed(config, each.id, lifetime=_LIFETIME, name=each.name) for each in (ada, bob)
    )
    body = json.dumps({"receiverId": bob.id, "content": "Hello"})
    _print(f"  Token of {ada.id} (for a week)  {to_ada}")
    _print(f"  Token of {bob.id} (for a week)  {to_bob}")
    _print(
        f"  Try it     curl {found}/api/messages -H 'Authorization: Bearer {to_ada}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )


def _host(host: str) -> str:
    """The address as a browser on this machine would write it."""
    if host in _EVERY_ADDRESS:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _print(line: str) -> None:
    """At once: whoever waits for the line reads it through a pipe, unless nobody does."""
    with suppress(OSError):
        typer.echo(line)
