"""nginx from the system, as a load balancer in front of nodes, with a configuration of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from tests.missing import missing
from tests.servers.certificate import self_signed
from tests.servers.running import Running, free_port

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_max_body_size 20m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    upstream nodes {{
        {balance};
{nodes}
    }}
    server {{
        listen 127.0.0.1:{port}{tls};
{certificate}
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout 120s;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
{location}
        }}
    }}
}}
"""

FOLDERS = """
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""
LOGS = re.compile(r"/var/log/nginx/\w+\.log")

STARTED = "start worker process "
RETIRED = "gracefully shutting down"
"""What an old worker says once it accepts nothing more."""


def program() -> str:
    """The path of nginx; skips the test where there is none."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        missing("nginx", "apt install nginx, or brew install nginx")
    return found


class Configured:
    """nginx with a whole configuration as `realtime nginx` prints it, its files in `folder`."""

    def __init__(self, folder: Path, text: str, url: str) -> None:
        self.url = url
        file = folder / "nginx.conf"
        inside = "http {" + FOLDERS.format(folder=folder)
        file.write_text(LOGS.sub("/dev/stderr", text.replace("http {", inside, 1)))
        user = "user root;" if os.geteuid() == 0 else ""
        own = f"daemon off; pid {folder}/nginx.pid; error_log stderr notice; {user}"
        self._server = Running(program(), "-p", folder, "-e", "stderr", "-c", file, "-g", own)
        self._server.wait_until_said(STARTED)

    def reload(self) -> None:
        """Read the configuration again; open WebSockets stay with the old workers."""
        retired = len(self._server.said(RETIRED))
        self._server.send(signal.SIGHUP)
        self._server.wait_until_said(RETIRED, times=retired + 1)

    async def logs(self, pattern: str, times: int = 1) -> list[str]:
        """All that it logged, once a line of it says this so often; it logs after it answers."""
        await self._server.says(pattern, times=times)
        return list(self._server.lines)

    def close(self) -> None:
        """Stop it at once."""
        self._server.stop()


class Nginx:
    """A proxy to one or more nodes; it opens a connection per request, except for WebSockets."""

    def __init__(
        self,
        folder: Path,
        *upstreams: str,
        balance: str = "ip_hash",
        location: str = "",
        tls: bool = False,
    ) -> None:
        self._folder = folder
        self._options = {"balance": balance, "location": location}
        self.certificate = self_signed(folder) if tls else None
        self.port = free_port()
        self._write(upstreams)
        self._server = Running(program(), "-p", folder, "-e", "stderr", "-c", self._file)
        self._server.wait_until_said(STARTED)

    @property
    def _file(self) -> Path:
        return self._folder / "nginx.conf"

    @property
    def url(self) -> str:
        """Where frontends find the nodes."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def trust(self) -> ssl.SSLContext | None:
        """What a client needs to trust the certificate."""
        return ssl.create_default_context(cafile=self.certificate) if self.certificate else None

    def _write(self, upstreams: tuple[str, ...]) -> None:
        pair = self.certificate
        text = CONFIGURATION.format(
            **self._options,
            folder=self._folder,
            user="user root;" if os.geteuid() == 0 else "",
            port=self.port,
            nodes="\n".join(
                f"        server {urlsplit(url).netloc} max_fails=0;" for url in upstreams
            ),
            tls=" ssl" if pair else "",
            certificate=f"ssl_certificate {pair};\nssl_certificate_key {pair};" if pair else "",
        )
        self._file.write_text(text)

    def route_to(self, *upstreams: str) -> None:
        """Send new requests to these nodes; open connections stay where they are."""
        retired = len(self._server.said(RETIRED))
        self._write(upstreams)
        self._server.send(signal.SIGHUP)
        self._server.wait_until_said(RETIRED, times=retired + 1)

    def close(self) -> None:
        """Stop it at once."""
        self._server.stop()
