"""What a driver's error says about the database, rather than about what was asked of it."""

import sqlite3
from typing import Literal

import asyncpg
from tortoise.exceptions import BaseORMException

Condition = Literal["unreachable", "read-only", "full"]
"""What keeps a database from taking writes."""


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error, out of the one that Tortoise puts around it."""
    if isinstance(error, BaseORMException) and error.args:
        inner = error.args[0]
        return inner if isinstance(inner, Exception) else error
    return error


def is_drivers(error: BaseException) -> bool:
    """Whether the database or the way to it said so, rather than somebody who was using it."""
    postgres = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    return isinstance(driver_error(error), (*postgres, sqlite3.Error, OSError, TimeoutError))


def code(error: BaseException) -> str:
    """Its name, which quotes nothing of a row: ``SQLITE_FULL``, ``DiskFullError 53100``."""
    error = driver_error(error)
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate:
        return f"{name} {error.sqlstate}"
    return getattr(error, "sqlite_errorname", None) or name


def read_only(error: BaseException | None) -> bool:
    """Whether the database takes no writes: a replica, one that was demoted, a protected file."""
    if error is None:
        return False
    demoted = isinstance(driver_error(error), asyncpg.ReadOnlySQLTransactionError)
    return demoted or sqlite_code(error) == sqlite3.SQLITE_READONLY


def full(error: BaseException | None) -> bool:
    """Whether there was no room left for what was written."""
    if error is None:
        return False
    no_room = isinstance(driver_error(error), asyncpg.DiskFullError)
    return no_room or sqlite_code(error) == sqlite3.SQLITE_FULL


def condition(error: BaseException) -> Condition:
    """What an error says of a database that was asked whether it could be written to."""
    if read_only(error):
        return "read-only"
    return "full" if full(error) else "unreachable"


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary code, without its extension; None for what is no error of SQLite's."""
    found = getattr(driver_error(error), "sqlite_errorcode", None)
    return None if found is None else found & 0xFF


def away(error: BaseException) -> bool:
    """Whether the server takes no connection at the moment, as while it is started again."""
    stopping = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
    starting = (asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)
    return isinstance(error, (OSError, *stopping, *starting))


def crowded(error: BaseException) -> bool:
    """Whether the server, or the pooler before it, has no room for another connection."""
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return True
    return isinstance(error, asyncpg.ProtocolViolationError) and "no more conn" in str(error)
