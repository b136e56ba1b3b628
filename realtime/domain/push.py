"""Browsers that asked to be woken: who may be, and where."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from realtime.domain.actor import Actor
from realtime.domain.errors import Malformed, UnknownSubscription
from realtime.domain.ids import new_id
from realtime.domain.people import hold_token
from realtime.models import PushSubscription as Row
from realtime.models.outbox import FAILED
from realtime.models.raw import rows

KEY_BYTES = 65
"""Length of an uncompressed point of P-256, which the browser's key is (RFC 8291, section 3.1)."""

AUTH_BYTES = 16
"""Length of the shared secret (RFC 8291, section 3.2)."""

MAX_ENDPOINT = 2048

MOST_BROWSERS = 20
"""Browsers of one user; each costs a request with every push."""

SILENT_FOR = timedelta(days=90)
"""How long a browser may go without its page having been loaded."""

FAILING_FOR = timedelta(days=14)
"""How long its push service may fail without taking anything."""

DEAD = f"""
    SELECT id FROM push_subscriptions
    WHERE coalesce(last_seen_at, created_at) < ? OR (
        failing_since < ? AND id IN (SELECT subscription_id FROM push_decisions WHERE {FAILED})
    )
    LIMIT ?
"""  # noqa: S608 - no value is part of it
"""What failed once, and was then read elsewhere, may not have been tried again since."""

_URL = re.compile(r"https://[\x21-\x5b\x5d-\x7e]+", re.ASCII)
_LIKE_AN_ADDRESS = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_HOLDS_IPV4 = tuple(map(IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""Compatible (RFC 4291) and translated (RFC 6052, RFC 8215): they reach what no push service is."""
_HOME = frozenset({"localhost", "local", "internal", "localdomain", "lan", "home", "arpa"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A W3C PushSubscription: where to send, and the two keys (base64url) to encrypt for."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Page:
    """Where a browser was subscribed: the page's dialect and origin, and our key that it used."""

    dialect: str
    origin: str | None
    vapid_key: str | None


async def subscribe(actor: Actor, subscription: Subscription, page: Page) -> None:
    """Send the actor's pushes to this browser from now on, in the words of this page.

    The same endpoint again changes its keys, and whose it is, and shows that it lives. Beyond
    ``MOST_BROWSERS`` the one that was not seen for the longest time goes. Raises Malformed, and
    InvalidToken where her token was revoked since she was let in.
    """
    _check(subscription)
    if not is_allowed(subscription.endpoint, actor.node.rules.pushing.hosts):
        raise Malformed("endpoint")
    await actor.node.people.known(actor.user_id)
    columns = {
        "user_id": actor.user_id,
        "p256dh": subscription.p256dh,
        "auth": subscription.auth,
        "dialect": page.dialect,
        "origin": page.origin,
        "vapid_key": page.vapid_key and fingerprint(page.vapid_key),
        "last_seen_at": actor.node.clock(),
        "failing_since": None,
    }
    row = Row(id=new_id(), endpoint=subscription.endpoint, **columns)
    async with in_transaction():
        await hold_token(actor.user_id, actor.issued_at)
        await Row.bulk_create([row], on_conflict=["endpoint"], update_fields=list(columns))
        await _forget_the_oldest(actor.user_id)


async def unsubscribe(actor: Actor, endpoint: str) -> None:
    """Send no more pushes to this browser of the actor's. Raises UnknownSubscription."""
    if not await Row.filter(endpoint=endpoint, user_id=actor.user_id).delete():
        raise UnknownSubscription


def fingerprint(public_key: str) -> str:
    """By what a subscription remembers the VAPID key that it belongs to for ever."""
    digest = hashlib.sha256(_decoded(public_key)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def forget(now: datetime, most: int) -> int:
    """Let go of browsers that gave no sign of life for long, or whose push service has failed for
    long and did so lately, `most` at once; gives how many. A dead one may be answered 200 for ever.
    """
    before, failing = now - SILENT_FOR, Q(failing_since__lt=now - FAILING_FOR)
    dead = [row["id"] for row in await rows(DEAD, before, now - FAILING_FOR, most)]
    if dead:  # but for those whose page was loaded meanwhile
        silent = Q(last_seen_at__lt=before) | Q(last_seen_at=None, created_at__lt=before)
        await Row.filter(silent | failing, id__in=dead).delete()
    return len(dead)


async def _forget_the_oldest(user_id: str) -> None:
    hers = Row.filter(user_id=user_id)
    if await hers.count() > MOST_BROWSERS:
        seen = sorted(await hers, key=lambda row: row.last_seen_at or row.created_at)
        await Row.filter(id__in=[row.id for row in seen[:-MOST_BROWSERS]]).delete()


def is_public(endpoint: str) -> bool:
    """Whether we may call this URL: https, and no host that only our own network has.

    Names are resolved, and the addresses checked again, by whoever connects.
    """
    if len(endpoint) > MAX_ENDPOINT or not _URL.fullmatch(endpoint):
        return False
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return False
    return url.username is None and port != 0 and _is_public_host(host)


def is_allowed(endpoint: str, hosts: Sequence[str]) -> bool:
    """Whether it is one of these push services, if any are named; ``*.`` is all names below."""
    host = urlsplit(endpoint).hostname or ""
    return not hosts or any(
        host.endswith(each[1:]) if each.startswith("*.") else host == each for each in hosts
    )


def is_public_address(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is on the public internet, by itself and by what it stands for."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or address.teredo
        holds = wrapped or any(address in network for network in _HOLDS_IPV4)
        return not holds and address.is_global and not address.is_multicast
    return address.is_global and not address.is_multicast


def _is_public_host(host: str) -> bool:
    try:
        return is_public_address(ip_address(host))
    except ValueError:
        labels = host.rstrip(".").split(".")
    # Browsers and resolvers read "127.1" and "0x7f000001" as addresses
    last = labels[-1]
    return len(labels) > 1 and all(labels) and last not in _HOME and not _numeric(last)


def _numeric(label: str) -> bool:
    return _LIKE_AN_ADDRESS.fullmatch(label) is not None


def _check(subscription: Subscription) -> None:
    if not is_public(subscription.endpoint):
        raise Malformed("endpoint")
    if not _is_point(_decoded(subscription.p256dh)):
        raise Malformed("p256dh")
    if len(_decoded(subscription.auth)) != AUTH_BYTES:
        raise Malformed("auth")


def _is_point(key: bytes) -> bool:
    """Whether it is a public key that something can be encrypted for."""
    if len(key) != KEY_BYTES:
        return False
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return False
    return True


def _decoded(text: str) -> bytes:
    """Unpadded or padded base64url; empty if it is neither."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", True)
    except (ValueError, binascii.Error):
        return b""
