"""Where a caller's token comes from: `auth.token`, else the `Authorization` header, else a cookie.

Never the query string: URLs end up in logs. A cookie is sent by the browser whoever wrote the page,
so it counts only where the page is one of ours (cross-site WebSocket hijacking, CVE-2019-13611).
"""

from collections.abc import Callable, Mapping, Sequence

from realtime.domain.errors import InvalidToken
from realtime.origins import has_host

_READING = frozenset({"GET", "HEAD"})
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})


def token_of(
    auth: object,
    headers: Mapping[str, str],
    *,
    method: str,
    upgrade: bool,
    host: str | None,
    trusts: Callable[[str], bool],
    cookie: str,
) -> str | None:
    """The token that a handshake or a request brings, None if it brings none.

    `auth` is the payload of the CONNECT packet (None over REST); `headers` finds `Authorization`,
    `Cookie`, `Origin` and `Sec-Fetch-Site` under these names; `trusts` says whether cookies sent
    from an origin count, and `cookie` is the one that may bring a token. Raises InvalidToken for an
    `auth.token` that is no string.
    """
    found = tokens_of(
        auth,
        headers,
        method=method,
        upgrade=upgrade,
        host=host,
        trusts=trusts,
        cookies=(cookie,),
    )
    return found[0] if found else None


def tokens_of(
    auth: object,
    headers: Mapping[str, str],
    *,
    method: str,
    upgrade: bool,
    host: str | None,
    trusts: Callable[[str], bool],
    cookies: Sequence[str],
) -> list[str]:
    """Every token that a request brings, for `Verifier.verify_any`; cookies in the order named.

    A token in `auth` or in the header stands alone: a cookie never makes up for a bad one.
    """
    given = token_in_auth(auth) or token_in_header(headers.get("Authorization"))
    if given is not None:
        return [given]
    if not cookies_count(headers, method=method, upgrade=upgrade, host=host, trusts=trusts):
        return []
    sent = parse_cookies(headers.get("Cookie"))
    return [sent[name] for name in cookies if sent.get(name)]


def token_in_auth(auth: object) -> str | None:
    """`auth.token`; null and empty count as absent, and anything but a string is InvalidToken."""
    token = auth.get("token") if isinstance(auth, Mapping) else None
    if token is None:
        return None
    if not isinstance(token, str):
        raise InvalidToken
    return _without_bearer(token) or None


def token_in_header(value: str | None) -> str | None:
    """The token of an `Authorization` header, with or without `Bearer`.

    Another scheme's credentials (a proxy's `Basic …`) are no token.
    """
    token = _without_bearer(value or "")
    return token if token and not any(map(str.isspace, token)) else None


def cookies_count(
    headers: Mapping[str, str],
    *,
    method: str,
    upgrade: bool,
    host: str | None,
    trusts: Callable[[str], bool],
) -> bool:
    """Whether this request's cookies may authenticate it.

    With an `Origin`: if it is trusted or has the request's own host. Without one: on a GET or HEAD
    that is no WebSocket upgrade, which is how browsers send them to their own origin, unless the
    browser says that another site's page sent it.
    """
    origin = headers.get("Origin")
    if origin is not None:
        return trusts(origin) or has_host(origin, host)
    site = headers.get("Sec-Fetch-Site", "").strip().lower()
    return method.upper() in _READING and not upgrade and site not in _FOREIGN_SITES


def parse_cookies(header: str | None) -> dict[str, str]:
    """The cookies of a `Cookie` header (RFC 6265, section 5.4); never raises.

    Of two with one name the first counts: browsers put the one with the longer path there.
    """
    found: dict[str, str] = {}
    for pair in (header or "").split(";"):
        name, separator, value = pair.partition("=")
        if separator:
            found.setdefault(name.strip(), _unquoted(value.strip()))
    return found


def _without_bearer(value: str) -> str:
    scheme, _, token = value.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else value.strip()


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value
