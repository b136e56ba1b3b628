"""The secret that development makes up, so that a first start needs no configuration."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from realtime.config.problems import ConfigError
from realtime.config.settings import Config

_FILE = "jwt-secret"


class DevelopmentSecret(NamedTuple):
    """A configuration that can verify tokens, and the file of its secret if that is made up."""

    config: Config
    file: Path | None


def with_secret(config: Config) -> DevelopmentSecret:
    """The configuration with a secret wherever it needs one.

    In development a missing secret is read from the data folder or made there (mode 600). What it
    signs counts nowhere else, so the demo is on then, unless it was turned off.
    Raises ConfigError where it is missing with a database, with Redis or in production:
    every other node and process would refuse tokens signed with a secret of this node's own.
    """
    if config.jwt.secret or not config.jwt.shared_secret:
        return DevelopmentSecret(config, None)
    if not config.development:
        raise ConfigError([missing_secret(config)])
    file = config.data_dir / _FILE
    jwt = config.jwt.model_copy(update={"secret": _kept(file)})
    demo = True if config.demo is None else config.demo
    return DevelopmentSecret(config.model_copy(update={"jwt": jwt, "demo": demo}), file)


def missing_secret(config: Config) -> str:
    """Why there must be a secret, and how to get one."""
    if config.production:
        reason = "in production"
    else:
        shared = "database_url" if config.database_url else "redis_url"
        reason = f"with {config.called(shared)}"
    return (
        f"JWT_SECRET is missing, and {reason} none is made up:"
        " set it to the secret that your application signs its tokens with"
        " (a new one: `openssl rand -hex 32`)."
    )


def _kept(file: Path) -> str:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _create(file)
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            [
                f"The data folder {file.parent} cannot be used ({error.strerror}):"
                " make it writable, or choose another with data_dir."
            ]
        ) from None


def _create(file: Path) -> None:
    """Written aside, then linked into place: two processes at once read one whole secret."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48) + "\n")
    with suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()
