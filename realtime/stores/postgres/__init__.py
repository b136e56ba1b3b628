"""Tortoise's PostgreSQL client, made safe for servers that fall silent and for cancelled tasks.

Tortoise loads this package as an engine and asks it for ``client_class``.
"""

from realtime.stores.postgres.pool import PooledClient

client_class = PooledClient
