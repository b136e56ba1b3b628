"""Secrets that can be guessed: who holds one token can try all short secrets at home."""

from collections.abc import Iterator

from realtime.config.settings import Config

GOOD = 32
"""Bytes that RFC 7518, section 3.2 asks for: as many bits as the hash of HS256 has."""

LEAST = 16
"""Bytes below which a secret is no secret in production."""


def short(config: Config, bytes_wanted: int) -> list[str]:
    """The secrets with fewer bytes, by the names under which they were set."""
    found = (name for name, secret in secrets(config) if len(secret.encode()) < bytes_wanted)
    return list(dict.fromkeys(found))


def secrets(config: Config) -> Iterator[tuple[str, str]]:
    """Every secret that this deployment chose, with the name under which it was set."""
    if config.jwt.shared_secret and config.jwt.secret:
        yield config.called("jwt", "secret"), config.jwt.secret
    for name, key in config.server.api_keys.items():
        yield config.called("server", "api_keys", name), key
