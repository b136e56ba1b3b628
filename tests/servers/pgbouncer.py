"""PgBouncer from the system, in transaction mode: each transaction gets another connection."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.missing import missing
from tests.servers.postgres import own_user
from tests.servers.running import Running, free_port

CONFIGURATION = """
[databases]
* = host={host} port={server_port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
server_round_robin = 1
"""


class PgBouncer:
    """A pooler before the server of a URL; `url` leads through it."""

    def __init__(self, url: str) -> None:
        program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            missing("PgBouncer", "apt install pgbouncer, or brew install pgbouncer")
        parts, port = urlsplit(url), free_port()
        # Not pytest's own folder: nobody but root may enter that one.
        self._folder = Path(tempfile.mkdtemp(prefix="realtime-pgbouncer-"))
        self._folder.chmod(0o755)
        file = self._folder / "pgbouncer.ini"
        server = {"host": parts.hostname, "server_port": parts.port, "user": parts.username}
        file.write_text(CONFIGURATION.format(port=port, **server))
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))
        self._server = Running(program, file, cwd=self._folder, files=self._folder, **own_user())
        self._server.wait_until_said("process up")

    def close(self) -> None:
        """Stop it; every connection breaks."""
        self._server.kill()
        shutil.rmtree(self._folder)
