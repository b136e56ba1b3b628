"""Checks of single values: each returns the normal form or raises ValueError with advice."""

from pathlib import Path

from realtime.stores.urls import normalise, take_apart
from realtime.transport.backplane import places


def database_url(given: str | None) -> str | None:
    """A database's URL as our clients need it; it is not shown, for it holds a password."""
    try:
        return None if given is None else normalise(given)
    except ValueError as error:
        raise _unusable(error) from None


def folder(given: Path) -> Path:
    """A folder that may be there, or be made."""
    if "\0" in str(given):
        raise ValueError("has a NUL in it, as no path has")
    return given


def redis_url(given: str | None) -> str | None:
    """The URL of where nodes meet; it is not shown, for it holds a password."""
    if given is None:
        return None
    try:
        servers = places.servers_of(given)
        for each in servers:
            take_apart(each)
    except ValueError as error:
        raise error if str(error) == places.FORMS else _unusable(error) from None
    places.place(given)
    return given


def _unusable(error: ValueError) -> ValueError:
    """A sentence about a URL, as the end of one that begins with the setting."""
    reason = str(error).removesuffix(".")
    return ValueError(f"cannot be used: {reason[0].lower()}{reason[1:]}")
