"""What `serve` prints once it listens: where it is and, in development, how to try it at once."""

import json
from contextlib import suppress
from pathlib import Path

import typer

from realtime.cli import tokens
from realtime.config import Config

_EVERY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 -- compared, not bound
_LIFETIME = 7 * 86_400


def say(config: Config, port: int, secret_file: Path | None) -> None:
    """Print the addresses; with a made-up secret also two tokens and a line to try."""
    found = address(config, port)
    _print(f"Server running on port {port}")
    _print(f"  WebSocket  {found.replace('http', 'ws', 1)}/socket.io/")
    _print(f"  Health     {found}/healthz")
    if secret_file is not None:
        _introduce(config, found, secret_file)


def address(config: Config, port: int) -> str:
    """Where a browser on this machine finds the server."""
    return f"http://{_host(config.host)}:{port}"


def _introduce(config: Config, found: str, secret_file: Path) -> None:
    ada, bob = (1, 2) if config.user_ids == "integer" else ("ada", "bob")
    to_ada = tokens.signed(config, ada, lifetime=_LIFETIME, name="Ada")
    to_bob = tokens.signed(config, bob, lifetime=_LIFETIME, name="Bob")
    body = json.dumps({"receiverId": bob, "content": "Hello"})
    _print(f"\nNo JWT_SECRET is set: the development secret in {secret_file} signs tokens.")
    _print(f"  Token of {ada} (for a week)  {to_ada}")
    _print(f"  Token of {bob} (for a week)  {to_bob}")
    _print(f"\nTry it, a message from {ada} to {bob}:")
    _print(
        f"  curl {found}/api/messages -H 'Authorization: Bearer {to_ada}'"
        f" -H 'Content-Type: application/json' -d '{body}'\n"
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
