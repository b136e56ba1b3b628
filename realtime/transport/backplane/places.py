"""Where nodes meet, as a URL says it: one Redis, one that Sentinels watch over, or a Redis Cluster.

=========================================  =====================================================
``redis://[user:password@]host:6379/0``    a server; ``rediss://`` speaks TLS
``unix://[user:password@]/run/redis.sock`` a server on this machine; ``?db=1`` for its second half
``redis+sentinel://a:26379,b:26379/main``  whom these Sentinels call ``main``; ``/main/1`` for db 1
``redis+cluster://a:6379,b:6379``          a Cluster that some of its servers lead to
=========================================  =====================================================

The latter two speak TLS as ``rediss+sentinel://`` and ``rediss+cluster://``. Nothing here connects.
"""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

Kind = Literal["server", "sentinel", "cluster"]

SCHEMES: Final = ("redis", "rediss", "unix")
SAME_AS: Final = {"valkey": "redis", "valkeys": "rediss"}
"""How hosts of Valkey write the scheme."""
PORTS: Final[dict[Kind, int]] = {"server": 6379, "sentinel": 26379, "cluster": 6379}
FORMS: Final = (
    "must begin with redis://, rediss:// or unix://, or with redis+sentinel:// or redis+cluster://"
)

TLS: Final = frozenset(
    {
        "ssl_ca_certs",
        "ssl_ca_path",
        "ssl_cert_reqs",
        "ssl_certfile",
        "ssl_check_hostname",
        "ssl_ciphers",
        "ssl_keyfile",
        "ssl_password",
    }
)
"""Parameters of a URL that say whom to trust and who one is; redis-py reads them."""

SENTINELS_OWN: Final = ("sentinel_username", "sentinel_password")
"""Parameters of a URL with which one signs in at a Sentinel, which has users of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where nodes meet. `urls` are those of the servers that were named: the Redis itself,
    Sentinels, or some of a Cluster."""

    kind: Kind
    urls: tuple[str, ...]
    primary: str = ""
    """What Sentinels call the Redis that they watch over."""
    _elsewhere: tuple[str, str] = ("", "")

    def at(self, host: str, port: int) -> str:
        """The URL of a server that one of these named as the one to go to."""
        before, behind = self._elsewhere
        return f"{before}{f'[{host}]' if ':' in host else host}:{port}{behind}"

    def key(self, prefix: str, name: str) -> str:
        """A key of ours. In a Cluster, what is in braces decides where it lives: all in one."""
        return f"{{{prefix}}}{name}" if self.kind == "cluster" else f"{prefix}{name}"

    def __str__(self) -> str:
        """Where that is, without a password."""
        parts = [urlsplit(url) for url in self.urls]
        hosts = [f"{each.hostname}:{each.port}" if each.hostname else each.path for each in parts]
        said = ", ".join(hosts) + (" (TLS)" if parts[0].scheme == "rediss" else "")
        return {
            "server": said,
            "sentinel": f"{self.primary} of the Sentinels {said}",
            "cluster": f"the Cluster of {said}",
        }[self.kind]


def place(url: str) -> Place:
    """Read a URL. Raises ValueError with the end of a sentence that begins with the setting."""
    scheme, kind, servers, rest = _split(url)
    path, _, query = rest.partition("#")[0].partition("?")
    given = dict(parse_qsl(query))
    if scheme == "unix":
        database = _database(given.get("db", "0"))
        return Place("server", (f"unix://{servers[0]}{path}?db={database}",))
    primary, database = _names(kind, path, given.get("db", "0"))
    signed = servers[0].rpartition("@")[0]
    hosts = [_with_port(each.rpartition("@")[2], PORTS[kind]) for each in servers]
    tls = _tls(given) if scheme == "rediss" else ""
    before, behind = _signed(scheme, signed), f"/{database}{tls}"
    if kind == "sentinel":
        name, password = (quote(given.get(each, ""), safe="") for each in SENTINELS_OWN)
        sentinels = _signed(scheme, f"{name}:{password}" if password else "")
        urls = tuple(f"{sentinels}{host}{tls}" for host in hosts)
        return Place(kind, urls, primary, (before, behind))
    return Place(kind, tuple(f"{before}{host}{behind}" for host in hosts), "", (before, behind))


def servers_of(url: str) -> list[str]:
    """The URL once for each server that it names, in a form that every parser reads."""
    scheme, _, servers, rest = _split(url)
    return [f"{scheme}://{server}{rest}" for server in servers]


def _split(url: str) -> tuple[str, Kind, list[str], str]:
    """Scheme, kind, what stands for each server, and what follows. The name and the password go
    with each server."""
    given, _, behind = url.partition("://")
    given_scheme, _, kind = given.lower().partition("+")
    scheme = SAME_AS.get(given_scheme, given_scheme)
    if not behind or scheme not in SCHEMES or kind not in {"", "sentinel", "cluster"}:
        raise ValueError(FORMS)
    if kind and scheme == "unix":
        raise ValueError(FORMS)
    end = min((at for at in map(behind.find, "/?#") if at >= 0), default=len(behind))
    signed, at, hosts = behind[:end].rpartition("@")
    servers = [f"{signed}{at}{host.strip()}" for host in hosts.split(",")]
    known: dict[str, Kind] = {"": "server", "sentinel": "sentinel", "cluster": "cluster"}
    return scheme, known[kind], servers, behind[end:]


def _names(kind: Kind, path: str, database: str) -> tuple[str, int]:
    """The primary's name and the number of the database, in whatever order: python-socketio writes
    the number first."""
    parts = [part for part in path.split("/") if part]
    names = [part for part in parts if not part.isdecimal()] if kind == "sentinel" else []
    if kind == "sentinel" and len(names) != 1:
        raise ValueError(
            "must name the primary that the Sentinels watch over, as in"
            " redis+sentinel://host:26379/mymaster"
        )
    number = _database("/".join(part for part in parts if part not in names) or database)
    if kind == "cluster" and number:
        raise ValueError("must not name a database: a Redis Cluster has one only")
    return "".join(names), number


def _database(given: str) -> int:
    if not given.isdecimal():
        raise ValueError("must name its database by a number, as in redis://host:6379/0")
    return int(given)


def _signed(scheme: str, signed: str) -> str:
    return f"{scheme}://{signed}@" if signed else f"{scheme}://"


def _with_port(host: str, port: int) -> str:
    return host if host.rpartition(":")[2].isdecimal() and host[-1] != "]" else f"{host}:{port}"


def _tls(given: dict[str, str]) -> str:
    """The parameters about TLS. All others are dropped: platforms add some for other drivers, and
    redis-py would let `protocol` or `socket_timeout` overrule what this server needs."""
    kept = {name: value for name, value in given.items() if name in TLS}
    asked = kept.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if asked not in {"none", "optional", "required"}:
        raise ValueError('must have "none", "optional" or "required" as its ssl_cert_reqs')
    if "ssl_cert_reqs" in kept:
        kept["ssl_cert_reqs"] = asked
    return f"?{urlencode(kept)}" if kept else ""
