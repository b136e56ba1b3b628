"""A configuration of nginx for several nodes, each of which gets its own sessions' requests."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from realtime.config import Config, ConfigError
from realtime.transport.settings import Network, network, node_address, node_name

_MARGIN = 30
"""Seconds that nginx waits for a node longer than a client may be silent."""
_HERD_SECONDS = 10
"""How long newcomers may wait for their turn when all come at once."""
_PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)


class Upstream(NamedTuple):
    """A node by its name and its `host:port`."""

    name: str
    address: str


def upstreams(given: Iterable[str]) -> list[Upstream]:
    """Nodes written as `host:port` or `name=host:port`; the others are n1, n2, … by their places.

    Raises ConfigError with every mistake.
    """
    found: list[Upstream] = []
    problems: list[str] = []
    for place, text in enumerate(given, start=1):
        name, named, address = text.rpartition("=")
        try:
            found.append(_upstream(name if named else f"n{place}", address))
        except ValueError as error:
            problems.append(f"{error}.")
    for field, values in zip(Upstream._fields, zip(*found, strict=True), strict=False):
        problems += [
            f"Two nodes have the {field} {value}: give each its own."
            for value in dict.fromkeys(values)
            if values.count(value) > 1
        ]
    if problems:
        raise ConfigError(problems)
    return found


def _upstream(name: str, address: str) -> Upstream:
    try:
        name = node_name(name)
    except ValueError as error:
        raise ValueError(f"A node's name {error}") from None
    try:
        return Upstream(name, node_address(address))
    except ValueError as error:
        raise ValueError(f"A node's address {error}") from None


def listening(given: str) -> str:
    """A port, or an address with one. Raises ConfigError for anything else."""
    try:
        node_address(f"every:{given}" if given.isascii() and given.isdigit() else given)
    except ValueError:
        problem = f'--listen is "{given[:64]}": write it like 80, 127.0.0.1:8080 or [::]:80.'
        raise ConfigError([problem]) from None
    return given


def trusted(given: Iterable[str]) -> list[Network]:
    """Networks of proxies. Raises ConfigError for what is none."""
    try:
        return [network(each) for each in given]
    except ValueError as error:
        raise ConfigError([f"--trust {error}."]) from None


def configuration(
    config: Config, nodes: Sequence[Upstream], *, listen: str, proxies: Iterable[Network] = ()
) -> str:
    """All of nginx.conf, its bounds and times as the configuration of the nodes has them."""
    transport = config.transport
    values: dict[str, object] = {
        "nodes": " ".join(f"{node.name}={node.address}" for node in nodes),
        "routes": _lines(8, (f"~^{node.name}[-.] node_{node.name};" for node in nodes)),
        "groups": "\n".join(_groups(nodes)),
        "private": _lines(8, (f"{each} 1;" for each in _PRIVATE)),
        "real_address": _real_address(proxies),
        "listen": listen,
        "read_timeout": math.ceil(transport.ping_interval + transport.ping_timeout) + _MARGIN,
        "max_payload": transport.max_payload,
        "per_address": math.ceil(transport.handshakes_per_second_per_address),
        "in_all": math.ceil(transport.handshakes_per_second),
        "waiting": math.ceil(transport.handshakes_per_second * _HERD_SECONDS),
        "connections": 2 * transport.connections_per_address,
    }
    return _TEMPLATE % values


def _lines(indent: int, lines: Iterable[str]) -> str:
    return ("\n" + " " * indent).join(lines)


def _groups(nodes: Sequence[Upstream]) -> Iterable[str]:
    """All nodes for whoever is new, and each with the others behind it for its own sessions."""
    everyone = [f"server {node.address} max_fails=3 fail_timeout=5s;" for node in nodes]
    yield _group("realtime", ["least_conn;", *everyone])
    for node in nodes:
        others = [f"server {other.address} max_fails=0 backup;" for other in nodes if other != node]
        yield _group(f"node_{node.name}", [f"server {node.address} max_fails=0;", *others])


def _group(name: str, servers: Iterable[str]) -> str:
    inside = _lines(8, [f"zone {name} 256k;", *servers, "keepalive 32;"])
    return f"    upstream {name} {{\n        {inside}\n    }}"


def _real_address(proxies: Iterable[Network]) -> str:
    named = [f"set_real_ip_from {proxy};" for proxy in proxies]
    if not named:
        return "# set_real_ip_from 192.0.2.0/24; # `--trust 192.0.2.0/24` prints it"
    return _lines(4, [*named, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"])


_TEMPLATE = """\
# nginx in front of realtime, as this prints it:
#     realtime nginx --nodes %(nodes)s
# Each node needs its name (REALTIME_NODE__NAME) and this proxy's address as one to be believed
# (REALTIME_TRANSPORT__TRUSTED_PROXIES). deploy/README.md has the reasons.

worker_processes auto;
# A client is two connections, and each of them a file.
worker_rlimit_nofile 65536;
# After a reload, old workers serve their WebSockets for so long; then these clients come back.
worker_shutdown_timeout 5m;

events {
    worker_connections 32768;
}

http {
    # Empty, not "close": polling keeps its connections to the nodes.
    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' '';
    }

    # A session id begins with its node's name. Newcomers, and ids of nobody, go anywhere.
    map $arg_sid $node {
        default realtime;
        %(routes)s
    }

%(groups)s

    # A proxy in front of this one, to be believed about whom it speaks for.
    %(real_address)s

    # Private addresses are taken for a proxy's: they may be many people, and are not limited.
    geo $private {
        default 0;
        %(private)s
    }
    map $private $limited {
        0 $binary_remote_addr;
        default '';
    }
    map $arg_sid $newcomer {
        '' 1;
        default '';
    }
    map $newcomer $newcomers_address {
        1 $limited;
        default '';
    }
    limit_conn_zone $limited zone=connections:10m;
    limit_req_zone $newcomers_address zone=newcomers_by_address:10m rate=%(per_address)sr/s;
    limit_req_zone $newcomer zone=newcomers:64k rate=%(in_all)sr/s;
    limit_conn_status 429;
    limit_req_status 429;

    # No query: it has session ids, and some clients put their token there. nginx's own error log
    # quotes whole requests, so it says only what nothing else does.
    log_format without_query '$remote_addr [$time_iso8601] "$request_method $uri" $status '
                             '$body_bytes_sent $request_time "$upstream_addr" "$upstream_status"';
    access_log /var/log/nginx/access.log without_query;
    error_log /var/log/nginx/error.log crit;
    server_tokens off;

    server {
        listen %(listen)s;
        # listen 443 ssl;
        # ssl_certificate /etc/ssl/realtime.crt;
        # ssl_certificate_key /etc/ssl/realtime.key;

        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        # Written anew: what a client says of itself is not believed.
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 2s;
        # More than ping_interval and ping_timeout together.
        proxy_read_timeout %(read_timeout)ss;
        # A node that is gone: the next one answers. A POST that was sent is never sent again.
        proxy_next_upstream error timeout;

        location / {
            proxy_pass http://realtime;
        }

        location /socket.io {
            # transport.max_payload
            client_max_body_size %(max_payload)s;
            limit_conn connections %(connections)s;
            limit_req zone=newcomers_by_address burst=%(per_address)s nodelay;
            # When everybody comes at once, they wait here for up to ten seconds.
            limit_req zone=newcomers burst=%(waiting)s;
            # 503 is a node that stops, or is full.
            proxy_next_upstream error timeout http_503;
            proxy_pass http://$node;
        }
    }
}
"""
