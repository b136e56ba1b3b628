"""Checks of single values: each returns the normal form or raises ValueError with advice."""

from realtime.stores.urls import normalise, take_apart

_REDIS = {"redis", "rediss", "unix"}


def database_url(given: str | None) -> str | None:
    """A database's URL as our clients need it; it is not shown, for it holds a password."""
    try:
        return None if given is None else normalise(given)
    except ValueError as error:
        raise _unusable(error) from None


def redis_url(given: str | None) -> str | None:
    """The URL of a Redis; it is not shown, for it holds a password."""
    if given is not None and given.partition(":")[0].lower() not in _REDIS:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    try:
        if given is not None:
            take_apart(given)
    except ValueError as error:
        raise _unusable(error) from None
    return given


def _unusable(error: ValueError) -> ValueError:
    """A sentence about a URL, as the end of one that begins with the setting."""
    reason = str(error).removesuffix(".")
    return ValueError(f"cannot be used: {reason[0].lower()}{reason[1:]}")
