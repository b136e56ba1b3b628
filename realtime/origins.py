"""Origins: which frontends may read our answers and use cookies, and which dialect each speaks.

The one rule for the configuration, REST and the socket path: how an origin is written, which of
them a `Host` header means, and which headers an answer gets.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

ANY = "*"
DOCUMENTS_ORIGINS = ("http://localhost:3000", "http://localhost:5173")
"""What the frontends' documents run on; allowed in development when nothing is configured."""

_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^\s/:?#@\\\[\]*]+)(:(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
_PORT = re.compile(r":[0-9]+$")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Origins:
    """The allowed origins, `*` for any, and the dialect of each origin that has one of its own.

    Raises ValueError for an entry that no browser could send.
    """

    def __init__(
        self,
        allowed: Sequence[str] = (),
        dialects: Mapping[str, str] | None = None,
        *,
        development: bool = False,
    ) -> None:
        self._dialects = {entry(origin): name for origin, name in (dialects or {}).items()}
        named = frozenset((*map(entry, set(allowed) - {ANY}), *self._dialects))
        self.wildcard = ANY in allowed
        if not named and not self.wildcard and development:
            named = frozenset(DOCUMENTS_ORIGINS)
        self._named = named
        self._by_host = _by_host(self._dialects.items())

    def allows(self, origin: str | None) -> bool:
        """Whether a page of this origin may read our answers."""
        return origin is not None and (self.wildcard or self.trusts(origin))

    def trusts(self, origin: str | None) -> bool:
        """Whether its cookies count too: only of an origin that was named; `*` names none."""
        return origin is not None and (origin in self._named or normal(origin) in self._named)

    def dialect_of(self, origin: str | None, host: str | None) -> str | None:
        """The dialect mapped to this `Origin` or, where there is none, to the request's `Host`."""
        if origin is not None:
            return self._dialects.get(normal(origin) or "")
        return self._by_host.get((host or "").lower())

    def headers_for(self, origin: str | None) -> dict[str, str]:
        """The CORS headers of any answer to this origin, and `Vary`: caches keep them apart.

        An origin that is not allowed gets no others and is served all the same: its browser keeps
        the answer from the page, and a client that is no browser has no use for CORS
        (https://fetch.spec.whatwg.org/#http-cors-protocol).
        """
        headers = {"Vary": "Origin"}
        if origin is not None and origin.isascii() and self.trusts(origin):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
        elif origin is not None and self.wildcard:
            headers["Access-Control-Allow-Origin"] = ANY
        return headers

    def preflight_for(
        self, origin: str | None, asked: str | None, methods: str, max_age: int
    ) -> dict[str, str]:
        """What a preflight is answered besides `headers_for`; `asked` are the headers it names.

        They are named back, because `*` means nothing where credentials are sent. `max_age` is for
        how many seconds a browser may remember the answer.
        """
        if not self.allows(origin):
            return {}
        headers = {
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Max-Age": str(max_age),
        }
        if asked and asked.isascii():
            headers["Access-Control-Allow-Headers"] = asked
        return headers


def normal(origin: str) -> str | None:
    """`scheme://host[:port]` in lower case, without default port or trailing slash.

    None for what is no such origin: `null` (sandboxed frames, files), paths, user names.
    """
    found = _ORIGIN.fullmatch(origin.strip().lower())
    if found is None:
        return None
    scheme, host, port = found["scheme"], found["host"], found["port"]
    shown = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    return f"{scheme}://{host}{shown}"


def has_host(origin: str, host: str | None) -> bool:
    """Whether this origin is of the host, port included, that the request was sent to.

    The scheme is not compared: behind a proxy that ends TLS we do not know the request's own.
    """
    known = normal(origin)
    return known is not None and bool(host) and (host or "").lower() in _hosts(known)


def _hosts(origin: str) -> Iterable[str]:
    """How a `Host` header may name this normal origin: a default port may be written or not."""
    scheme, _, host = origin.partition("://")
    port = _DEFAULT_PORTS.get(scheme)
    has_port = _PORT.search(host) is not None
    return (host,) if port is None or has_port else (host, f"{host}:{port}")


def _by_host(dialects: Iterable[tuple[str, str]]) -> dict[str, str]:
    # The first entry of a host counts: a Host header does not tell http from https.
    found: dict[str, str] = {}
    for origin, dialect in dialects:
        for host in _hosts(origin):
            found.setdefault(host, dialect)
    return found


def entry(configured: str) -> str:
    """An origin as somebody configured it, in its normal form; `*` stands for any.

    A path behind it is left out, for `CLIENT_URL` may have one. Raises ValueError with advice for
    what no browser could send.
    """
    if configured.strip() == ANY:
        return ANY
    if ANY in configured:
        raise ValueError(
            f'has "{configured}", and a star inside an origin stands for nothing:'
            ' name each origin, or "*" alone for any'
        )
    scheme, slashes, rest = configured.strip().partition("://")
    known = normal(scheme + slashes + rest.partition("/")[0])
    if known is None:
        raise ValueError(
            f'has "{configured}", which is no origin: write it like "https://app.example"'
        )
    return known
