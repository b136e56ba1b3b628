"""What is private in redis-py and used here: how its connection becomes ours."""

import redis.asyncio.connection

from realtime.hooks import Hook, Library

REDIS = Library("redis", "8.1")

_CONNECTION = redis.asyncio.connection.AbstractConnection

HOOKS = (
    Hook(REDIS, lambda: _CONNECTION, "_writer", "slot", "holds the connection's transport"),
    Hook(REDIS, lambda: _CONNECTION, "_reader", "slot", "would close what is ours now"),
    Hook(
        REDIS,
        lambda: _CONNECTION,
        "connect",
        "(self)",
        "opens, encrypts and authenticates a connection",
    ),
)
