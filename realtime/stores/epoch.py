"""Opening a database's epoch: rows that were restored from elsewhere begin a new one.

A dump carries the numbers of another server's transactions. Here some of them are yet to come, and
a change that is made then would look as if it had been there before: whoever asks for what is new
would never hear of it.
"""

import secrets
from typing import Any

import structlog
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from realtime.domain.epochs import ONLY
from realtime.models import Epoch
from realtime.models.raw import on_postgres, rows
from realtime.stores.hooks import connection_of

log = structlog.get_logger(__name__)

READABLE = """
    SELECT has_function_privilege(to_regprocedure('pg_control_system()'), 'execute') AS readable
"""
"""Some providers keep the server's identifier to themselves, or have none: then it is not true."""

DATABASE = "SELECT oid::text AS origin FROM pg_database WHERE datname = current_database()"

SERVER = "SELECT system_identifier::text AS origin FROM pg_control_system()"

FILE = "file"
"""The origin of every SQLite database: nothing tells one file from its copy."""

SETTLE = tuple(
    f"UPDATE {table} SET committed_in = 0 WHERE committed_in >= "  # noqa: S608 - two names
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    for table in ("messages", "journal")
)
"""What has a transaction that may be one of ours to come was there before all of them."""

PATIENCE = 24 * 3600.0
"""Seconds that reading both tables whole may take."""


async def open_epoch() -> Epoch:
    """The epoch of the open database, made if it has none or another database's.

    Several nodes may ask at once.
    """
    origin = await _origin()
    known = await Epoch.get_or_none(id=ONLY)
    if known is not None and known.origin == origin:  # the usual case writes nothing
        return known
    await Epoch.bulk_create([_new("")], ignore_conflicts=True)
    async with in_transaction() as transaction:
        found = await Epoch.filter(id=ONLY).select_for_update().get()
        if found.origin == origin:
            return found
        await _settle(transaction)
        restored, found = bool(found.origin), _new(origin)
        await found.save(update_fields=["name", "origin", "secret", "forgotten"])
    if restored:
        log.warning("restored_database", epoch=found.name)
    return found


async def _origin() -> str:
    """Whose rows these are."""
    if not on_postgres():
        return FILE
    (row,) = await rows(READABLE)
    parts = (SERVER, DATABASE) if row["readable"] else (DATABASE,)
    return "/".join([(await rows(part))[0]["origin"] for part in parts])


def _new(origin: str) -> Epoch:
    name, secret = secrets.token_hex(4), secrets.token_hex(32)
    return Epoch(id=ONLY, name=name, origin=origin, secret=secret, forgotten=0)


async def _settle(transaction: TransactionalDBClient) -> None:
    if on_postgres():
        connection: Any = connection_of(transaction)
        for statement in SETTLE:
            await connection.execute(statement, timeout=PATIENCE)
