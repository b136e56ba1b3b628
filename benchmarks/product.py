"""How the whole product is set up for the rows that measure it: its defaults, without rate limits.

A user of the benchmark sends hundreds of messages a second, which no person does.
"""

import json

import application
import machine

SERVER_KEY = "the key of the benchmark's own application"


def settings(port: int, database_url: str) -> dict[str, str]:
    """The environment of `realtime serve`."""
    return {
        "REALTIME_CONFIG": "/dev/null",  # not the realtime.toml of whoever runs this
        "REALTIME_DATA_DIR": str(machine.BUILD / "data"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "JWT_SECRET": application.SECRET,
        "DATABASE_URL": database_url,
        "REALTIME_LIMITS__EVENTS__RATE": "1000000",
        "REALTIME_LIMITS__EVENTS__BURST": "1000000",
        "REALTIME_SERVER__API_KEYS": json.dumps({"benchmark": SERVER_KEY}),
        "REALTIME_TRANSPORT__HANDSHAKES_PER_SECOND": "100000",
        "REALTIME_TRANSPORT__PACKETS_PER_SECOND": "1000000",
    }
