"""Database URLs as people and hosting platforms write them, and as our clients need them."""

import re
import ssl
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

POSTGRES = ("postgres", "postgresql")

_BEHIND_SERVER = re.compile("[/?#]")
"""What ends user, host and port."""

SAME_AS = {
    "sslmode": "ssl",
    "connect_timeout": "timeout",
    "connection_limit": "maxsize",
    "pool_size": "maxsize",
}
"""What libpq, Prisma and SQLAlchemy call a parameter of ours."""

KNOWN = {
    "ssl": str,
    "sslrootcert": str,
    "timeout": float,
    "command_timeout": float,
    "maxsize": int,
    "minsize": int,
    "statement_cache_size": int,
    "application_name": str,
    "schema": str,
    "options": str,
    "host": str,
}
"""Our parameters and their types. Any other is dropped: platforms add some for other drivers."""

SESSION = {"application_name": "application_name", "schema": "search_path", "options": "options"}
"""Parameters of ours that are the server's settings, by its names for them."""

SSL_MODES = {"true": "require", "1": "require", "no-verify": "require"} | {
    "false": "disable",
    "0": "disable",
}

TIMEOUT = 5.0
"""Seconds that connecting may take, unless the URL says otherwise."""

ENCODE = (
    "The password has a character that means something else in a URL: percent-encode it"
    " (@ is %40, / is %2F, ? is %3F, # is %23, % is %25)."
)

MOST_PORT = 65_535

POOLER_PORT = 6543
"""Where Supabase's transaction pooler listens."""


def normalise(url: str) -> str:
    """The URL in our own form: ``postgres://…`` or ``sqlite://path``; doing it twice is harmless.

    ``sqlite://data/a.db`` is relative, ``sqlite:///srv/a.db`` absolute. Raises ValueError with a
    sentence that does not repeat the password.
    """
    scheme = url.partition("://")[0].lower().partition("+")[0]
    if scheme == "sqlite":
        return _sqlite(url.partition("://")[2])
    if scheme in POSTGRES:
        return _postgres(url)
    raise ValueError("A database URL begins with postgres:// or sqlite://.")


def is_sqlite(url: str) -> bool:
    """Whether a normalised URL names a file."""
    return url.startswith("sqlite://")


def sqlite_path(url: str) -> str:
    """The file that a normalised SQLite URL names, or ``:memory:``."""
    return unquote(url.removeprefix("sqlite://").partition("?")[0])


def sqlite_options(url: str) -> dict[str, str]:
    """The pragmas that a normalised SQLite URL sets."""
    return dict(parse_qsl(url.partition("?")[2]))


def postgres_options(url: str) -> dict[str, Any]:
    """The arguments with which asyncpg, behind Tortoise, connects to a normalised URL."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        name: KNOWN[name](value) for name, value in parse_qsl(parts.query) if name in KNOWN
    }
    options.setdefault("host", parts.hostname or "localhost")
    options["port"] = parts.port or 5432
    options["user"] = unquote(parts.username) if parts.username else None
    options["password"] = unquote(parts.password) if parts.password else None
    options["database"] = unquote(parts.path[1:]) or options["user"]
    options["server_settings"] = {
        SESSION[name]: options.pop(name) for name in SESSION if name in options
    }
    _translate_ssl(options)
    return options


def connection_options(url: str) -> dict[str, Any]:
    """The arguments for a connection that belongs to no pool, whatever stands in between."""
    options = {"timeout": TIMEOUT} | postgres_options(url) | {"statement_cache_size": 0}
    return {name: value for name, value in options.items() if name not in ("minsize", "maxsize")}


def _sqlite(rest: str) -> str:
    path, _, query = rest.partition("?")
    if path.startswith("/:memory:"):
        path = ":memory:"
    if path.startswith("//"):
        path = "/" + path.lstrip("/")
    if "\0" in unquote(path):
        raise ValueError("A SQLite URL names a file, and none has %00 in its name.")
    if not path.strip("/"):
        raise ValueError("A SQLite URL names a file, as in sqlite://data/realtime.db.")
    return f"sqlite://{path}" + (f"?{query}" if query else "")


def take_apart(url: str) -> SplitResult:
    """The parts of a URL with a server in it.

    Raises ValueError, in a sentence that quotes nothing, where a character of the password would
    have to be percent-encoded: what follows it would be taken for the host, or for a path.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(_misread(url)) from None
    names = [pair.partition("=")[0] for pair in parts.query.split("&")]
    if "@" not in parts.netloc:
        names.append(parts.query)
    if any("@" in text for text in (parts.path, parts.fragment, *names)):
        raise ValueError(ENCODE)
    return parts


def _misread(url: str) -> str:
    """Why a URL has no port that can be one."""
    server = _BEHIND_SERVER.split(url.partition("://")[2], maxsplit=1)[0]
    _, user, place = server.rpartition("@")
    port = place.rpartition(":")[2]
    if user and port.isdecimal() and int(port) > MOST_PORT:
        return f"The port is beyond {MOST_PORT}."
    return ENCODE if "@" in url else "The port is no number."


def _postgres(url: str) -> str:
    parts = take_apart(url)
    given = {SAME_AS.get(name, name): value for name, value in parse_qsl(parts.query)}
    options = {name: value for name, value in given.items() if name in KNOWN}
    if "ssl" in options:
        options["ssl"] = SSL_MODES.get(options["ssl"].lower(), options["ssl"].lower())
    if _pooled(parts.hostname or "", parts.port, given):
        options["statement_cache_size"] = "0"
    _check(options)
    query = urlencode(options, quote_via=quote)
    return f"postgres://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")


def _pooled(host: str, port: int | None, given: dict[str, str]) -> bool:
    """Whether a transaction pooler stands before the server: it forgets prepared statements."""
    named = "pooler" in host or "pgbouncer" in host or port == POOLER_PORT
    return named or given.get("pgbouncer", "false").lower() == "true"


def _check(options: dict[str, str]) -> None:
    for name, value in options.items():
        try:
            KNOWN[name](value)
        except ValueError:
            raise ValueError(f"{name} in the database URL is no number.") from None


def _translate_ssl(options: dict[str, Any]) -> None:
    """libpq's modes: asyncpg knows those that do not verify; for the others it wants a context."""
    root = options.pop("sslrootcert", None)
    mode = options.get("ssl")
    if root in (None, "system") and mode not in ("verify-ca", "verify-full"):
        return
    context = ssl.create_default_context(cafile=None if root == "system" else root)
    context.check_hostname = mode == "verify-full" or root == "system"
    options["ssl"] = context
