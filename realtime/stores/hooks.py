"""What is private in Tortoise and used by the stores: named here, checked when a database opens."""

from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient

from realtime.hooks import HookError

TESTED = "1.1"
"""The minor version of tortoise-orm whose private parts these are."""

CLIENT = {
    "postgres": ("_pool", "_pool_init_lock", "_in_transaction", "acquire_connection"),
    "sqlite": ("_connection", "_lock", "_in_transaction"),
}
"""What a client must have, by its dialect: the pool or the one connection, and what guards it."""


def check(client: BaseDBAsyncClient) -> None:
    """Raise HookError with a sentence for the first part of an open client that is gone."""
    for name in CLIENT[client.capabilities.dialect]:
        if not hasattr(client, name):
            raise HookError(
                f"{type(client).__name__}.{name} is gone from tortoise-orm: the stores need it. "
                f"This server was tested with tortoise-orm {TESTED}; install that version."
            )


def connection_of(transaction: TransactionalDBClient) -> Any:
    """The driver's connection that a transaction is on: the ORM cannot say our statements."""
    return transaction._connection
