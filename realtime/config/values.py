"""Checks of single values: each returns the normal form or raises ValueError with advice."""

import base64
import binascii
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from realtime.stores.urls import normalise

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIS = {"redis", "rediss", "unix"}


def origin(value: str) -> str:
    """`scheme://host[:port]` as browsers write it: no path, no default port; `*` stands for all."""
    if value.strip() == "*":
        return "*"
    try:
        parts = urlsplit(value.strip().lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.scheme or not parts.hostname:
        raise ValueError(f'has "{value}", which is no origin: write it like "https://app.example"')
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def origins(given: tuple[str, ...]) -> tuple[str, ...]:
    """Every origin in its normal form, each once, in the order given."""
    return tuple(dict.fromkeys(origin(value) for value in given))


def origin_keys(given: dict[str, str]) -> dict[str, str]:
    """The same map with its origins in normal form."""
    if "*" in given:
        raise ValueError('cannot map "*": name each origin, and set dialect for all others')
    return {origin(value): dialect for value, dialect in given.items()}


def public_key(given: str | None) -> str | None:
    """PEM text, from the text itself (also with `\\n` written out) or from the file it names."""
    if given is None:
        return None
    pem = given.replace("\\n", "\n") if "-----BEGIN" in given else _read(Path(given))
    try:
        load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError('is no public key in PEM ("-----BEGIN PUBLIC KEY-----")') from None
    return pem


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(
            "is neither a PEM text nor a file that can be read: check its path"
        ) from None


def http_url(given: str | None) -> str | None:
    """An absolute http or https URL."""
    if given is not None and urlsplit(given).scheme not in ("http", "https"):
        raise ValueError("must be a URL that begins with https:// (or http://)")
    return given


def database_url(given: str | None) -> str | None:
    """A database's URL as our clients need it; it is not shown, for it holds a password."""
    try:
        return None if given is None else normalise(given)
    except ValueError as error:
        reason = str(error).removesuffix(".")
        raise ValueError(f"cannot be used: {reason[0].lower()}{reason[1:]}") from None


def redis_url(given: str | None) -> str | None:
    """The URL of a Redis; it is not shown, for it holds a password."""
    if given is not None and given.partition(":")[0].lower() not in _REDIS:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return given


def network(given: object) -> IPv4Network | IPv6Network:
    """A network in CIDR notation; a lone address is a network of one."""
    try:
        return ip_network(str(given), strict=False)
    except ValueError:
        raise ValueError(
            f'has "{given}", which is no network: write it like "10.0.0.0/8" or "192.0.2.7"'
        ) from None


def folder(given: Path | None) -> Path | None:
    """A folder that exists."""
    if given is not None and not given.is_dir():
        raise ValueError(f'is "{given}", which is no folder: check its path')
    return given


def vapid_public_key(given: str | None) -> str | None:
    """An uncompressed P-256 point, 65 bytes in base64url (RFC 8292, section 3.2)."""
    if given is None:
        return None
    point = _base64url(given)
    if len(point) != 65 or point[0] != 4:
        raise ValueError("is no VAPID public key: it has 87 characters of base64url")
    return given.rstrip("=")


def vapid_private_key(given: str | None) -> str | None:
    """A P-256 scalar, 32 bytes in base64url."""
    if given is None:
        return None
    if len(_base64url(given)) != 32:
        raise ValueError("is no VAPID private key: it has 43 characters of base64url")
    return given.rstrip("=")


def _base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def vapid_subject(given: str | None) -> str | None:
    """Where push services reach the operator (RFC 8292, section 2.1); mailto: is added."""
    if given is None or given.startswith(("mailto:", "https://")):
        return given
    if "@" in given and ":" not in given:
        return f"mailto:{given}"
    raise ValueError("must be an address like mailto:admin@example.com, or an https:// page")
